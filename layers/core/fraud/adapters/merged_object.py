"""One object out of many, copied inside S3 where they are large enough.

A part of a multipart upload has at least 5 MiB, but for the last one; a copied part may be a range
of an object. So what is smaller, and what fills a part up, passes through memory, and the rest does
not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from fraud.adapters.aws_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MIN_PART_BYTES = 5 * 1024 * 1024
MAX_PARTS = 10_000


class Segment(NamedTuple):
    """The bytes from `start` to before `end` of an object."""

    key: str
    start: int
    end: int


def merge(client: S3Client, bucket: str, segments: Iterable[Segment], target: str) -> None:
    """Write segments one after the other into `target`, whole or not at all.

    Raises
    ------
    Unavailable
        When S3 does not answer.
    """
    with translated("merging the parts"):
        upload = client.create_multipart_upload(Bucket=bucket, Key=target, ContentType="text/csv")
        merging = _Merging(client, {"Bucket": bucket, "Key": target}, upload["UploadId"])
        try:
            for segment in segments:
                if segment.start < segment.end:  # no range of S3's is empty
                    merging.add(segment)
            merging.complete()
        except Exception:
            client.abort_multipart_upload(Bucket=bucket, Key=target, UploadId=upload["UploadId"])
            raise


class _Merging:
    """A multipart upload, and the bytes that are not enough for a part yet."""

    def __init__(self, client: S3Client, target: dict[str, Any], upload_id: str) -> None:
        self._client = client
        self._target = target
        self._upload_id = upload_id
        self._parts: list[Any] = []
        self._held = b""

    def add(self, segment: Segment) -> None:
        """Append a segment."""
        key, start, end = segment
        if self._held:
            lacking = MIN_PART_BYTES - len(self._held)
            filled = min(start + lacking, end)
            self._hold(key, start, filled)
            start = filled
        if end - start >= MIN_PART_BYTES:
            self._copy(key, start, end)
        elif start < end:
            self._hold(key, start, end)

    def complete(self) -> None:
        """End the upload."""
        if self._held or not self._parts:
            self._upload()
        self._client.complete_multipart_upload(
            **self._target, UploadId=self._upload_id, MultipartUpload={"Parts": self._parts}
        )

    def _hold(self, key: str, start: int, end: int) -> None:
        answer = self._client.get_object(
            Bucket=self._target["Bucket"], Key=key, Range=f"bytes={start}-{end - 1}"
        )
        self._held += answer["Body"].read()
        if len(self._held) >= MIN_PART_BYTES:
            self._upload()

    def _upload(self) -> None:
        number = len(self._parts) + 1
        answer = self._client.upload_part(
            **self._target, UploadId=self._upload_id, PartNumber=number, Body=self._held
        )
        self._parts.append({"ETag": answer["ETag"], "PartNumber": number})
        self._held = b""

    def _copy(self, key: str, start: int, end: int) -> None:
        number = len(self._parts) + 1
        answer = self._client.upload_part_copy(
            **self._target,
            UploadId=self._upload_id,
            PartNumber=number,
            CopySource={"Bucket": self._target["Bucket"], "Key": key},
            CopySourceRange=f"bytes={start}-{end - 1}",
        )
        self._parts.append({"ETag": answer["CopyPartResult"]["ETag"], "PartNumber": number})
