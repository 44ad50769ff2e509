"""What the serving benchmark runs on: layers as deployed, the Lambda runtime client, a model.

The layers come from layers/build.py, which `sam build` calls, so that every measured import is
byte-compiled as in Lambda. awslambdaric and boto3 stand where Lambda has them, in a folder of
their own; the contestants get an environment of their own. Versions are those of uv.lock.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from fraud.domain.model_cards import CARD_FILE, JOBLIB_FILE, ModelCard, ModelRecord

PROJECT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
LAYERS = ("core", "serving", "training")
RUNTIME = ("awslambdaric", "boto3")
CONTESTANTS = ("fastapi", "uvicorn[standard]", "flask", "scikit-learn", "pandas", "joblib")
MODEL_NAME = "benchmark"
NUMBERS = ("amount", "oldbalanceOrg", "newbalanceOrig", "oldbalanceDest", "newbalanceDest")

type Transaction = dict[str, Any]


@dataclass(frozen=True)
class Workspace:
    """A directory with everything in it, outside the project."""

    root: Path

    @property
    def serving_layers(self) -> Path:
        """What predict has below /opt."""
        return self.root / "opt" / "python"

    @property
    def all_layers(self) -> Path:
        """What the trainer has below /opt; scikit-learn and pandas are in it."""
        return self.root / "opt-training" / "python"

    @property
    def runtime(self) -> Path:
        """The Lambda runtime client and boto3."""
        return self.root / "runtime"

    @property
    def task(self) -> Path:
        """The predict function's code, and the benchmark's handlers beside it."""
        return self.root / "task"

    @property
    def contestants_python(self) -> Path:
        """Interpreter of the environment that has FastAPI, Flask and scikit-learn."""
        return self.root / "contestants" / "bin" / "python"

    @property
    def model(self) -> Path:
        """Artifacts, and `record.json`, their row in the registry."""
        return self.root / "model"

    @property
    def forest(self) -> Path:
        """The pickles of the original's pipeline."""
        return self.root / "original"

    @property
    def python(self) -> Path:
        """The bare interpreter, as Lambda has it."""
        return Path(sys.base_prefix) / "bin" / "python3.13"

    @cached_property
    def transactions(self) -> list[Transaction]:
        """Rows of the sample as raw transactions."""
        with (self.root / "sample.csv").open(newline="") as rows:
            return [
                {"step": int(row["step"]), "type": row["type"]}
                | {name: float(row[name]) for name in NUMBERS}
                for row, _ in zip(csv.DictReader(rows), range(5000), strict=False)
            ]

    def lambda_environment(self, layers: Path, **more: str) -> dict[str, str]:
        """What a process in Lambda finds in its environment; nothing of this shell's."""
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.root),
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(map(str, (self.task, layers, self.runtime))),
            "PYTHONNOUSERSITE": "1",
            # The task's sources stay uncompiled, as in Lambda, where /var/task is read-only.
            "PYTHONDONTWRITEBYTECODE": "1",
            "LAMBDA_TASK_ROOT": str(self.task),
            "AWS_LAMBDA_FUNCTION_NAME": "predict",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
            "POWERTOOLS_SERVICE_NAME": "fraud-detection",
            "POWERTOOLS_METRICS_NAMESPACE": "FraudDetection",
            "PYDANTIC_DISABLE_PLUGINS": "__all__",
            "OMP_NUM_THREADS": "1",
            "BENCHMARK_MODEL_DIR": str(self.model),
            **more,
        }


def prepare(root: Path, rows: int) -> Workspace:
    """Fill a directory; what is there already stays.

    Parameters
    ----------
    rows
        Of the generated sample that the model and the original's forest are trained on.
    """
    workspace = Workspace(root)
    root.mkdir(parents=True, exist_ok=True)
    _build_layers(workspace)
    _install(workspace)
    shutil.copytree(HERE / "handlers", workspace.task, dirs_exist_ok=True)
    shutil.copy(PROJECT / "functions" / "predict" / "app.py", workspace.task)
    if not workspace.model.is_dir():
        _train(workspace, rows)
    return workspace


def _build_layers(workspace: Workspace) -> None:
    """Always anew: the packages in them may have changed."""
    for name in LAYERS:
        layer = workspace.root / f"layer-{name}"
        _run(sys.executable, PROJECT / "layers" / "build.py", name, layer)
    for target, names in ((workspace.serving_layers, LAYERS[:2]), (workspace.all_layers, LAYERS)):
        shutil.rmtree(target, ignore_errors=True)
        for name in names:
            source = workspace.root / f"layer-{name}" / "python"
            shutil.copytree(source, target, copy_function=os.link, dirs_exist_ok=True)


def _install(workspace: Workspace) -> None:
    locked = workspace.root / "locked.txt"
    export = ("uv", "export", "--frozen", "--all-groups", "--no-hashes", "--no-emit-project")
    _run(*export, "--quiet", "--project", PROJECT, "--output-file", locked)
    install = ("uv", "pip", "install", "--quiet", "--compile-bytecode", "--constraints", locked)
    if not workspace.runtime.is_dir():
        _run(*install, "--python", workspace.python, "--target", workspace.runtime, *RUNTIME)
    if not workspace.contestants_python.exists():
        _run("uv", "venv", "--quiet", "--python", workspace.python, workspace.root / "contestants")
        _run(*install, "--python", workspace.contestants_python, *CONTESTANTS)


def _train(workspace: Workspace, rows: int) -> None:
    fraud = Path(sys.executable).with_name("fraud")
    sample = workspace.root / "sample.csv"
    _run(fraud, "sample", "--output", sample, "--rows", str(rows), "--json")
    _run(sys.executable, HERE / "original_pipeline.py", sample, workspace.forest)
    out_dir = workspace.root / "fitted"
    _run(fraud, "fit", sample, "--out", out_dir, "--feature-set", "basic", "--json")
    record = record_of(out_dir)
    (out_dir / "record.json").write_text(record.model_dump_json(), encoding="utf-8")
    out_dir.rename(workspace.model)


def record_of(model_dir: Path) -> ModelRecord:
    """A model's row in the registry."""
    card = ModelCard.model_validate_json((model_dir / CARD_FILE).read_bytes())
    digests = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in model_dir.iterdir()}
    return ModelRecord(
        name=MODEL_NAME,
        version=1,
        created_at=datetime.now(UTC),
        training_id=1,
        feature_set=card.feature_set.name,
        algorithm=card.algorithm,
        metrics=card.metrics,
        policy=card.policy,
        files=digests,
    )


def api_event(path: str, body: Any) -> bytes:
    """A REST API proxy event, as API Gateway sends it and its authorizer completes it."""
    headers = {"Content-Type": "application/json", "Host": "example.test"}
    event = {
        "resource": path,
        "path": path,
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": path,
            "httpMethod": "POST",
            "stage": "live",
            "requestId": "benchmark",
            "identity": {"sourceIp": "203.0.113.7"},
            "authorizer": {
                "principalId": "benchmark",
                "client": "benchmark",
                "scopes": "predict",
            },
        },
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
    return json.dumps(event).encode()


def joblib_file(workspace: Workspace) -> Path:
    """The scikit-learn estimator of the model."""
    return workspace.model / JOBLIB_FILE


def _run(*command: str | Path) -> None:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stderr[-2000:]}")
