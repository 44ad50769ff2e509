"""A model and an empty log on the emulator; the modules beside the tests can be imported."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from quick_model import quick_model  # noqa: PLC0415 - imports what training needs

    return quick_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Any]:
    from local_log import local_log  # noqa: PLC0415

    with local_log(tmp_path) as log:
        yield log
