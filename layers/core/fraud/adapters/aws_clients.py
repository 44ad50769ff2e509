"""AWS clients: made once per process, on first use.

Timeouts are short and retries few, because a caller is waiting: what a dependency cannot answer in
seconds becomes a 503 that says when to come back.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 4},
    # Path style works on every endpoint, an emulator's included.
    s3={"addressing_style": "path"},
)


@cache
def dynamodb_client() -> DynamoDBClient:
    """The process's DynamoDB client."""
    return boto3.client("dynamodb", config=CONFIG)


@cache
def s3_client() -> S3Client:
    """The process's S3 client."""
    return boto3.client("s3", config=CONFIG)


@cache
def sqs_client() -> SQSClient:
    """The process's SQS client."""
    return boto3.client("sqs", config=CONFIG)


@cache
def cloudwatch_client() -> Any:
    """The process's CloudWatch client."""
    return boto3.client("cloudwatch", config=CONFIG)
