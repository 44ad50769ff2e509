"""Any registered model, loaded from its stored artifacts."""

from __future__ import annotations

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.models_table import ModelsTable
from fraud.domain.model_cards import SERVED_FILES
from fraud.services.artifacts import verified
from fraud.services.finding_models import find_record
from fraud_serving.served_model import ServedModel


def load_stored(name: str, models: ModelsTable, bucket: ArtifactsBucket) -> ServedModel:
    """Load a model of whatever state under its policy in force.

    Raises
    ------
    NotFound
        When there is none of that name.
    ArtifactRejected
        When its files are not what was registered.
    Unavailable
        When the table or the bucket does not answer.
    """
    record = find_record(name, models)
    files = {file_name: verified(record, file_name, bucket) for file_name in SERVED_FILES}
    return ServedModel.load(record, files)
