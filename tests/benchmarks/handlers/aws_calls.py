"""A handler that makes the AWS calls of a cold predict with boto3, and nothing else.

The first request looks up the pointers and the model's row, reads its files and writes one item to
the log; the following ones write.
"""

import os
import uuid
from functools import cache
from typing import Any

import boto3
from empty import handler as answer

MODEL = {"pk": {"S": "model"}, "sk": {"S": "benchmark"}}
FILES = ("model.onnx", "card.json", "golden.json")


@cache
def _dynamodb() -> Any:
    return boto3.client("dynamodb")


@cache
def _model() -> list[bytes]:
    models, bucket = os.environ["MODELS_TABLE"], os.environ["DATA_BUCKET"]
    _dynamodb().query(
        TableName=models,
        KeyConditionExpression="pk = :pointer",
        ExpressionAttributeValues={":pointer": {"S": "pointer"}},
        ConsistentRead=True,
    )
    _dynamodb().get_item(TableName=models, Key=MODEL, ConsistentRead=True)
    s3 = boto3.client("s3")
    return [s3.get_object(Bucket=bucket, Key=f"models/benchmark/{f}")["Body"].read() for f in FILES]


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    _model()
    item = {"pk": {"S": "aws-calls"}, "sk": {"S": uuid.uuid4().hex}, "sent": {"S": event["body"]}}
    _dynamodb().put_item(TableName=os.environ["PREDICTIONS_TABLE"], Item=item)
    return answer(event, context)
