"""Predict's tables and bucket on the product's own local emulator, with the model enabled."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from emulated_lambda import free_port
from workspace import PROJECT, Workspace, record_of

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.registry_changes import RegistryChanges
from fraud_cli.local import tools
from fraud_cli.local.emulator import Emulator
from fraud_serving.scorer import SERVED_FILES

NAMES = {
    "MODELS_TABLE": "models",
    "PREDICTIONS_TABLE": "predictions",
    "LOG_BUFFER_QUEUE_URL": "never-used",
    "IDEMPOTENCY_TABLE": "idempotency",
    "DATA_BUCKET": "fraud-data",
}


@contextmanager
def local_aws(workspace: Workspace) -> Iterator[dict[str, str]]:
    """Start it; yields the environment that a handler needs to use it."""
    with emulated(workspace.root / "emulator") as endpoint_url:
        dynamodb, s3 = clients(endpoint_url)
        for name in ("MODELS_TABLE", "PREDICTIONS_TABLE"):
            create_table(dynamodb, NAMES[name], pk="S", sk="S")
        create_table(dynamodb, NAMES["IDEMPOTENCY_TABLE"], id="S")
        s3.create_bucket(Bucket=NAMES["DATA_BUCKET"])
        enable(workspace.model, dynamodb, s3)
        yield {**NAMES, "AWS_ENDPOINT_URL": endpoint_url}


@contextmanager
def emulated(state_dir: Path) -> Iterator[str]:
    """Start the emulator, empty; yields its address."""
    state_dir.mkdir(exist_ok=True)
    emulator = Emulator(PROJECT, state_dir)
    emulator.install(dict(os.environ))
    running = emulator.start(free_port())
    try:
        yield running.endpoint_url
    finally:
        emulator.stop()


def clients(endpoint_url: str) -> tuple[Any, Any]:
    """Clients of DynamoDB and S3 that are not the product's own."""
    session = boto3.Session("local", "local", region_name=tools.REGION)
    return (
        session.client("dynamodb", endpoint_url=endpoint_url),
        session.client("s3", endpoint_url=endpoint_url),
    )


def enable(model_dir: Path, dynamodb: Any, s3: Any) -> None:
    """Register a fitted model, and enable it."""
    bucket = ArtifactsBucket(s3, NAMES["DATA_BUCKET"])
    record = record_of(model_dir)
    for name in SERVED_FILES:
        bucket.store(record.name, model_dir / name)
    models = RegistryChanges(dynamodb, NAMES["MODELS_TABLE"])
    models.register(record)
    models.release(record.name, None, datetime.now(UTC), "benchmark", "the only one")


def create_table(dynamodb: Any, table: str, **key: str) -> None:
    """Create a table; `key` names its partition key, then its sort key, each with its type."""
    kinds = dict(zip(key, ("HASH", "RANGE"), strict=False))
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind} for name, kind in key.items()
        ],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in kinds.items()],
    )
