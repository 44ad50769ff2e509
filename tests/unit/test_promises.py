"""Reliability and security pages name tests that exist, and every failure mode of the service."""

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
TEXT = (PROJECT / "docs/reliability.md").read_text(encoding="utf-8")
PAGES = TEXT, (PROJECT / "docs/security.md").read_text(encoding="utf-8")
pages = pytest.mark.parametrize("page", PAGES, ids=["reliability", "security"])
MODES = {*range(1, 34), *range(45, 50)}


def rows(page: str) -> list[str]:
    """The rows of a page's tables that have a number."""
    return [line for line in page.splitlines() if re.match(r"\| \d", line)]


def functions_of(path: Path) -> set[str]:
    """Names of a module's functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pages
def test_every_test_that_is_named_exists(page: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)
    assert len(named) > 40
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (PROJECT / path).is_file() or name not in functions_of(PROJECT / path)
    ]
    assert missing == []


@pages
def test_every_promise_names_a_test(page: str) -> None:
    assert len(rows(page)) > 20
    assert [row for row in rows(page) if "::test_" not in row] == []


def test_every_failure_mode_has_a_promise() -> None:
    found: set[int] = set()
    for row in rows(TEXT):
        numbers = [int(n) for n in re.findall(r"\d+", row.split("|")[1])]
        found |= set(range(numbers[0], numbers[-1] + 1))
    assert found >= MODES


def test_every_command_that_is_named_exists() -> None:
    commands = re.findall(r"`uv run python ([\w/.]+)", TEXT)
    assert commands
    assert [path for path in commands if not (PROJECT / path).is_file()] == []
