"""The bucket for the sweeper: what lies in it since when, and removing it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from fraud.adapters.artifacts_bucket import DATASETS_PREFIX, MODELS_PREFIX, ArtifactsBucket
from fraud.adapters.aws_errors import translated


class Stored(NamedTuple):
    """A model's folder by the model's name, or a dataset's copy by its key; and its newest byte."""

    name: str
    since: datetime


class StoredObjects(ArtifactsBucket):
    """The bucket keeps earlier versions: what is removed by mistake can be had back."""

    def models(self) -> Iterator[Stored]:
        """Every model that has files."""
        listed = self._listed(MODELS_PREFIX)
        for name, files in groupby(listed, lambda file: file.name.split("/")[1]):
            yield Stored(name, max(file.since for file in files))

    def dataset_copies(self) -> Iterator[Stored]:
        """Every copy of a dataset."""
        return self._listed(DATASETS_PREFIX)

    def remove_model(self, name: str) -> None:
        """Remove a model's files."""
        for file in [*self._listed(f"{MODELS_PREFIX}{name}/")]:
            self.remove(file.name)

    def remove(self, key: str) -> None:
        """Remove one object; one that is not there is no error."""
        with translated(f"removing {key}"):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def _listed(self, prefix: str) -> Iterator[Stored]:
        token: dict[str, str] = {}
        while True:
            with translated(f"listing {prefix}"):
                page = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, **token)  # type: ignore[arg-type]
            for found in page.get("Contents", []):
                yield Stored(found["Key"], found["LastModified"])
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}
