"""AWS clients: made once per process, on first use.

Timeouts are short and retries few, because a caller is waiting: what a dependency cannot answer in
seconds becomes a 503 that says when to come back.

They are botocore's own, and botocore is imported by the first of them: boto3 adds resources and
managed transfers, of which only the trainer needs the latter, and takes a cold start 60 ms. What
botocore must know of the services comes from the layer, where layers/build.py left only the
operations called here: looking through all of them takes twice as long again.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.session import Session
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

SERVICE_MODELS = Path(__file__).parents[2] / "aws_service_models"
"""Only in a built layer; elsewhere botocore finds its own."""

CONFIG: dict[str, Any] = {
    "connect_timeout": 1,
    "read_timeout": 3,
    "retries": {"mode": "standard", "total_max_attempts": 3},
}
"""Three tries and pauses of up to 1 s and 2 s between them: 15 s at most, so that the functions
behind the API, which have 20 s, come to say themselves that a dependency is silent."""

REGIONAL_S3: dict[str, Any] = {
    **CONFIG,
    # botocore presigns with version 2 in us-east-1; no bucket made after June 2020 takes that.
    "signature_version": "s3v4",
    # Path style works on every endpoint, an emulator's included; and the console's policy names the
    # region's own endpoint, in us-east-1 too.
    "s3": {"addressing_style": "path", "us_east_1_regional_endpoint": "regional"},
}

PATIENT_S3: dict[str, Any] = {
    **REGIONAL_S3,
    "connect_timeout": 2,
    "read_timeout": 5,
    "retries": {"mode": "standard", "total_max_attempts": 4},
}
"""For workers, who have minutes and whom a file that could not be read costs all they did."""

PROMPT_DYNAMODB: dict[str, Any] = {
    **CONFIG,
    "connect_timeout": 1,
    "read_timeout": 1,
    # One retry after 50 ms, which is DynamoDB's own schedule in this mode; the standard mode sleeps
    # up to a second before it tries a throttled call again. What two calls cannot write goes to the
    # buffer queue.
    "retries": {"mode": "legacy", "total_max_attempts": 2},
}
"""For a caller in whose time a prediction is logged: DynamoDB answers within milliseconds, or it is
better not waited for. At worst two timeouts and a pause go by."""

SINGLE_TRY_DYNAMODB: dict[str, Any] = {
    **CONFIG,
    "connect_timeout": 0.25,
    "read_timeout": 0.25,
    "retries": {"mode": "standard", "total_max_attempts": 1},
}
"""For a write that can be left out, in the time of a caller who is waiting for something else."""

PROMPT_SQS: dict[str, Any] = {
    **CONFIG,
    "connect_timeout": 1,
    "read_timeout": 1,
    # The buffer queue's adapter sends again, sooner than either mode does and also what was refused
    # in part.
    "retries": {"mode": "standard", "total_max_attempts": 1},
}


@cache
def dynamodb_client() -> DynamoDBClient:
    """The process's DynamoDB client."""
    client: DynamoDBClient = _client("dynamodb")
    return client


@cache
def prompt_dynamodb_client() -> DynamoDBClient:
    """A DynamoDB client that gives up quickly."""
    client: DynamoDBClient = _client("dynamodb", PROMPT_DYNAMODB)
    return client


@cache
def single_try_dynamodb_client() -> DynamoDBClient:
    """A DynamoDB client that tries once, for half a second at most."""
    client: DynamoDBClient = _client("dynamodb", SINGLE_TRY_DYNAMODB)
    return client


@cache
def s3_client() -> S3Client:
    """The process's S3 client."""
    client: S3Client = _client("s3", REGIONAL_S3)
    return client


@cache
def patient_s3_client() -> S3Client:
    """An S3 client for those who read and write files while nobody waits."""
    client: S3Client = _client("s3", PATIENT_S3)
    return client


@cache
def s3_transfer_client() -> S3Client:
    """A patient S3 client that also copies files, in parts where they are large."""
    import boto3  # noqa: PLC0415 - for the trainer alone

    return boto3.Session(botocore_session=_session()).client("s3", config=_config(PATIENT_S3))


@cache
def sqs_client() -> SQSClient:
    """The process's SQS client."""
    client: SQSClient = _client("sqs")
    return client


@cache
def prompt_sqs_client() -> SQSClient:
    """An SQS client that tries once."""
    client: SQSClient = _client("sqs", PROMPT_SQS)
    return client


@cache
def cloudwatch_client() -> Any:
    """The process's CloudWatch client."""
    return _client("cloudwatch")


@cache
def step_functions_client() -> SFNClient:
    """The process's Step Functions client."""
    client: SFNClient = _client("stepfunctions")
    return client


def close_connections() -> None:
    """Close the sockets of every client there is; their next requests open new ones."""
    for made in (
        dynamodb_client,
        prompt_dynamodb_client,
        single_try_dynamodb_client,
        s3_client,
        patient_s3_client,
        s3_transfer_client,
        sqs_client,
        prompt_sqs_client,
        cloudwatch_client,
        step_functions_client,
    ):
        if made.cache_info().currsize:
            made().close()


def _client(service: str, config: dict[str, Any] = CONFIG) -> Any:
    return _session().create_client(service, config=_config(config))


@cache
def _session() -> Session:
    from botocore.loaders import Loader  # noqa: PLC0415 - not before a call is made
    from botocore.session import Session  # noqa: PLC0415

    session = Session()
    if SERVICE_MODELS.is_dir():
        loader = Loader([str(SERVICE_MODELS)], include_default_search_paths=False)
        session.register_component("data_loader", loader)
    return session


def _config(settings: dict[str, Any]) -> Any:
    from botocore.config import Config  # noqa: PLC0415

    return Config(**settings)
