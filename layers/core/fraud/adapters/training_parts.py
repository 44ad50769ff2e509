"""What the steps of a training over many files leave for each other, below `training/<id>/`.

`shards.json` is the plan and `used.json` what it came to; `found/`, `records/`, `drawn/` and
`scores/` hold a part of each shard, `map/` the engine's record of it. None of it is a model, and
all of it expires.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fraud.adapters.aws_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TRAINING_PREFIX = "training/"
SHARDS, USED, MAP_RECORDS = "shards.json", "used.json", "map"


class TrainingParts:
    """The parts of one training.

    Parameters
    ----------
    client
        One that copies files.
    """

    def __init__(self, client: S3Client, bucket_name: str, training_id: int) -> None:
        self._client = client
        self._id = training_id
        self.bucket = bucket_name

    def key(self, name: str) -> str:
        """Where a part is."""
        return f"{TRAINING_PREFIX}{self._id}/{name}"

    def put(self, name: str, path: Path) -> None:
        """Keep a file; again writes it over."""
        with translated(f"keeping {name}"):
            self._client.upload_file(str(path), self.bucket, self.key(name))

    def put_text(self, name: str, text: str) -> None:
        """Keep a small file; again writes it over."""
        with translated(f"keeping {name}"):
            self._client.put_object(Bucket=self.bucket, Key=self.key(name), Body=text.encode())

    def text(self, name: str) -> str:
        """Read a small file.

        Raises
        ------
        NotFound
            When it is not there.
        """
        with translated(f"reading {name}"):
            answer = self._client.get_object(Bucket=self.bucket, Key=self.key(name))
            return answer["Body"].read().decode()

    @contextmanager
    def opened(self, name: str, directory: Path) -> Iterator[Path]:
        """Bring a file into a directory, for as long as the block runs.

        Raises
        ------
        NotFound
            When it is not there.
        """
        path = directory / f"part-{name.replace('/', '-')}"
        with translated(f"fetching {name}"):
            self._client.download_file(self.bucket, self.key(name), str(path))
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)
