"""A slice of the fuzzing run: what the description allows and forbids, on the deployed stack."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e


def test_every_answer_is_as_described(deployed: Any, fraud: Any, project_dir: Path) -> None:
    # Nothing that changes the registry: other tests use the same stack.
    done = subprocess.run(
        [
            *(sys.executable, str(project_dir / "tests/fuzzing/api.py"), "--registry-as-it-is"),
            *("--phases", "examples,fuzzing,stateful", "--examples", "8", "--cases", "150"),
            *("--seed", "1"),
        ],
        env={**os.environ, "FRAUD_STATE_DIR": str(fraud.state_dir)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
