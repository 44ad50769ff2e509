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

PROMPT_DYNAMODB: dict[str, Any] = {
    "connect_timeout": 1,
    "read_timeout": 1,
    # One retry after 50 ms, which is DynamoDB's own schedule in this mode; the standard mode sleeps
    # up to a second before it tries a throttled call again. What two calls cannot write goes to the
    # buffer queue.
    "retries": {"mode": "legacy", "total_max_attempts": 2},
}
"""For a caller in whose time a prediction is logged: DynamoDB answers within milliseconds, or it is
better not waited for. At worst two timeouts and a pause go by."""

PROMPT_SQS: dict[str, Any] = {
    "connect_timeout": 1,
    "read_timeout": 1,
    # The buffer queue's adapter sends again, sooner than either mode does and also what was refused
    # in part.
    "retries": {"mode": "standard", "total_max_attempts": 1},
}


@cache
def dynamodb_client() -> DynamoDBClient:
    """The process's DynamoDB client."""
    return boto3.client("dynamodb", config=CONFIG)


@cache
def prompt_dynamodb_client() -> DynamoDBClient:
    """A DynamoDB client that gives up quickly."""
    return boto3.client("dynamodb", config=CONFIG.merge(Config(**PROMPT_DYNAMODB)))


@cache
def s3_client() -> S3Client:
    """The process's S3 client."""
    return boto3.client("s3", config=CONFIG)


@cache
def sqs_client() -> SQSClient:
    """The process's SQS client."""
    return boto3.client("sqs", config=CONFIG)


@cache
def prompt_sqs_client() -> SQSClient:
    """An SQS client that tries once."""
    return boto3.client("sqs", config=CONFIG.merge(Config(**PROMPT_SQS)))
