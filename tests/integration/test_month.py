"""A slice of the simulated month: some days, a shift, late labels, one retraining."""

import json
import subprocess
import sys
from pathlib import Path

SLICE = (
    *("--days", "3", "--shift-day", "3", "--rows-per-day", "700", "--first-rows", "12000"),
    *("--fraud-rate", "0.05", "--maturity-days", "1", "--json"),
)


def test_the_state_turns_with_the_transactions_and_no_prediction_fails(project_dir: Path) -> None:
    script = project_dir / "tests/simulations/month.py"
    played = subprocess.run(
        [sys.executable, str(script), *SLICE],
        cwd=project_dir,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert played.returncode == 0, played.stderr[-3000:]
    story = json.loads(played.stdout.splitlines()[-1])
    assert story["failed_predictions"] == 0
    assert story["predictions"] > 1_500
    assert story["labels"] > 50
    assert story["drifting_since_day"] == 3
    assert story["largest_psi_before"] < 0.25 < story["largest_psi_after"]
    queued = [event for event in story["events"] if "was queued by the monitor" in event]
    assert len(queued) == 1
    assert any("recall" in line for line in story["by_labels"])
