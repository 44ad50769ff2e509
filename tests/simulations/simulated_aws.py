"""The product's tables, bucket and queue in memory, made from the template's own definitions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import yaml
from moto import mock_aws

PROJECT = Path(__file__).resolve().parents[2]
BUCKET = "fraud-data"
ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "simulated",
    "AWS_SECRET_ACCESS_KEY": "simulated",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "POWERTOOLS_SERVICE_NAME": "simulation",
    # Trainings of the simulation are on one file each: none is handed on.
    "TRAINING_STATE_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:none",
}


class _TemplateLoader(yaml.SafeLoader):
    """Reads a template, CloudFormation's short tags as plain values."""


def _tag(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


_TemplateLoader.add_multi_constructor("!", _tag)


@contextmanager
def simulated_aws(settings: dict[str, str]) -> Iterator[None]:
    """Start it, with the environment that the functions would have, and `settings` over that."""
    os.environ.pop("AWS_ENDPOINT_URL", None)
    os.environ.update(ACCOUNT)
    with mock_aws():
        tables = _create_tables()
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        sqs = boto3.client("sqs")
        queues = {
            name: sqs.create_queue(QueueName=name.lower())["QueueUrl"]
            for name in ("TRAINING_QUEUE_URL", "LOG_BUFFER_QUEUE_URL")
        }
        os.environ.update({**tables, **queues, "DATA_BUCKET": BUCKET})
        os.environ.update(settings)
        yield


def _create_tables() -> dict[str, str]:
    """Create every table of the template; gives the variables that name them."""
    text = (PROJECT / "template.yaml").read_text(encoding="utf-8")
    template = yaml.load(text, _TemplateLoader)  # noqa: S506 - a safe loader with tags
    dynamodb = boto3.client("dynamodb")
    kept = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
    names: dict[str, str] = {}
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::DynamoDB::Table":
            properties = resource["Properties"]
            definition = {key: properties[key] for key in kept if key in properties}
            dynamodb.create_table(TableName=name, **definition)
            names[f"{name.removesuffix('Table').upper()}_TABLE"] = name
    return names
