"""The API's description: valid OpenAPI 3.1, and nothing in it is left unsaid."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from fraud.domain import errors
from fraud_cli.api_description import describe_api, glossary
from fraud_cli.api_description.errors import CODES, CODES_WITH_KEY
from fraud_cli.api_description.particular_errors import PARTICULAR
from fraud_cli.api_description.particular_fields import FIELDS_OF_SCHEMAS

PROJECT = Path(__file__).resolve().parents[3]
JSON = "application/json"
# What no run of an hour on the emulator has: an index of drift, mature labels, a trial long enough
# to compare, a failed replay, a retraining, 5xx answers as CloudWatch counts them.
WITHOUT_EXAMPLE = {
    "LiveComparison", "LiveQuality", "LiveSide", "MovedBin", "Quality", "QualityIntervals",
    "ReplayFailure", "Retraining", "ServerErrors", "ShadowAnswer", "ShadowScoreAnswer", "ShiftBin",
}  # fmt: skip

# Given where an error is raised rather than by its class.
CODES_OF_ONE_PLACE = {
    "answer_not_kept", "idempotency_key_reused", "model_unavailable", "no_report",
}  # fmt: skip


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return describe_api(PROJECT / "functions")


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_description_is_valid_openapi(document: dict[str, Any]) -> None:
    found = [str(e) for e in OpenAPIV31SpecValidator(document).iter_errors()]
    assert not found


def test_a_broken_description_is_not_valid(document: dict[str, Any]) -> None:
    broken = json.loads(json.dumps(document))
    broken["paths"]["/api/v1/status"]["get"]["responses"]["200"].pop("description")
    assert list(OpenAPIV31SpecValidator(broken).iter_errors())


def test_every_reference_leads_somewhere_and_every_component_is_used(
    document: dict[str, Any],
) -> None:
    referred = set(re.findall(r'"#/components/(\w+/\w+)"', json.dumps(document)))
    there = {f"{kind}/{name}" for kind, held in document["components"].items() for name in held}
    assert referred == {name for name in there if not name.startswith("securitySchemes/")}


def test_every_schema_and_field_says_what_it_is(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    silent = {name for name, schema in schemas.items() if not schema.get("description")}
    for name, schema in schemas.items():
        for field, described in schema.get("properties", {}).items():
            target = schemas.get(described.get("$ref", "").rpartition("/")[2], {})
            if not (described.get("description") or target.get("description")):
                silent.add(f"{name}.{field}")
    assert not silent, "describe these in their model, or in fraud_cli/api_description/glossary.py"


def test_the_glossary_explains_nothing_that_is_gone(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    fields = {
        f"{name}.{f}" for name, schema in schemas.items() for f in schema.get("properties", ())
    }
    assert set(FIELDS_OF_SCHEMAS) <= fields
    assert set(glossary.FIELDS) <= {field.rpartition(".")[2] for field in fields}
    assert set(glossary.SCHEMAS) <= set(schemas)


def test_every_operation_says_what_it_is(document: dict[str, Any]) -> None:
    described = {tag["name"] for tag in document["tags"] if tag["description"]}
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    for name, operation in operations(document):
        assert operation["summary"], name
        assert operation["description"], name
        assert set(operation["tags"]) <= described, name
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (name, parameter["name"])


def test_every_operation_has_a_success_and_its_errors(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        statuses = set(operation["responses"])
        assert sum(status.startswith("2") for status in statuses) == 1, name
        assert statuses >= {"429", "500", "504"}, name
        if operation.get("security") != []:
            assert statuses >= {"401", "403", "503"}, name
        if "requestBody" in operation:
            assert statuses >= {"400", "413", "415", "422"}, name


def test_every_operation_shows_an_exchange_that_fits(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        success = next(a for s, a in operation["responses"].items() if s.startswith("2"))
        contents = [*success["content"].values()]
        contents += operation.get("requestBody", {"content": {}})["content"].values()
        for content in contents:
            schema = {**content["schema"], "components": document["components"]}
            assert "examples" in content, f"{name}: run tests/e2e/record_examples.py"
            for example in content["examples"].values():
                assert not list(OAS31Validator(schema).iter_errors(example["value"])), name


def test_every_object_has_an_example_that_fits(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    without = set()
    for name, schema in schemas.items():
        if schema.get("type") == "object" and "examples" not in schema:
            without.add(name)
        for value in schema.get("examples", []):
            whole = {**schema, "components": document["components"]}
            assert not list(OAS31Validator(whole).iter_errors(value)), name
    assert without <= WITHOUT_EXAMPLE


def test_every_error_shows_its_codes(document: dict[str, Any]) -> None:
    known = {cls.code for cls in _descendants(errors.FraudError)}
    particular = [answer.codes for answer in PARTICULAR.values()]
    lists = [*CODES.values(), *CODES_WITH_KEY.values(), *particular]
    shown = {code for codes in lists for code, _ in codes}
    assert shown <= known | CODES_OF_ONE_PLACE
    for name, answer in document["components"]["responses"].items():
        content = answer["content"][JSON]
        schema = {**content["schema"], "components": document["components"]}
        assert content["examples"], name
        for example in content["examples"].values():
            assert not list(OAS31Validator(schema).iter_errors(example["value"])), name


def shown_errors(
    document: dict[str, Any], operation: dict[str, Any], status: str
) -> list[dict[str, Any]]:
    """The errors of a status that an operation shows."""
    name = operation["responses"][status]["$ref"].rpartition("/")[2]
    examples = document["components"]["responses"][name]["content"][JSON]["examples"]
    return [example["value"]["error"] for example in examples.values()]


def test_a_400_of_a_list_is_of_its_page_token_and_any_other_of_the_body(
    document: dict[str, Any],
) -> None:
    lists = 0
    for name, operation in operations(document):
        if "400" not in operation["responses"]:
            continue
        paged = "next" in {parameter["name"] for parameter in operation.get("parameters", [])}
        of_token = ["page token" in e["message"] for e in shown_errors(document, operation, "400")]
        assert of_token == [paged], name
        lists += paged
    assert lists == 6


def test_only_asking_for_a_training_can_use_up_a_quota(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        messages = [e["message"] for e in shown_errors(document, operation, "429")]
        limited = any("quota" in message for message in messages)
        assert limited is (name == "POST /api/v1/training"), name


@pytest.mark.parametrize(
    ("operation", "status", "code"),
    [
        ("POST /api/v1/model/predict", "503", "model_unavailable"),
        ("POST /api/v1/model/predict/batch", "503", "model_unavailable"),
        ("GET /api/v1/models/{name}", "503", "artifact_rejected"),
        ("GET /api/v1/models/{name}/report", "503", "artifact_rejected"),
        ("GET /api/v1/models/{name}/report", "404", "no_report"),
        ("GET /api/v1/models/{name}/compare/{other}", "503", "artifact_rejected"),
        ("POST /api/v1/models/{name}/promote", "409", "artifact_rejected"),
        ("POST /api/v1/models/rollback", "409", "artifact_rejected"),
    ],
)
def test_a_code_of_one_route_is_shown_there(
    document: dict[str, Any], operation: str, status: str, code: str
) -> None:
    found = shown_errors(document, dict(operations(document))[operation], status)
    assert code in {error["code"] for error in found}


def test_no_particular_error_is_of_an_operation_that_is_gone(document: dict[str, Any]) -> None:
    there = {
        (operation["operationId"], int(status))
        for _, operation in operations(document)
        for status in operation["responses"]
    }
    assert set(PARTICULAR) <= there


def test_two_models_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder, kind in (("one", "int"), ("two", "str")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "app.py").write_text(
            "from pydantic import BaseModel\n"
            "from fraud.http.api import Api\n"
            'api = Api("Status", needs_key=False)\n'
            "class Same(BaseModel):\n"
            f"    value: {kind}\n"
            '@api.get("/api/v1/status", tags=["Status"], description="Same.")\n'
            "def get_status() -> Same: ...\n"
        )
    with pytest.raises(ValueError, match="two different models are called Same"):
        describe_api(tmp_path)


def _descendants(kind: type[errors.FraudError]) -> set[type[errors.FraudError]]:
    return {kind}.union(*(_descendants(below) for below in kind.__subclasses__()))
