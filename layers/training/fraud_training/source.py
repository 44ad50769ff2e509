"""Where a training's dataset comes from: its link once, our own copy ever after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.trainings_table import TrainingsTable
from fraud.domain.errors import NotFound
from fraud.domain.links import S3Link, check_bucket, parse_link
from fraud.domain.trainings import Training, TrainingStage
from fraud.services.trainings import LinkRules
from fraud_training.download import Downloaded, DownloadLimits, download, download_s3
from fraud_training.progress import ProgressWriter

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FETCHED = 0.1
"""Progress of the whole training when its dataset is here."""


@dataclass(frozen=True)
class DatasetSource:
    """Fetches datasets and keeps a copy of each, so that a retry trains on the same bytes."""

    client: S3Client
    bucket: ArtifactsBucket
    trainings: TrainingsTable
    rules: LinkRules
    limits: DownloadLimits

    def fetch(self, training: Training, target: Path, progress: ProgressWriter) -> str:
        """Put the training's dataset at `target`.

        Returns
        -------
        str
            Where it came from, without what may be secret in the link.

        Raises
        ------
        DatasetError, InvalidValue
            When it may not or cannot be fetched.
        Unavailable
            When trying again may help.
        """
        link = parse_link(training.request.dataset, allow_loopback=self.rules.allow_loopback)
        shown = link.text if isinstance(link, S3Link) else link.without_query
        if training.dataset_copy and self._copy_fetched(training.dataset_copy, target):
            return shown

        def on_progress(received: int, total: int | None) -> None:
            share = received / (total or self.limits.max_bytes)
            progress(TrainingStage.FETCHING, FETCHED * min(share, 1.0))

        downloaded: Downloaded
        if isinstance(link, S3Link):
            check_bucket(link, self.rules.buckets)
            downloaded = download_s3(
                link, target, client=self.client, limits=self.limits, on_progress=on_progress
            )
        else:
            downloaded = download(
                link,
                target,
                limits=self.limits,
                allow_loopback=self.rules.allow_loopback,
                on_progress=on_progress,
            )
        key = self.bucket.keep_dataset(target, downloaded.sha256)
        self.trainings.update(training, datetime.now(UTC), dataset_copy=key)
        return shown

    def _copy_fetched(self, key: str, target: Path) -> bool:
        try:
            self.bucket.fetch_dataset(key, target)
        except NotFound:  # its lifetime in the bucket is over
            return False
        return True
