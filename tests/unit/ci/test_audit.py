"""The audit fails on what it finds, and on what it could not ask about."""

import runpy
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[3]
SAFE = {"name": "numpy", "version": "2.4.1", "vulns": []}
UNSAFE = {
    "name": "pillow",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": [], "description": "bad"}],
}
SILENT = {"name": "ours", "skip_reason": "Dependency not found on PyPI"}
FAILED, PASSED = 1, 0


@pytest.fixture(scope="module")
def judged() -> Any:
    return runpy.run_path(str(PROJECT / ".ci/audit.py"))["judged"]


@pytest.mark.parametrize(
    ("packages", "waived", "code", "said"),
    [
        ([SAFE], {}, PASSED, "1 packages audited"),
        ([SAFE, UNSAFE], {}, FAILED, "pillow 1.0: PYSEC-1, fixed in 1.1"),
        ([SAFE, UNSAFE], {"PYSEC-1": "not called"}, PASSED, "2 packages audited"),
        ([SAFE], {"PYSEC-1": "not called"}, FAILED, "PYSEC-1 is waived and not found any more"),
        ([SAFE, SILENT], {}, FAILED, "PyPI knows nothing of ours"),
    ],
)
@pytest.mark.parametrize("must_reach", [True, False])
def test_what_is_found_fails_wherever_it_runs(
    judged: Any, packages: Any, waived: Any, code: int, said: str, must_reach: bool
) -> None:
    found = judged({"dependencies": packages}, waived, must_reach=must_reach)
    assert found == (code, [said])


@pytest.mark.parametrize("report", [None, {"dependencies": []}, {"dependencies": [SILENT, SILENT]}])
@pytest.mark.parametrize(("must_reach", "code"), [(True, FAILED), (False, PASSED)])
def test_a_service_that_does_not_answer_is_said_and_fails_where_it_must(
    judged: Any, report: Any, must_reach: bool, code: int
) -> None:
    found, (said,) = judged(report, {}, must_reach=must_reach)
    assert found == code
    assert said.startswith("NOT AUDITED")
