"""docs/reliability.md names tests that exist, and every failure mode of the service once."""

import ast
import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
TEXT = (PROJECT / "docs/reliability.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)
ROWS = [line for line in TEXT.splitlines() if re.match(r"\| \d", line)]
MODES = {*range(1, 34), *range(45, 50)}


def functions_of(path: Path) -> set[str]:
    """Names of a module's functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_test_that_is_named_exists() -> None:
    assert len(NAMED) > 50
    missing = [
        f"{path}::{name}"
        for path, name in NAMED
        if not (PROJECT / path).is_file() or name not in functions_of(PROJECT / path)
    ]
    assert missing == []


def test_every_promise_names_a_test() -> None:
    assert [row for row in ROWS if "::test_" not in row] == []


def test_every_failure_mode_has_a_promise() -> None:
    found: set[int] = set()
    for row in ROWS:
        numbers = [int(n) for n in re.findall(r"\d+", row.split("|")[1])]
        found |= set(range(numbers[0], numbers[-1] + 1))
    assert found >= MODES


def test_every_command_that_is_named_exists() -> None:
    commands = re.findall(r"`uv run python ([\w/.]+)", TEXT)
    assert commands
    assert [path for path in commands if not (PROJECT / path).is_file()] == []
