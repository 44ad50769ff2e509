"""A client generated from the description goes through the whole loop: the description is true."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from fraud_cli.sampling import write_sample

sys.path.append(str(Path(__file__).with_name("generated_client")))

import generating
from exchanges import complaints, operation_of

pytestmark = pytest.mark.e2e

DOCUMENT = json.loads((generating.PROJECT / "docs/openapi.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The directory of the client, and what the generator said."""
    directory = tmp_path_factory.mktemp("client")
    return directory, generating.generate(directory)


@pytest.fixture(scope="module")
def exchanges(
    generated: tuple[Path, str], deployed: Any, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, Any]]:
    csv = tmp_path_factory.mktemp("data") / "sample.csv"
    write_sample(csv, 20_000, seed=31)
    root = deployed.up["api_url"].removesuffix("/api/v1")
    return generating.run_loop(generated[0], root, deployed.up["api_key"], csv)


def test_the_generator_understands_everything(generated: tuple[Path, str]) -> None:
    assert "Warning" not in generated[1]


def test_client_and_loop_are_of_the_described_types(generated: tuple[Path, str]) -> None:
    assert "Success" in generating.type_check(generated[0])


def test_the_loop_calls_every_operation_with_success(exchanges: list[dict[str, Any]]) -> None:
    described = {
        operation["operationId"]
        for operations in DOCUMENT["paths"].values()
        for operation in operations.values()
    }
    called = {
        operation_of(DOCUMENT, one)["operationId"] for one in exchanges if one["status"] < 300
    }
    assert called == described


def test_every_exchange_is_as_described(exchanges: list[dict[str, Any]]) -> None:
    found = sorted({said for one in exchanges for said in complaints(DOCUMENT, one)})
    assert not found, "\n".join(found)
    assert {one["status"] for one in exchanges} >= {200, 201, 202, 401, 404, 409, 422}
