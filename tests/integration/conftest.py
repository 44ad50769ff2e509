"""The handlers over moto: tables and buckets made from the template's own definitions."""

import importlib.util
import json
import re
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial, wraps
from io import StringIO
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import Any

import boto3
import moto.dynamodb.models as moto_dynamodb
import pytest
import yaml
from botocore.exceptions import ClientError
from moto import mock_aws

from fraud.adapters import aws_clients
from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.registry_changes import RegistryChanges
from fraud.domain.model_cards import ModelRecord
from fraud.http.api import logger
from fraud_cli.sampling import write_sample
from fraud_training.fit import FitOptions, FitResult, fit

BUCKET = "fraud-data"
ENVIRONMENT = {
    "TRAININGS_TABLE": "TrainingsTable",
    "MODELS_TABLE": "ModelsTable",
    "PREDICTIONS_TABLE": "PredictionsTable",
    "API_KEYS_TABLE": "ApiKeysTable",
    "IDEMPOTENCY_TABLE": "IdempotencyTable",
    "USAGE_TABLE": "UsageTable",
    "TRAINING_QUOTA_PER_DAY": "1000",
    "DATA_BUCKET": BUCKET,
    "MONITORING_TABLE": "MonitoringTable",
    "REPLAYS_TABLE": "ReplaysTable",
    "API_NAME": "fraud",
    "API_STAGE": "live",
    "LABEL_MATURITY_DAYS": "7",
    "STALE_MODEL_DAYS": "90",
    "RETRAINING_DATASET": "",
    "RETRAINING_PSI": "0.25",
    "RETRAINING_F1_LOSS": "0.05",
    "RETRAINING_COOL_DOWN_DAYS": "7",
    "SCORINGS_TABLE": "ScoringsTable",
    "SCORING_RANGE_BYTES": "200000",
    "SCORING_MEMORY_MB": "1769",
    "SCORING_MAX_CONCURRENCY": "2",
    "SCORING_TOLERATED_FAILURE_PERCENTAGE": "0",
    "SCORING_MAX_ROWS": "1000000",
    "SCORING_MAX_COST_USD": "1",
    "SCORING_MAX_UNPACKED_BYTES": "100000000",
    "SCORING_MAX_MERGED_BYTES": "100000000",
    "TRAINING_SHARD_BYTES": "200000",
    "TRAINING_MAX_CONCURRENCY": "2",
    "TRAINING_TOLERATED_FAILURE_PERCENTAGE": "0",
    "TRAINING_MAX_ROWS": "1000000",
    "TRAINING_MAX_COST_USD": "1",
    "TRAINING_SHARD_MEMORY_MB": "1769",
    "TRAINER_MEMORY_MB": "3008",
    "KEY_ENVIRONMENT": "live",
    "ALLOWED_DATASET_BUCKETS": "",
    "ALLOW_LOOPBACK_LINKS": "false",
    "MAX_DATASET_BYTES": "100000000",
    "MESSAGE_HIDDEN_S": "5400",
    "MESSAGE_KEPT_S": "345600",
    "PREDICTION_TTL_DAYS": "30",
    "POWERTOOLS_SERVICE_NAME": "tests",
    "POWERTOOLS_METRICS_NAMESPACE": "Tests",
    "POWERTOOLS_TRACE_DISABLED": "true",
}

