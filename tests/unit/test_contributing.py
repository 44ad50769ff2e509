"""One list of checks: hook, workflow and .ci/run call the same commands."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
CHECKS = ("ruff check", "ruff format --check", "mypy", "fraud openapi --check", "sam validate")


def loaded(name: str) -> Any:
    return yaml.safe_load((PROJECT / name).read_text(encoding="utf-8"))


def test_every_check_is_listed_once() -> None:
    folder = PROJECT / ".ci"
    scripts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert set(scripts) == {"run", "checks", "audit.py"}
    assert "\nuv run python .ci/audit.py\n" in scripts["run"]
    for check in CHECKS:
        assert sum(f"uv run {check}" in text for text in scripts.values()) == 1, check
    assert "\nuv run pytest\n.ci/checks\n" in scripts["run"]
    for name in ("run", "checks"):
        assert os.access(folder / name, os.X_OK), name


def test_hook_and_workflow_run_them() -> None:
    hooks = [hook for repo in loaded(".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    assert [hook["entry"] for hook in hooks] == [".ci/checks", ".ci/run"]
    steps = loaded(".github/workflows/ci.yml")["jobs"]["run"]["steps"]
    assert ".ci/run" in [step.get("run") for step in steps]


def test_the_hooks_are_valid() -> None:
    subprocess.run(
        ["pre-commit", "validate-config", ".pre-commit-config.yaml"], cwd=PROJECT, check=True
    )


def test_actions_are_pinned_and_see_no_secrets() -> None:
    text = (PROJECT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    used = re.findall(r"uses: (\S+)", text)
    assert used
    for action in used:
        assert re.fullmatch(r"[\w/-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})", action), action
    assert "secrets." not in text
    assert loaded(".github/workflows/ci.yml")["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("ecosystem", ["uv", "github-actions"])
def test_updates_come_in_groups(ecosystem: str) -> None:
    updates = {u["package-ecosystem"]: u for u in loaded(".github/dependabot.yml")["updates"]}
    assert updates[ecosystem]["groups"]
