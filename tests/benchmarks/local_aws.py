"""Predict's tables and bucket on the product's own local emulator, with the model enabled."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
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
    state_dir = workspace.root / "emulator"
    state_dir.mkdir(exist_ok=True)
    emulator = Emulator(PROJECT, state_dir)
    emulator.install(dict(os.environ))
    running = emulator.start(free_port())
    try:
        _fill(workspace, running.endpoint_url)
        yield {**NAMES, "AWS_ENDPOINT_URL": running.endpoint_url}
    finally:
        emulator.stop()


def _fill(workspace: Workspace, endpoint_url: str) -> None:
    session = boto3.Session("local", "local", region_name=tools.REGION)
    dynamodb = session.client("dynamodb", endpoint_url=endpoint_url)
    s3 = session.client("s3", endpoint_url=endpoint_url)
    _create(dynamodb, NAMES["MODELS_TABLE"], "pk", "sk")
    _create(dynamodb, NAMES["PREDICTIONS_TABLE"], "pk", "sk")
    _create(dynamodb, NAMES["IDEMPOTENCY_TABLE"], "id")
    s3.create_bucket(Bucket=NAMES["DATA_BUCKET"])
    bucket = ArtifactsBucket(s3, NAMES["DATA_BUCKET"])
    record = record_of(workspace.model)
    for name in SERVED_FILES:
        bucket.store(record.name, workspace.model / name)
    models = RegistryChanges(dynamodb, NAMES["MODELS_TABLE"])
    models.register(record)
    models.release(record.name, None, datetime.now(UTC), "benchmark", "the only one")


def _create(dynamodb: Any, table: str, *key: str) -> None:
    kinds = dict(zip(key, ("HASH", "RANGE"), strict=False))
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in key],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in kinds.items()],
    )
