"""What all commands' tests need."""

import pytest

from fraud_cli import output


@pytest.fixture(autouse=True)
def _as_wide_as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The console keeps the width that it found when it was made: in a worker of xdist, 80."""
    monkeypatch.setattr(output.out, "_width", None)
