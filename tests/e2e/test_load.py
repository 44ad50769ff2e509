"""A slice of the load run: sixty-four clients at once on the deployed stack, and no error."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e


def test_sixty_four_clients_at_once_get_the_answers_that_must_come(
    deployed: Any, fraud: Any, project_dir: Path
) -> None:
    command = [str(project_dir / "tests/load/load.py"), "--on", "stack", "--seconds", "5"]
    done = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "FRAUD_STATE_DIR": str(fraud.state_dir)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