STATE_MACHINES = ("TRAINING_STATE_MACHINE_ARN", "SCORING_STATE_MACHINE_ARN")
QUEUES = (
    "TRAINING_QUEUE_URL",
    "LOG_BUFFER_QUEUE_URL",
    "LOG_BUFFER_DEAD_LETTER_QUEUE_URL",
    "REPLAY_QUEUE_URL",
)


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
    buffer_url: str
    buffer_dead_letters_url: str
    replay_queue_url: str

    def function(self, name: str) -> ModuleType:
        path = self.project_dir / "functions" / name / "app.py"
        spec = importlib.util.spec_from_file_location(f"{name}_function", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def event(self, method: str, path: str, body: Any = None, **how: Any) -> dict[str, Any]:
        """A request as API Gateway sends it; `body` is JSON, or text as it is."""
        text = body if isinstance(body, str) or body is None else json.dumps(body)
        return api_event(method, path, text, **how)

    def context(self, remaining_ms: int = 900_000) -> LambdaContext:
        """What Lambda hands a handler beside the event."""
        return LambdaContext(remaining_ms)

    def call(self, function: str, method: str, path: str, body: Any = None, **how: Any) -> Answer:
        """Send one request to one function; `body` is JSON, or text as it is."""
        event = self.event(method, path, body, **how)
        raw = self.function(function).handler(event, self.context())
        headers = dict(raw.get("headers") or {})
        headers |= {k: v[0] for k, v in (raw.get("multiValueHeaders") or {}).items()}
        content = raw["body"]
        if headers.get("Content-Type", "").startswith("application/json"):
            content = json.loads(content)
        return Answer(raw["statusCode"], headers, content)

    def queued(self, queue_url: str | None = None) -> list[dict[str, Any]]:
        """Take the messages that are waiting, by default as SQS would hand them to the trainer."""
        sqs = boto3.client("sqs")
        answer = sqs.receive_message(QueueUrl=queue_url or self.queue_url, MaxNumberOfMessages=10)
        return [sqs_record(m["Body"], m["ReceiptHandle"]) for m in answer.get("Messages", [])]

    def train(self, **context: Any) -> Any:
        """Let the trainer work off the queue."""
        return self.deliver(self.queued(), **context)

    def deliver(
        self, records: list[dict[str, Any]], worker: str = "trainer", **context: Any
    ) -> Any:
        """Hand a worker these messages."""
        event = {"Records": records}
        return self.function(worker).handler(event, LambdaContext(**context))


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
        if re.fullmatch(r"fraud\w*\.([\w.]*wiring(\.\w+)?|adapters\.aws_clients)", name):
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


@pytest.fixture
def stack(
    monkeypatch: pytest.MonkeyPatch, template: dict[str, Any], project_dir: Path
) -> Iterator[Stack]:
    with standing(monkeypatch, template, project_dir) as made:
        yield made


@pytest.fixture(scope="module")
def lasting_stack(template: dict[str, Any], project_dir: Path) -> Iterator[Stack]:
    """One stack for a module whose tests change nothing that the others look at."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        with standing(monkeypatch, template, project_dir) as made:
            yield made


@contextmanager
def standing(
    monkeypatch: pytest.MonkeyPatch, template: dict[str, Any], project_dir: Path
) -> Iterator[Stack]:
    """A stack, for as long as the block runs."""
    _forget_collaborators()
    _write_one_at_a_time(monkeypatch)
    with mock_aws():
        _create_tables(template)
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        sqs = boto3.client("sqs")
        urls = {
            name: sqs.create_queue(QueueName=name.removesuffix("_URL").lower())["QueueUrl"]
            for name in QUEUES
        }
        for name, value in (ENVIRONMENT | urls | _create_state_machines()).items():
            monkeypatch.setenv(name, value)
        yield Stack(project_dir, *urls.values())
    _forget_collaborators()


def _write_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB checks a condition and writes in one step; moto's threads come in between."""
    lock = RLock()  # a transaction of moto's calls the single writes

    def alone(write: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(write)
        def writing(*args: Any, **kwargs: Any) -> Any:
            with lock:
                return write(*args, **kwargs)

        return writing

    backend = moto_dynamodb.DynamoDBBackend
    for name in ("put_item", "update_item", "delete_item", "transact_write_items"):
        monkeypatch.setattr(backend, name, alone(getattr(backend, name)))


def _create_tables(template: dict[str, Any]) -> None:
    dynamodb = boto3.client("dynamodb")
    kept = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::DynamoDB::Table":
            properties = resource["Properties"]
            definition = {key: properties[key] for key in kept if key in properties}
            dynamodb.create_table(TableName=name, **definition)


def _create_state_machines() -> dict[str, str]:
    """State machines that can be started and stopped, and do nothing; the variables of both."""
    engine = boto3.client("stepfunctions")
    role = "arn:aws:iam::123456789012:role/engine"
    return {
        name: engine.create_state_machine(
            name=f"fraud-{name.partition('_')[0].lower()}", definition="{}", roleArn=role
        )["stateMachineArn"]
        for name in STATE_MACHINES
    }


@pytest.fixture
def put_dataset(stack: Stack) -> Callable[[Path], str]:
    """Puts a file into the bucket; gives the link to train from."""

    def put(path: Path) -> str:
        key = f"uploads/{path.name}"
        boto3.client("s3").upload_file(str(path), BUCKET, key)
        return f"s3://{BUCKET}/{key}"

    return put


@pytest.fixture
def logged() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Reads the lines that functions have logged."""
    text = StringIO()
    before = logger.registered_handler.setStream(text)
    yield lambda: [json.loads(line) for line in text.getvalue().splitlines()]
    logger.registered_handler.setStream(before)


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> FitResult:
    """A small model as a training leaves it, made once for all tests that need one to serve."""
    directory = tmp_path_factory.mktemp("fitted")
    write_sample(directory / "sample.csv", 20_000, seed=3)
    options = FitOptions(feature_set="basic", quick=True)
    return fit(directory / "sample.csv", directory / "artifacts", options, lambda *_: None)


@pytest.fixture
def release(stack: Stack, fitted: FitResult) -> Callable[..., ModelRecord]:
    """Registers the fitted model under a name, and enables it."""
    return partial(release_fitted, fitted)


@pytest.fixture(scope="module")
def serving_stack(lasting_stack: Stack, fitted: FitResult) -> Stack:
    """A lasting stack with the fitted model enabled."""
    release_fitted(fitted)
    return lasting_stack


def release_fitted(fitted: FitResult, name: str = "first", version: int = 1) -> ModelRecord:
    """Register the fitted model under a name, and enable it."""
    models = RegistryChanges(boto3.client("dynamodb"), ENVIRONMENT["MODELS_TABLE"])
    bucket = ArtifactsBucket(boto3.client("s3"), BUCKET)
    card, now = fitted.card, datetime.now(UTC)
    record = ModelRecord(
        name=name,
        version=version,
        created_at=card.created_at,
        training_id=version,
        feature_set=card.feature_set.name,
        algorithm=card.algorithm,
        metrics=card.metrics,
        policy=card.policy,
        files={file: bucket.store(name, path) for file, path in fitted.files.items()},
    )
    models.register(record)
    models.release(name, models.champion(), now, "tests", "a test")
    return record


@pytest.fixture
def break_once_registered() -> Callable[[], None]:
    """Lets the queue refuse the next job, and from then on the table every update."""

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "InternalServerError", "Message": ""}}, "UpdateItem")

    def down(**_: Any) -> None:
        table = aws_clients.dynamodb_client()
        table.meta.events.register("before-call.dynamodb.UpdateItem", refuse)
        raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": ""}}, "SendMessage")

    def broken() -> None:
        queue = aws_clients.sqs_client()
        queue.meta.events.register("before-call.sqs.SendMessage", down)

    return broken
