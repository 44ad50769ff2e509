"""A built layer describes to botocore every operation that we call, as botocore itself does."""

from __future__ import annotations

import ast
import re
import runpy
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import botocore
import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.session import Session
from moto import mock_aws

LAYERS = Path(__file__).resolve().parents[3] / "layers"
BUILDER = runpy.run_path(str(LAYERS / "service_models.py"))
OPERATIONS = BUILDER["OPERATIONS"]
CLIENTS = LAYERS / "core/fraud/adapters/aws_clients.py"
REGION = "eu-central-1"
COMPOSED = {  # what boto3 and botocore make of several operations, or of none
    "download_file": {"head_object", "get_object"},
    "upload_file": {
        "put_object",
        "create_multipart_upload",
        "upload_part",
        "complete_multipart_upload",
        "abort_multipart_upload",
    },
    "generate_presigned_url": set(),
    "get_paginator": set(),
}


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A session that knows what a built layer describes."""
    target = tmp_path_factory.mktemp("layer") / "aws"
    BUILDER["write_service_models"](Path(botocore.__file__).parent / "data", target)
    session = Session()
    loader = Loader([str(target)], include_default_search_paths=False)
    session.register_component("data_loader", loader)
    return session


def called() -> set[str]:
    """Methods called on what our code names a client."""
    found: set[str] = set()
    for path in LAYERS.glob("*/*/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func.value)
                if owner.rpartition(".")[2].strip("_") in {"client", "dynamodb", "s3", "sqs"}:
                    found |= COMPOSED.get(node.func.attr, {node.func.attr})
    return found


def test_every_operation_called_is_described() -> None:
    session = Session()
    for service, operations in OPERATIONS.items():
        known = set(map(xform_name, session.get_service_model(service).operation_names))
        wanted = called() & known
        assert wanted
        assert wanted <= set(map(xform_name, operations))


def test_clients_made_of_it_are_botocores_own_with_fewer_operations(narrow) -> None:
    full = Session()
    for service, operations in OPERATIONS.items():
        ours, theirs = (s.create_client(service, region_name=REGION) for s in (narrow, full))
        assert set(ours.meta.service_model.operation_names) == operations
        assert ours.meta.endpoint_url == theirs.meta.endpoint_url
        assert ours.meta.service_model.metadata == theirs.meta.service_model.metadata
        for name in operations:
            mine, same = (c.meta.service_model.operation_model(name) for c in (ours, theirs))
            assert mine.http == same.http
            assert [*mine.input_shape.members] == [*same.input_shape.members]
            assert [e.name for e in mine.error_shapes] == [e.name for e in same.error_shapes]


def test_its_clients_call_and_read_the_services(narrow) -> None:
    with mock_aws():
        boto3.client("s3", "us-east-1").create_bucket(Bucket="models")
        url = boto3.client("sqs", "us-east-1").create_queue(QueueName="q")["QueueUrl"]
        made = {name: narrow.create_client(name, "us-east-1") for name in OPERATIONS}
        dynamodb, s3, sqs = (made[name] for name in ("dynamodb", "s3", "sqs"))
        s3.put_object(Bucket="models", Key="k", Body=b"1")
        assert s3.get_object(Bucket="models", Key="k")["Body"].read() == b"1"
        with pytest.raises(s3.exceptions.NoSuchKey):
            s3.get_object(Bucket="models", Key="other")
        sqs.send_message(QueueUrl=url, MessageBody="1")
        assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "1"
        with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
            dynamodb.get_item(TableName="t", Key={"k": {"S": "1"}})
        at = datetime(2026, 11, 30, 9, 2, tzinfo=UTC)
        boto3.client("cloudwatch", "us-east-1").put_metric_data(
            Namespace="N", MetricData=[{"MetricName": "m", "Value": 3, "Timestamp": at}]
        )
        stat = {"Metric": {"Namespace": "N", "MetricName": "m"}, "Period": 300, "Stat": "Sum"}
        answer = made["cloudwatch"].get_metric_data(
            MetricDataQueries=[{"Id": "m", "MetricStat": stat}],
            StartTime=at - timedelta(hours=1),
            EndTime=at + timedelta(hours=1),
        )
        assert answer["MetricDataResults"][0]["Values"] == [3]


def test_paginators_are_botocores_own(narrow) -> None:
    ours, theirs = (s.create_client("dynamodb", REGION) for s in (narrow, Session()))
    for operation in ("scan", "query"):
        assert ours.can_paginate(operation)
        pages = (c.get_paginator(operation)._pagination_cfg for c in (ours, theirs))
        assert next(pages) == next(pages)


def test_managed_transfers_find_their_operations(narrow, tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(bytes(9_000_000))
    with mock_aws():
        client = boto3.Session(botocore_session=narrow).client("s3", "us-east-1")
        boto3.client("s3", "us-east-1").create_bucket(Bucket="models")
        client.upload_file(str(file), "models", "large")
        client.download_file("models", "large", str(tmp_path / "again"))
    assert (tmp_path / "again").stat().st_size == 9_000_000


def test_every_service_that_a_client_is_made_of_is_described() -> None:
    made = re.findall(r'(?:_client|client)\("(\w+)"', CLIENTS.read_text(encoding="utf-8"))
    assert made
    assert set(made) <= set(OPERATIONS)
