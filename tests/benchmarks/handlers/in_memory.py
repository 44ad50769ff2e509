"""The predict function, its model read from files and every DynamoDB call left out.

All of ours runs, laying out the log's items included; only the client's calls are missing.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app import handler  # noqa: F401

from fraud.adapters.predictions_table import PredictionsTable
from fraud.domain.model_cards import Champion, ModelRecord
from fraud_serving import wiring
from fraud_serving.champion import ChampionCache
from fraud_serving.prediction_writing import PredictionLog

MODEL_DIR = Path(os.environ["BENCHMARK_MODEL_DIR"])


class Files:
    """A registry of one model, and its artifacts."""

    def champion(self) -> Champion:
        record = self.get("")
        return Champion(
            name=record.name,
            revision=1,
            released_at=datetime.now(UTC),
            released_by="benchmark",
            reason="the only one",
        )

    def get(self, name: str) -> ModelRecord:
        return ModelRecord.model_validate_json((MODEL_DIR / "record.json").read_bytes())

    def read(self, model_name: str, file_name: str) -> bytes:
        return (MODEL_DIR / file_name).read_bytes()


class NoCalls:
    """A DynamoDB client that takes everything at once."""

    def put_item(self, **item: Any) -> dict[str, Any]:
        return {}

    def batch_write_item(self, **items: Any) -> dict[str, Any]:
        return {}


_FILES = Files()
_CHAMPION = ChampionCache(_FILES, _FILES, lambda error, serving: None)
_LOG = PredictionLog(PredictionsTable(NoCalls(), "predictions", timedelta(days=400)))

wiring.champion = lambda: _CHAMPION
wiring.log = lambda: _LOG
