"""A dataset that is an object in S3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from fraud.domain.errors import DatasetError, FraudError
from fraud.domain.links import S3Link
from fraud_training.download.content import PIECE_BYTES, capped
from fraud_training.download.failures import too_large, unreachable, unreachable_for_now
from fraud_training.download.limits import Deadline, DownloadLimits
from fraud_training.download.storing import Downloaded, ProgressCallback, store

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

REFUSALS = {
    "NoSuchBucket": "there is no such bucket",
    "NoSuchKey": "there is no such object",
    "AccessDenied": "there is no such object, or this service may not read it",
    "InvalidObjectState": "it is archived; restore it first",
}


def download_s3(
    link: S3Link,
    target: Path,
    *,
    client: S3Client,
    limits: DownloadLimits,
    on_progress: ProgressCallback | None = None,
) -> Downloaded:
    """Fetch an object into `target`, streamed; its size is checked before the first byte is read.

    The link's bucket is the caller's to check. Connect and read timeouts are the client's own; the
    total one is checked between reads, so it can be overrun by one read timeout.

    Raises
    ------
    DatasetError, Unavailable
        As the package's table says; nothing is left on disk.
    """
    deadline = Deadline(limits.total_timeout_s)
    try:
        answer = client.get_object(Bucket=link.bucket, Key=link.key)
    except (ClientError, BotoCoreError) as error:
        raise _translated(error, link) from error
    with closing(answer["Body"]) as body:
        length_bytes = answer["ContentLength"]
        if length_bytes > limits.max_bytes:
            raise too_large(limits.max_bytes)
        pieces = capped(_received(body, link, deadline), limits.max_bytes)
        digest, size_bytes = store(
            pieces, target, total_bytes=length_bytes, on_progress=on_progress
        )
    return Downloaded(digest, size_bytes, answer["ETag"], link.text)


def _received(body: StreamingBody, link: S3Link, deadline: Deadline) -> Iterator[bytes]:
    try:
        while piece := body.read(PIECE_BYTES):
            if deadline.passed:
                message = f"{link.text} was not read within {deadline.total_s:g} s."
                raise DatasetError(message, code="dataset_timeout")
            yield piece
    except BotoCoreError as error:
        raise _translated(error, link) from error


def _translated(error: ClientError | BotoCoreError, link: S3Link) -> FraudError:
    if isinstance(error, BotoCoreError):
        return unreachable_for_now(f"Reading {link.text} failed ({type(error).__name__}).")
    code = error.response["Error"].get("Code", "")
    if code in REFUSALS:
        return unreachable(f"{link.text} cannot be read: {REFUSALS[code]}.")
    return unreachable_for_now(f"S3 did not give {link.text} ({code}).")
