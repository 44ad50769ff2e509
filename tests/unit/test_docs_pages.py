"""Pages of docs/ speak of what there is: routes, links between pages, requests that are valid."""

import ast
import re
from pathlib import Path

import botocore.session
import pytest
from botocore.validate import ParamValidator

from fraud.domain.access import ROUTES
from fraud.domain.transactions import RawTransaction
from fraud_training.ingest.findings import LEVELS

PROJECT = Path(__file__).resolve().parents[2]
PAGES = {
    str(path.relative_to(PROJECT)): path.read_text(encoding="utf-8")
    for path in [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
}
MIGRATING = PAGES["docs/migrating-from-amazon-fraud-detector.md"]
SCIENTISTS = PAGES["docs/for-data-scientists.md"]
PATHS = {route.path.removeprefix("/api/v1") for route in ROUTES}


def call_in(page: str, function: str) -> dict[str, object]:
    """The literal keyword arguments of a call in one of a page's examples."""
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == function:
                return {str(k.arg): k.value for k in node.keywords}
    raise AssertionError(f"{function} is not called")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_links_to_what_is_there(name: str) -> None:
    folder = (PROJECT / name).parent
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", PAGES[name]):
        assert (folder / target).exists(), target
    for path in re.findall(
        r"`((?:docs|tests|cli|layers|functions|events|\.ci|\.github)/[\w./-]+)`", PAGES[name]
    ):
        assert (PROJECT / path).exists(), path


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_routes_that_exist(name: str) -> None:
    for method, path in re.findall(r"`(GET|POST) (?:/api/v1)?/?([\w/{}.]+)`", PAGES[name]):
        named = f"/{path}".replace("{id}", "{id}")
        assert named in PATHS, (method, path)


def test_every_page_is_linked_from_the_readme() -> None:
    for name in PAGES.keys() - {"README.md"}:
        assert name in PAGES["README.md"], name


def test_the_old_request_is_valid_for_amazon_fraud_detector() -> None:
    session = botocore.session.get_session()
    model = session.get_service_model("frauddetector").operation_model("GetEventPrediction")
    given = {k: ast.literal_eval(v) for k, v in call_in(MIGRATING, "get_event_prediction").items()}  # type: ignore[arg-type]
    report = ParamValidator().validate(given, model.input_shape)
    assert not report.has_errors(), report.generate_report()


def test_the_new_request_is_valid_here() -> None:
    RawTransaction.model_validate(ast.literal_eval(call_in(MIGRATING, "post")["json"]))  # type: ignore[arg-type]


def test_the_page_names_operations_that_amazon_fraud_detector_has() -> None:
    model = botocore.session.get_session().get_service_model("frauddetector")
    named = set(re.findall(r"`([A-Z][a-z]+(?:Batch|Event)\w*)`", MIGRATING))
    assert {"GetEventPrediction", "SendEvent", "UpdateEventLabel"} <= named
    assert named <= set(model.operation_names)


def test_the_page_for_data_scientists_names_findings_that_exist() -> None:
    paragraph = SCIENTISTS.partition("The codes are the API's")[2].partition("##")[0]
    named = set(re.findall(r"`([a-z_]+)`", paragraph))
    assert named
    assert named <= set(LEVELS)
