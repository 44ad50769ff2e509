"""The files behind a link, as objects in S3, and the ranges they are cut into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fraud.adapters.dataset_objects import DatasetObjects, StoredObject
from fraud.adapters.scoring_bucket import INPUT, ScoringBucket
from fraud.domain.byte_ranges import split
from fraud.domain.links import HttpLink, S3Link, check_bucket, parse_link
from fraud.domain.scorings import Scoring, Shard
from fraud.services.trainings import LinkRules
from fraud_training.download import DownloadLimits, download
from fraud_training.ingest.source import GZIP_MAGIC


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
            yield from files_below(self.objects, link)
        else:
            yield self.objects.find(link.bucket, link.key)

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


def files_below(objects: DatasetObjects, link: S3Link) -> Iterator[StoredObject]:
    """Yield the files below a link by name, without what is empty or hidden.

    Raises
    ------
    DatasetError, Unavailable
        As `DatasetObjects.below`.
    """
    return (f for f in objects.below(link.bucket, link.key) if not _hidden(f, link))


def _hidden(stored: StoredObject, link: S3Link) -> bool:
    """Whether it is a marker or a record of what wrote the files, as `_SUCCESS` is."""
    below = stored.key.removeprefix(link.key).split("/")
    return any(name.startswith(("_", ".")) for name in below)
