"""A model's files, trusted only when they are what was registered."""

from __future__ import annotations

from hashlib import sha256

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.domain.errors import ArtifactRejected, Conflict, NotFound
from fraud.domain.model_cards import SERVED_FILES, ModelRecord


def verified(record: ModelRecord, file_name: str, bucket: ArtifactsBucket) -> bytes:
    """One of a model's files, whole.

    Raises
    ------
    ArtifactRejected
        When it is missing, or its digest is not the one in the registry.
    Unavailable
        When the bucket does not answer.
    """
    if file_name not in record.files:
        raise ArtifactRejected(f"{file_name} of {record.name} is missing from the registry")
    try:
        content = bucket.read(record.name, file_name)
    except NotFound as e:
        raise ArtifactRejected(f"{file_name} of {record.name} is missing from the bucket") from e
    if (digest := sha256(content).hexdigest()) != record.files[file_name]:
        raise ArtifactRejected(
            f"{file_name} of {record.name} was altered: SHA-256 {digest}, "
            f"not {record.files[file_name]}"
        )
    return content


def check_servable(record: ModelRecord, bucket: ArtifactsBucket) -> None:
    """Check that predict would find what it serves a model from.

    Raises
    ------
    Conflict
        When a file is missing or altered, with the code `artifact_rejected`.
    Unavailable
        When the bucket does not answer.
    """
    try:
        for file_name in SERVED_FILES:
            verified(record, file_name, bucket)
    except ArtifactRejected as e:
        raise Conflict(f"{record.name} cannot be served: {e.message}", code=e.code) from e
