"""The corpus is whole: every number of its list has a case, or a test elsewhere that is named."""

import ast
import json
import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

NUMBERS = range(1, 151)
HERE = Path(__file__).parent
CASES: list[Any] = [
    case
    for place in ("handler", "stack")
    for case in runpy.run_path(str(HERE / "cases.py"))["cases"](place)
]
ELSEWHERE: dict[str, dict[str, Any]] = json.loads((HERE / "elsewhere.json").read_bytes())


def names_of_tests(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("number", NUMBERS)
def test_every_number_of_the_list_is_kept_by_a_case_or_by_a_test_that_exists(
    number: int, project_dir: Path
) -> None:
    in_corpus = any(case.line["number"] == number for case in CASES)
    named = ELSEWHERE.get(str(number), {"tests": []})["tests"]
    assert in_corpus or named, f"nothing keeps number {number}"
    for name in named:
        path, _, test = name.partition("::")
        assert test in names_of_tests(project_dir / path), name


def test_what_is_elsewhere_is_so_for_a_reason_and_of_the_list() -> None:
    in_corpus = {case.line["number"] for case in CASES}
    for number, kept in ELSEWHERE.items():
        assert int(number) in NUMBERS
        assert int(number) not in in_corpus, f"{number} has a case: it needs no reason"
        assert kept["why"]


def test_every_case_says_what_must_be_answered_and_differs_from_the_others() -> None:
    twice = [name for name, n in Counter(case.id for case in CASES).items() if n > 2]
    assert twice == []
    for case in CASES:
        assert case.line["number"] in NUMBERS
        refused = any(status >= 400 for status in case.statuses)
        assert bool(case.line.get("code")) or not refused or case.line.get("by_front"), case.id
        everywhere = case.line["where"] == ["handler", "stack"]
        assert everywhere or case.line.get("why"), f"{case.id}: why not everywhere?"
