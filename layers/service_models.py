"""What botocore must know of the services that the functions call, and no more.

To make a client botocore looks through the folders of all 430 services and parses the description
of its own whole and the endpoints of every one. Given a folder with only these services, with only
the operations below, and without documentation, it takes a third of the time. Its loader is meant
to be given other folders (https://docs.aws.amazon.com/botocore/latest/reference/loaders.html);
fraud.adapters.aws_clients gives it this one.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OPERATIONS = {
    "dynamodb": {
        "BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan",
        "TransactGetItems", "TransactWriteItems", "UpdateItem",
    },
    "s3": {
        "AbortMultipartUpload", "CompleteMultipartUpload", "CreateMultipartUpload", "DeleteObject",
        "GetObject", "HeadObject", "ListObjectsV2", "PutObject", "UploadPart", "UploadPartCopy",
    },
    "sqs": {
        "ChangeMessageVisibility", "DeleteMessage", "DeleteMessageBatch", "GetQueueAttributes",
        "ReceiveMessage", "SendMessage", "SendMessageBatch",
    },
    "cloudwatch": {"GetMetricData"},
    "stepfunctions": {"DescribeExecution", "StartExecution", "StopExecution"},
}  # fmt: skip
SHARED = ("_retry.json", "partitions.json", "sdk-default-configuration.json")
# CloudWatch's endpoints are called monitoring, those of Step Functions states; botocore itself asks
# the last three for credentials.
ENDPOINTS = {*OPERATIONS, "monitoring", "states", "sts", "sso", "oidc"}


def write_service_models(data: Path, target: Path) -> None:
    """Write what is needed of botocore's data directory."""
    for service, operations in OPERATIONS.items():
        for described in sorted((data / service).glob("*/service-2.json.gz")):
            version = target / service / described.parent.name
            version.mkdir(parents=True)
            model = _read(described)
            _write(version / "service-2.json", narrowed(model, operations))
            rules = "endpoint-rule-set-1.json"
            _write(version / rules, _read(described.with_name(f"{rules}.gz")))
            pages = _read(described.with_name("paginators-1.json"))["pagination"]
            kept = {name: how for name, how in pages.items() if name in operations}
            _write(version / "paginators-1.json", {"pagination": kept})
    for name in SHARED:
        _write(target / name, _read(data / name))
    endpoints = _read(data / "endpoints.json")
    for partition in endpoints["partitions"]:
        known = partition["services"].items()
        partition["services"] = {name: facts for name, facts in known if name in ENDPOINTS}
    _write(target / "endpoints.json", endpoints)


def narrowed(model: dict[str, Any], operations: set[str]) -> dict[str, Any]:
    """Return a service's model with these operations, the shapes they use, and no documentation."""
    kept = {name: facts for name, facts in model["operations"].items() if name in operations}
    shapes: dict[str, Any] = {}
    waiting = list(_shapes_in(kept))
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            waiting += _shapes_in(shapes[name])
    undocumented: dict[str, Any] = _undocumented({**model, "operations": kept, "shapes": shapes})
    return undocumented


def _shapes_in(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "shape" and isinstance(value, str):
                yield value
            else:
                yield from _shapes_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from _shapes_in(value)


def _undocumented(part: Any) -> Any:
    """Empty texts for documentation: botocore reads some of them as if they were always there."""
    if isinstance(part, dict):
        return {
            key: "" if key == "documentation" and isinstance(value, str) else _undocumented(value)
            for key, value in part.items()
        }
    return [_undocumented(value) for value in part] if isinstance(part, list) else part


def _read(path: Path) -> Any:
    content = path.read_bytes()
    return json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")
