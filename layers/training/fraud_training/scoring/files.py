"""The files behind a link, as objects in S3, and what a look at one of them says."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fraud.adapters.dataset_objects import DatasetObjects, StoredObject
from fraud.adapters.scoring_bucket import INPUT, ScoringBucket
from fraud.domain.byte_ranges import split
from fraud.domain.links import HttpLink, check_bucket, parse_link
from fraud.domain.scorings import Scoring, Shard
from fraud.services.trainings import LinkRules
from fraud_training.download import DownloadLimits, download
from fraud_training.ingest.opening import MAX_HEADER_BYTES, first_line
from fraud_training.ingest.source import GZIP_MAGIC

GZIP_WINDOW_BITS = 16 + zlib.MAX_WBITS


@dataclass(frozen=True)
class Opening:
    """The beginning of a file: its header, and the bytes a row takes as it is stored."""

    header: str
    bytes_per_row: float


@dataclass(frozen=True)
class DatasetFiles:
    """Finds the files of scorings."""

    objects: DatasetObjects
    bucket: ScoringBucket
    links: LinkRules
    downloads: DownloadLimits

    def find(self, scoring: Scoring) -> Iterator[StoredObject]:
        """Yield them by name; what is not in S3 is fetched into the scoring's own folder.

        Raises
        ------
        DatasetError, InvalidValue
            When there are none, or they may not be read.
        Unavailable
            When trying again may help.
        """
        link = parse_link(scoring.request.dataset, allow_loopback=self.links.allow_loopback)
        if isinstance(link, HttpLink):
            yield self._fetched(scoring, link)
            return
        check_bucket(link, self.links.buckets)
        if link.key.endswith("/"):
            yield from self.objects.below(link.bucket, link.key)
        else:
            yield self.objects.find(link.bucket, link.key)

    def look(self, file: StoredObject) -> Opening:
        """Read the beginning of a file.

        Raises
        ------
        DatasetError
            When it is no CSV file.
        """
        return look(self.objects, file)

    def ranges(self, number: int, file: StoredObject, range_bytes: int) -> Iterator[Shard]:
        """Yield the ranges of one file; a gzipped one cannot be read from the middle."""
        cuts = split(file.size_bytes, range_bytes)
        if len(cuts) > 1 and self.objects.opening(file, 2) == GZIP_MAGIC:
            cuts = split(file.size_bytes, file.size_bytes)
        for cut in cuts:
            yield Shard(
                file=number,
                bucket=file.bucket,
                key=file.key,
                etag=file.etag,
                file_bytes=file.size_bytes,
                start=cut.start,
                end=cut.end,
                shards=len(cuts),
            )

    def _fetched(self, scoring: Scoring, link: HttpLink) -> StoredObject:
        with TemporaryDirectory() as scratch:
            target = Path(scratch) / INPUT
            loopback = self.links.allow_loopback
            download(link, target, limits=self.downloads, allow_loopback=loopback)
            self.bucket.put_file(scoring.id, INPUT, target)
        return self.objects.find(self.bucket.name, self.bucket.key(scoring.id, INPUT))


def look(objects: DatasetObjects, file: StoredObject) -> Opening:
    """Read the beginning of a file.

    Raises
    ------
    DatasetError
        When it is no CSV file.
    """
    packed = objects.opening(file, MAX_HEADER_BYTES)
    text = packed
    if packed.startswith(GZIP_MAGIC):
        text = zlib.decompressobj(GZIP_WINDOW_BITS).decompress(packed)
    header, rest, _ = first_line(text)
    share = len(packed) / max(len(text), 1)
    return Opening(header, share * len(rest) / max(rest.count(b"\n"), 1))
