"""What a run of Schemathesis did and found, read from its own report."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PHASES = ("examples", "coverage", "fuzzing", "stateful")


@dataclass(frozen=True)
class Finding:
    """One kind of failure of one operation, with the first answer that showed it."""

    operation: str
    check: str
    message: str
    status: int
    answer: str


@dataclass
class Run:
    """Requests that were sent, and what was wrong with the answers.

    Attributes
    ----------
    cases
        By phase.
    statuses
        By phase and status; 0 is no answer at all.
    checks
        By name, how often each was asked.
    server_errors
        By who answered 5xx: a function, the gateway in its place, or the emulator itself.
    """

    cases: Counter[str] = field(default_factory=Counter)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    server_errors: Counter[str] = field(default_factory=Counter)
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    operations: int = 0
    seed: int = 0

    @property
    def sound(self) -> bool:
        """Whether every answer was right."""
        return not (self.findings or self.problems or self.server_errors)


def read(report: Path) -> Run:
    """Read a report of newline-delimited JSON.

    Parameters
    ----------
    report
        As `schemathesis run --report ndjson` wrote it.
    """
    run = Run()
    for line in report.read_text(encoding="utf-8").splitlines():
        ((kind, event),) = json.loads(line).items()
        if kind == "Initialize":
            run.seed = event["seed"]
        elif kind == "LoadingFinished":
            run.operations = event["statistic"]["operations"]["selected"]
        elif kind == "ScenarioFinished":
            _count(run, event["phase"], event["recorder"])
        elif kind in {"NonFatalError", "FatalError"}:
            run.problems.append(json.dumps(event)[:500])
    return run


def _count(run: Run, phase: str, recorder: dict[str, Any]) -> None:
    for case_id, interaction in recorder.get("interactions", {}).items():
        response = interaction["response"] or {}
        status, text = response.get("status_code", 0), _text(response)
        run.cases[phase] += 1
        run.statuses[phase, status] += 1
        case = recorder["cases"][case_id]["value"]
        operation = f"{case['method']} {case['path']}"
        if status >= 500:
            run.server_errors[answered_by(text)] += 1
        for check, message in _failed(run, recorder["checks"].get(case_id, [])):
            found = Finding(operation, check, message, status, text[:400])
            run.findings.setdefault((operation, check), found)


def _failed(run: Run, checks: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for check in checks:
        run.checks[check["name"]] += 1
        if check["status"] != "success":
            failure = check["failure_info"]["failure"]
            yield check["name"], f"{failure['title']}: {failure['message']}"


def _text(response: dict[str, Any]) -> str:
    content = (response.get("content") or {}).get("$base64", "")
    return base64.b64decode(content).decode("utf-8", errors="replace")


def answered_by(text: str) -> str:
    """Who gave an answer with a status from 500 on.

    The gateway's own answers come from the template, where a function failed or could not be
    asked; what is not in the error form at all is the emulator's.
    """
    try:
        code = json.loads(text)["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return "the emulator itself"
    if code == "internal" and "look before you send it again" in text:
        return "the gateway, for a function that failed"
    return f"a function: {code}"
