"""Fuzzes the running stack by its own description: `uv run python tests/fuzzing/api.py`.

Needs a stack that `fraud up` started (or FRAUD_API_URL and FRAUD_API_KEY of a local one). Sends
what Schemathesis makes of docs/openapi.json, in its phases examples, coverage, fuzzing and
stateful, and judges every answer by its checks and those of hooks.py. Ends with an error when one
is wrong.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from report import PHASES, Run, read
from rich.console import Console
from rich.table import Table

from fraud_cli.client import ApiClient
from fraud_cli.commands.trainings import watch_training
from fraud_cli.connection import Connection, find_connection
from fraud_cli.sampling import write_sample

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
REGISTRY_CHANGES = "/models/.*(promote|rollback|challenge|withdraw|archive)$"
SAMPLE_ROWS, SAMPLE_SEED = 20_000, 9
FAMILIES = {"2xx": 2, "3xx": 3, "4xx": 4, "5xx": 5, "no answer": 0}
out = Console(highlight=False, width=110)


def main() -> int:
    """Run it; 1 when an answer was wrong, or there were fewer cases than asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--examples", type=int, default=400, help="per operation, at most")
    parser.add_argument("--phases", default=",".join(PHASES))
    parser.add_argument("--cases", type=int, default=0, help="fail below so many requests")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--max-time", type=int, help="seconds")
    parser.add_argument("--keep", type=Path, help="where Schemathesis' own report goes")
    parser.add_argument("--registry-as-it-is", action="store_true", help="change no model's state")
    options = parser.parse_args()
    more = ["--seed", str(options.seed)] if options.seed is not None else []
    more += ["--max-time", str(options.max_time)] if options.max_time else []
    if options.registry_as_it_is:
        more += ["--exclude-path-regex", REGISTRY_CHANGES]
    with tempfile.TemporaryDirectory(prefix="fraud-fuzzing-") as scratch:
        report = options.keep or Path(scratch) / "report.ndjson"
        command = [
            *("run", str(PROJECT / "docs/openapi.json"), "--phases", options.phases),
            *("--max-examples", str(options.examples), "--workers", str(options.workers)),
            *("--generation-database", "none"),
            *("--report", "ndjson", "--report-ndjson-path", str(report), *more),
        ]
        api = find_connection(PROJECT)
        first, second = two_models(api)
        with no_dataset() as link:
            places = {
                "FRAUD_API_KEY": api.api_key or "",
                "FUZZING_LINK": link,
                "FUZZING_MODEL": first,
                "FUZZING_OTHER_MODEL": second,
            }
            schemathesis([*command, "--url", api.api_url.removesuffix("/api/v1")], places)
        run = read(report)
    show(run)
    return 0 if run.sound and run.cases.total() >= options.cases else 1


def schemathesis(command: list[str], places: dict[str, str]) -> None:
    """Run Schemathesis in a process of its own; all that it finds is in its report."""
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml"]
    done = subprocess.run(
        [*program, "--no-color", *command],
        cwd=HERE,
        env={**os.environ, **places},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, 1}:  # 1 is findings
        raise SystemExit(f"Schemathesis could not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def two_models(api: Connection) -> list[str]:
    """Two models' names: what changes the registry, or compares, needs more than the champion."""
    with ApiClient(api) as client:
        models = client.models(2)["models"]
        if len(models) < 2:
            with tempfile.TemporaryDirectory(prefix="fraud-sample-") as directory:
                sample = Path(directory) / "sample.csv"
                write_sample(sample, SAMPLE_ROWS, seed=SAMPLE_SEED)
                dataset = client.upload(sample)
            request = {"dataset": dataset, "feature_set": "basic", "promote": "never"}
            watch_training(client, client.train(request))
            models = client.models(2)["models"]
        return [model["name"] for model in models]


@contextmanager
def no_dataset() -> Iterator[str]:
    """A link on loopback that answers 404 to whoever fetches it."""

    class Nothing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Nothing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/nothing.csv"
        server.shutdown()


def show(run: Run) -> None:
    """Cases and answers by phase, then every finding."""
    table = Table("phase", "requests", *FAMILIES, box=None, pad_edge=False)
    for phase in PHASES:
        table.add_row(phase, f"{run.cases[phase]:,}", *_by_family(run, {phase}))
    table.add_row("all", f"{run.cases.total():,}", *_by_family(run, set(PHASES)))
    out.print(f"\nSchemathesis on {run.operations} operations, seed {run.seed}", style="bold")
    out.print(table)
    out.print(f"{run.checks.total():,} checks of {len(run.checks)} kinds")
    for who, n in run.server_errors.items():
        out.print(f"{n:,} answers from 500 on by {who}")
    for finding in run.findings.values():
        out.print(f"\n{finding.check}: {finding.operation}\n  {finding.message}", markup=False)
        out.print(f"  {finding.status} {finding.answer}", markup=False)
    for problem in run.problems:
        out.print(problem, markup=False)
    out.print("every answer was right" if run.sound else "NOT SOUND")


def _by_family(run: Run, phases: set[str]) -> list[str]:
    counts: Counter[int] = Counter()
    for (phase, status), n in run.statuses.items():
        counts[status // 100] += n if phase in phases else 0
    return [f"{counts[family]:,}" for family in FAMILIES.values()]


if __name__ == "__main__":
    sys.exit(main())
