"""A real browser in front of the deployed stack; the modules beside the tests can be imported."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from fraud_cli.sampling import write_sample

EXPECTED_WITHIN_MS = 20_000
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from chromium import NoChromiumError, chromium, find_chromium  # noqa: PLC0415
    from playwright.sync_api import expect  # noqa: PLC0415

    expect.set_options(timeout=EXPECTED_WITHIN_MS)

    try:
        find_chromium()
    except NoChromiumError as e:
        pytest.skip(str(e))
    with chromium() as running:
        yield running


@contextmanager
def visits(browser: Any, console_url: str) -> Iterator[Callable[..., Any]]:
    from visiting import visit  # noqa: PLC0415

    made = []

    def open_page(url: str = console_url, **how: Any) -> Any:
        made.append(visit(browser, url, **how))
        return made[-1]

    yield open_page
    for each in made:
        each.page.context.close()
        assert each.complaints == []
        assert each.requested
        assert each.elsewhere() == []


@pytest.fixture
def visit(browser: Any, deployed: Any) -> Iterator[Callable[..., Any]]:
    """Opens pages of the stack; in the end none may have complained or asked anybody else."""
    with visits(browser, deployed.up["console_url"]) as visit:
        yield visit


@pytest.fixture
def console(visit: Callable[..., Any], deployed: Any) -> Any:
    """The console, opened with the key of `fraud up`."""
    opened = visit()
    opened.open()
    opened.enter(deployed.up["api_key"])
    return opened


@pytest.fixture(scope="module")
def kept_console(browser: Any, deployed: Any) -> Iterator[Any]:
    """The same, kept open from test to test."""
    with visits(browser, deployed.up["console_url"]) as visit:
        opened = visit()
        opened.open()
        opened.enter(deployed.up["api_key"])
        yield opened


@pytest.fixture
def rival(api: httpx.Client, served: tuple[Path, str], train: Callable[..., Any]) -> str:
    """A model that is not enabled, and could be."""
    models = api.get("/models").json()["models"]
    candidates = [model["name"] for model in models if model["state"] == "candidate"]
    if candidates:
        return str(candidates[0])
    directory, link = served
    write_sample(directory / "rival.csv", 6000, seed=33)
    return str(train(f"{link}/rival.csv", promote="never")["model"])
