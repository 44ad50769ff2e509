"""The handlers over moto: tables and buckets made from the template's own definitions."""

import importlib.util
import json
import re
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws

BUCKET = "fraud-data"
ENVIRONMENT = {
    "TRAININGS_TABLE": "TrainingsTable",
    "MODELS_TABLE": "ModelsTable",
    "PREDICTIONS_TABLE": "PredictionsTable",
    "API_KEYS_TABLE": "ApiKeysTable",
    "IDEMPOTENCY_TABLE": "IdempotencyTable",
    "DATA_BUCKET": BUCKET,
    "MONITORING_TABLE": "MonitoringTable",
    "API_NAME": "fraud",
    "API_STAGE": "live",
    "LABEL_MATURITY_DAYS": "7",
    "STALE_MODEL_DAYS": "90",
    "RETRAINING_DATASET": "",
    "RETRAINING_PSI": "0.25",
    "RETRAINING_F1_LOSS": "0.05",
    "RETRAINING_COOL_DOWN_DAYS": "7",
    "KEY_ENVIRONMENT": "live",
    "ALLOWED_DATASET_BUCKETS": "",
    "ALLOW_LOOPBACK_LINKS": "false",
    "MAX_DATASET_BYTES": "100000000",
    "PREDICTION_TTL_DAYS": "30",
    "POWERTOOLS_SERVICE_NAME": "tests",
    "POWERTOOLS_METRICS_NAMESPACE": "Tests",
    "POWERTOOLS_TRACE_DISABLED": "true",
}


class _TemplateLoader(yaml.SafeLoader):
    """Reads a template, CloudFormation's short tags as plain values."""


def _tag(loader: yaml.Loader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


_TemplateLoader.add_multi_constructor("!", _tag)


@pytest.fixture(scope="session")
def template(project_dir: Path) -> dict[str, Any]:
    text = (project_dir / "template.yaml").read_text(encoding="utf-8")
    return yaml.load(text, _TemplateLoader)  # noqa: S506 - a safe loader with tags


@dataclass
class LambdaContext:
    """What Lambda hands a handler."""

    remaining_ms: int = 900_000
    function_name: str = "test"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:test"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


@dataclass(frozen=True)
class Answer:
    """A handler's answer, its body read."""

    status: int
    headers: dict[str, str]
    body: Any


def api_event(
    method: str,
    path: str,
    body: str | None = None,
    *,
    resource: str | None = None,
    client: str | None = "tests",
    scopes: str = "admin",
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    is_base64: bool = False,
) -> dict[str, Any]:
    """A REST API proxy event, as API Gateway sends it."""
    sent = {"Content-Type": "application/json", "Host": "example.test"} | (headers or {})
    authorizer = {"principalId": client, "client": client, "scopes": scopes} if client else None
    return {
        "resource": resource or path,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {k: [v] for k, v in query.items()} if query else None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": resource or path,
            "httpMethod": method,
            "path": f"/live{path}",
            "stage": "live",
            "requestId": "request-1",
            "identity": {"sourceIp": "203.0.113.7"},
            **({"authorizer": authorizer} if authorizer else {}),
        },
        "body": body,
        "isBase64Encoded": is_base64,
    }


@dataclass(frozen=True)
class Stack:
    """The product over moto."""

    project_dir: Path
    queue_url: str

    def function(self, name: str) -> ModuleType:
        path = self.project_dir / "functions" / name / "app.py"
        spec = importlib.util.spec_from_file_location(f"{name}_function", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def call(self, function: str, method: str, path: str, body: Any = None, **how: Any) -> Answer:
        """Send one request to one function; `body` is JSON, or text as it is."""
        text = body if isinstance(body, str) or body is None else json.dumps(body)
        event = api_event(method, path, text, **how)
        raw = self.function(function).handler(event, LambdaContext())
        headers = dict(raw.get("headers") or {})
        headers |= {k: v[0] for k, v in (raw.get("multiValueHeaders") or {}).items()}
        content = raw["body"]
        if headers.get("Content-Type", "").startswith("application/json"):
            content = json.loads(content)
        return Answer(raw["statusCode"], headers, content)

    def queued(self) -> list[dict[str, Any]]:
        """Take the messages that are waiting, as SQS would hand them to the trainer."""
        sqs = boto3.client("sqs")
        answer = sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        return [sqs_record(m["Body"], m["ReceiptHandle"]) for m in answer.get("Messages", [])]

    def train(self, **context: Any) -> Any:
        """Let the trainer work off the queue."""
        return self.deliver(self.queued(), **context)

    def deliver(self, records: list[dict[str, Any]], **context: Any) -> Any:
        """Hand the trainer these messages."""
        event = {"Records": records}
        return self.function("trainer").handler(event, LambdaContext(**context))


def sqs_record(body: str, receipt_handle: str) -> dict[str, Any]:
    """One record of an SQS event."""
    return {
        "messageId": str(uuid.uuid4()),
        "receiptHandle": receipt_handle,
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:training",
        "awsRegion": "us-east-1",
    }


def _forget_collaborators() -> None:
    """Every test gets clients of its own; a Lambda process keeps them for its life."""
    for name, module in list(sys.modules.items()):
        if re.fullmatch(r"fraud\w*\.(wiring(\.\w+)?|adapters\.aws_clients)", name):
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


@pytest.fixture
def stack(
    monkeypatch: pytest.MonkeyPatch, template: dict[str, Any], project_dir: Path
) -> Iterator[Stack]:
    _forget_collaborators()
    with mock_aws():
        _create_tables(template)
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        queue_url = boto3.client("sqs").create_queue(QueueName="training")["QueueUrl"]
        for name, value in (ENVIRONMENT | {"TRAINING_QUEUE_URL": queue_url}).items():
            monkeypatch.setenv(name, value)
        yield Stack(project_dir, queue_url)
    _forget_collaborators()


def _create_tables(template: dict[str, Any]) -> None:
    dynamodb = boto3.client("dynamodb")
    kept = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::DynamoDB::Table":
            properties = resource["Properties"]
            definition = {key: properties[key] for key in kept if key in properties}
            dynamodb.create_table(TableName=name, **definition)


@pytest.fixture
def put_dataset(stack: Stack) -> Callable[[Path], str]:
    """Puts a file into the bucket; gives the link to train from."""

    def put(path: Path) -> str:
        key = f"uploads/{path.name}"
        boto3.client("s3").upload_file(str(path), BUCKET, key)
        return f"s3://{BUCKET}/{key}"

    return put
