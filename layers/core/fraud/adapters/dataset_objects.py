"""Datasets in S3, read in ranges; each read says which version of the object it means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fraud.adapters.aws_errors import error_code
from fraud.domain.byte_ranges import ByteRange
from fraud.domain.errors import DatasetError, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PIECE_BYTES = 1 << 20
TAIL_BYTES = 1 << 16
"""What is asked for beyond a range, where its last line most likely ends."""

_REFUSALS = {
    "NoSuchBucket": ("dataset_unreachable", "there is no such bucket"),
    "NoSuchKey": ("dataset_unreachable", "there is no such object"),
    "404": ("dataset_unreachable", "there is no such object"),
    "403": ("dataset_unreachable", "there is no such object, or this service may not read it"),
    "AccessDenied": (
        "dataset_unreachable",
        "there is no such object, or this service may not read it",
    ),
    "InvalidObjectState": ("dataset_unreachable", "it is archived; restore it first"),
    "PreconditionFailed": ("dataset_changed", "it has changed since the work on it began"),
    "412": ("dataset_changed", "it has changed since the work on it began"),
}


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A version of an object, and its size."""

    bucket: str
    key: str
    etag: str
    size_bytes: int

    @classmethod
    def named(cls, shown: str, etag: str, size_bytes: int) -> StoredObject:
        """Of what `shown` gave; the key is taken as it is, whatever characters it has."""
        bucket, _, key = shown.removeprefix("s3://").partition("/")
        return cls(bucket, key, etag, size_bytes)

    @property
    def shown(self) -> str:
        """Its link."""
        return f"s3://{self.bucket}/{self.key}"


class DatasetObjects:
    """Objects that datasets are read from, in any bucket that this function may read."""

    def __init__(self, client: S3Client) -> None:
        self._client = client

    def find(self, bucket: str, key: str) -> StoredObject:
        """Look at one object.

        Raises
        ------
        DatasetError
            When it is not there, or may not be read.
        Unavailable
            When S3 does not answer.
        """
        with _translated(f"s3://{bucket}/{key}"):
            answer = self._client.head_object(Bucket=bucket, Key=key)
        return StoredObject(bucket, key, answer["ETag"], answer["ContentLength"])

    def below(self, bucket: str, prefix: str) -> Iterator[StoredObject]:
        """Yield all objects below a prefix, by name; empty ones are markers of folders.

        Raises
        ------
        DatasetError, Unavailable
            As `find`.
        """
        pages = self._client.get_paginator("list_objects_v2")
        with _translated(f"s3://{bucket}/{prefix}"):
            for page in pages.paginate(Bucket=bucket, Prefix=prefix):
                for item in page.get("Contents", []):
                    if item["Size"]:
                        yield StoredObject(bucket, item["Key"], item["ETag"], item["Size"])

    def opening(self, stored: StoredObject, size_bytes: int) -> bytes:
        """The first bytes of an object."""
        return b"".join(self._pieces(stored, 0, min(size_bytes, stored.size_bytes)))

    def pieces(self, stored: StoredObject, within: ByteRange) -> Iterator[bytes]:
        """Yield an object's bytes from `within.first_byte` to the object's end.

        The range, and a little more, comes with one request; what lies behind it only if it is
        asked for.

        Raises
        ------
        DatasetError
            When the object has changed, or is not there any more.
        Unavailable
            When S3 does not answer, or stops before the end.
        """
        start, end = within.first_byte, within.end
        while start < stored.size_bytes:
            end = min(end + TAIL_BYTES, stored.size_bytes)
            yield from self._pieces(stored, start, end)
            start = end

    def _pieces(self, stored: StoredObject, start: int, end: int) -> Iterator[bytes]:
        if start >= end:
            return
        with _translated(stored.shown):
            answer = self._client.get_object(
                Bucket=stored.bucket,
                Key=stored.key,
                IfMatch=stored.etag,
                Range=f"bytes={start}-{end - 1}",
            )
            with closing(answer["Body"]) as body:
                while piece := body.read(PIECE_BYTES):
                    start += len(piece)
                    yield piece
        if start != end:
            raise Unavailable(f"{stored.shown} stopped at byte {start:,}, before {end:,}")


@contextmanager
def _translated(shown: str) -> Iterator[None]:
    """Turn SDK errors into those of a dataset: what no retry cures ends the work on it."""
    try:
        yield
    except Exception as e:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        if isinstance(e, ClientError) and error_code(e) in _REFUSALS:
            code, why = _REFUSALS[error_code(e)]
            raise DatasetError(f"{shown} cannot be read: {why}.", code=code) from e
        if isinstance(e, ClientError | BotoCoreError):
            raise Unavailable(f"S3 did not give {shown} ({type(e).__name__})") from e
        raise
