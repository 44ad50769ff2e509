"""The first response of a cold process, and what its time goes to."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulated_lambda import EmulatedLambda
from samples import Times, interleaved
from tables import print_table
from workspace import Workspace, api_event

EMPTY, LIGHT, HEAVY = "empty handler", "Powertools, pydantic, boto3", "scikit-learn, pandas, joblib"
IN_MEMORY, DEPLOYED = "predict, no AWS calls", "predict, local DynamoDB and S3"
LIGHT_CALLS = f"{LIGHT}; the same AWS calls"
HEAVY_CALLS = f"{HEAVY}; the same AWS calls"
LIKE_FOR_LIKE = ((IN_MEMORY, LIGHT, HEAVY), (DEPLOYED, LIGHT_CALLS, HEAVY_CALLS))
"""Ours, and what it is held against: who only imports, and who calls AWS as often with boto3."""
MAX_OF_LIGHT, MAX_OF_HEAVY = 1.15, 0.4
REPEATS = 7
SHOWN_SHARES = 12
FAMILIES = {
    name: family
    for family, names in {
        "ours (fraud, fraud_serving)": "app in_memory fraud fraud_serving",
        "Powertools": "aws_lambda_powertools",
        "pydantic": "pydantic pydantic_core annotated_types typing_inspection typing_extensions",
        "botocore": "botocore urllib3 dateutil jmespath six",
        "boto3": "boto3 s3transfer",
        "ONNX Runtime": "onnxruntime google flatbuffers",
        "scikit-learn": "sklearn threadpoolctl",
        "Lambda's runtime client": "awslambdaric simplejson snapshot_restore_py runtime_client",
    }.items()
    for name in names.split()
}
STANDARD = "standard library"

type Handlers = dict[str, tuple[str, Path, dict[str, str]]]


def handlers(workspace: Workspace, aws: Mapping[str, str]) -> Handlers:
    """Module, layers and environment of every contestant."""
    serving, everything = workspace.serving_layers, workspace.all_layers
    return {
        EMPTY: ("empty", serving, {}),
        LIGHT: ("light_imports", serving, {}),
        IN_MEMORY: ("in_memory", serving, {}),
        DEPLOYED: ("app", serving, dict(aws)),
        HEAVY: ("heavy_imports", everything, {}),
        LIGHT_CALLS: ("light_calls", serving, dict(aws)),
        HEAVY_CALLS: ("heavy_calls", everything, dict(aws)),
    }


def measure(workspace: Workspace, aws: Mapping[str, str], samples: int) -> dict[str, Any]:
    """Time first responses, imports and phases; print them."""
    contestants = handlers(workspace, aws)
    event = api_event("/api/v1/model/predict", workspace.transactions[0])

    def first_response(name: str) -> float:
        module, layers, env = contestants[name]
        with EmulatedLambda(workspace, module, layers, **env) as function:
            return function.invoke(event)[1]

    turns = {name: (lambda _, name=name: first_response(name), 1) for name in contestants}
    times = interleaved(turns, samples, warm_up=1)
    _show_first(times)
    shares = {
        name: import_shares(workspace, event, *contestants[name])
        for name in (LIGHT, IN_MEMORY, DEPLOYED, HEAVY)
    }
    _show_shares(shares)
    spent = {name: phases(workspace, event, *contestants[name]) for name in (IN_MEMORY, DEPLOYED)}
    rows = [(name, *(f"{ms:.1f}" for ms in spans.values())) for name, spans in spent.items()]
    columns = ("ms", *next(iter(spent.values())))
    print_table("What a cold predict does, after the interpreter's start", columns, rows)
    return {
        "first_response": {name: t.facts() for name, t in times.items()},
        "imports_ms": shares,
        "phases_ms": spent,
    }


def targets(cold: Mapping[str, Any]) -> list[tuple[str, str, str, bool]]:
    """What the first response may take."""
    p50 = {name: facts["p50_ms"] for name, facts in cold["first_response"].items()}
    rows = []
    for ours, light, heavy in LIKE_FOR_LIKE:
        for other, limit in ((light, MAX_OF_LIGHT), (heavy, MAX_OF_HEAVY)):
            ratio = p50[ours] / p50[other]
            name = f"cold {ours} / {other}"
            rows.append((name, f"≤ {limit}x", f"{ratio:.2f}x", ratio <= limit))
    return rows


def import_shares(
    workspace: Workspace, event: bytes, module: str, layers: Path, env: Mapping[str, str]
) -> dict[str, float]:
    """Milliseconds that each package's own modules take to import, largest first.

    Until the first answer, for botocore is imported by the first call. Every module counts for its
    own package, without those it imports. The least of a few runs: whatever else the machine does
    only ever adds.
    """
    event_file = _written(workspace, event)
    runs = [_own_times(workspace, event_file, module, layers, env) for _ in range(REPEATS)]
    packages = set().union(*runs)
    shares = {package: min(run.get(package, 0.0) for run in runs) for package in packages}
    return dict(sorted(shares.items(), key=lambda share: -share[1]))


def _own_times(
    workspace: Workspace, event_file: Path, module: str, layers: Path, env: Mapping[str, str]
) -> Mapping[str, float]:
    answer = f"import json, {module}; {module}.handler(json.load(open({str(event_file)!r})), None)"
    command = [workspace.python, "-X", "importtime", "-c", answer]
    lines = _output(workspace, command, layers, env).stderr.splitlines()
    spent: defaultdict[str, float] = defaultdict(float)
    for line in lines:
        own, _, name = line.removeprefix("import time:").partition("|")
        if line.startswith("import time:") and own.strip().isdigit():
            package = name.rpartition("|")[2].strip().partition(".")[0]
            spent[_family(package)] += int(own) / 1000
    return spent


def _family(package: str) -> str:
    if package in sys.stdlib_module_names:
        return STANDARD
    return FAMILIES.get(package, package)


def _written(workspace: Workspace, event: bytes) -> Path:
    event_file = workspace.root / "event.json"
    event_file.write_bytes(event)
    return event_file


def phases(
    workspace: Workspace, event: bytes, module: str, layers: Path, env: Mapping[str, str]
) -> dict[str, float]:
    """Milliseconds of imports, model, first and tenth answer: the least of a few processes."""
    event_file = _written(workspace, event)
    command = [workspace.python, "-m", "phases", module, event_file]
    runs = [json.loads(_output(workspace, command, layers, env).stdout) for _ in range(REPEATS)]
    return {name: min(run[name] for run in runs) for name in runs[0]}


def _output(
    workspace: Workspace, command: list[Any], layers: Path, env: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    environment = workspace.lambda_environment(layers, **env)
    return subprocess.run(
        [*map(str, command)], env=environment, capture_output=True, text=True, check=True
    )


def _show_first(times: Mapping[str, Times]) -> None:
    light, heavy = times[LIGHT].p50, times[HEAVY].p50
    rows = [
        (name, f"{t.p50:.0f}", f"{t.p95:.0f}", f"{t.p50 / light:.2f}x", f"{t.p50 / heavy:.2f}x")
        for name, t in times.items()
    ]
    title = f"First response of a cold process, {len(times[EMPTY].ms)} of each in turns"
    print_table(title, ("", "p50 ms", "p95 ms", f"of {LIGHT}", f"of {HEAVY}"), rows)


def _show_shares(shares: Mapping[str, Mapping[str, float]]) -> None:
    most: defaultdict[str, float] = defaultdict(float)
    for spent in shares.values():
        for package, ms in spent.items():
            most[package] = max(most[package], ms)
    ranked = sorted(most, key=lambda package: -most[package])
    rows = [
        (package, *(f"{spent.get(package, 0.0):.1f}" for spent in shares.values()))
        for package in ranked[:SHOWN_SHARES]
    ]
    rows.append(("all", *(f"{sum(spent.values()):.1f}" for spent in shares.values())))
    print_table("Import time by package (-X importtime), ms", ("", *shares), rows)
