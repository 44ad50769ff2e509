"""One object out of many, copied inside S3 where they are large enough.

A part of a multipart upload has at least 5 MiB, but for the last one; a copied part may be a range
of an object. So what is smaller, and what fills a part up, passes through memory, and the rest does
not. S3 takes its time for each, so several are fetched and copied at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from fraud.adapters.ahead import read_ahead
from fraud.adapters.aws_errors import translated
from fraud.domain.worker_times import READS_AT_ONCE

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MIN_PART_BYTES = 5 * 1024 * 1024
MAX_PARTS = 10_000


class Segment(NamedTuple):
    """The bytes from `start` to before `end` of an object."""

    key: str
    start: int
    end: int


class _Piece(NamedTuple):
    """What one request reads or copies: of a segment, into the part with a number."""

    segment: Segment
    part: int

    @property
    def whole(self) -> bool:
        """Whether it is a part by itself, and so need not pass through memory."""
        return self.segment.end - self.segment.start >= MIN_PART_BYTES

    @property
    def range(self) -> str:
        """Its bytes, as S3 is asked for them."""
        return f"bytes={self.segment.start}-{self.segment.end - 1}"


def merge(
    client: S3Client,
    bucket: str,
    segments: Iterable[Segment],
    target: str,
    *,
    within_s: float = inf,
) -> bool:
    """Write segments one after the other into `target`, whole or not at all.

    Parameters
    ----------
    within_s
        Seconds after which it is given up.

    Returns
    -------
    bool
        Whether it was done in that time.

    Raises
    ------
    Unavailable
        When S3 does not answer.
    """
    until = monotonic() + within_s
    with translated("merging the parts"):
        upload = client.create_multipart_upload(Bucket=bucket, Key=target, ContentType="text/csv")
        merging = _Merging(client, {"Bucket": bucket, "Key": target}, upload["UploadId"])
        done = False
        try:
            done = merging.add(segments, until)
            if done:
                merging.complete()
        finally:
            if not done:
                merging.abort()
    return done


def _pieces(segments: Iterable[Segment]) -> Iterator[_Piece]:
    """Cut segments so that every part but the last gets its 5 MiB and as much as can be is copied.

    What is less than that is held until something fills it up.
    """
    part, held = 1, 0
    for key, first, end in segments:
        start = first
        while start < end:  # no range of S3's is empty
            stop = min(start + MIN_PART_BYTES - held, end) if held else end
            yield _Piece(Segment(key, start, stop), part)
            held += stop - start
            start = stop
            if held >= MIN_PART_BYTES:
                part, held = part + 1, 0


class _Merging:
    """A multipart upload, and the bytes that are not enough for a part yet."""

    def __init__(self, client: S3Client, target: dict[str, Any], upload_id: str) -> None:
        self._client = client
        self._bucket = target["Bucket"]
        self._upload = {**target, "UploadId": upload_id}
        self._parts: list[Any] = []
        self._held = bytearray()

    def add(self, segments: Iterable[Segment], until: float) -> bool:
        """Append segments; False when time is up before the last one."""
        with closing(read_ahead(self._made, _pieces(segments), READS_AT_ONCE)) as made:
            for copied, content in made:
                if monotonic() > until:
                    return False
                if copied:
                    self._parts.append(copied)
                self._held += content
                if len(self._held) >= MIN_PART_BYTES:
                    self._send()
        return True

    def complete(self) -> None:
        """End the upload."""
        if self._held or not self._parts:
            self._send()
        self._client.complete_multipart_upload(
            **self._upload, MultipartUpload={"Parts": self._parts}
        )

    def abort(self) -> None:
        """Leave nothing of it."""
        self._client.abort_multipart_upload(**self._upload)

    def _made(self, piece: _Piece) -> tuple[dict[str, Any] | None, bytes]:
        """The part that a piece was copied to, or its content."""
        key = piece.segment.key
        if not piece.whole:
            answer = self._client.get_object(Bucket=self._bucket, Key=key, Range=piece.range)
            return None, answer["Body"].read()
        copied = self._client.upload_part_copy(
            **self._upload,
            PartNumber=piece.part,
            CopySource={"Bucket": self._bucket, "Key": key},
            CopySourceRange=piece.range,
        )
        return {"ETag": copied["CopyPartResult"]["ETag"], "PartNumber": piece.part}, b""

    def _send(self) -> None:
        number = len(self._parts) + 1
        answer = self._client.upload_part(**self._upload, PartNumber=number, Body=bytes(self._held))
        self._parts.append({"ETag": answer["ETag"], "PartNumber": number})
        self._held.clear()
