"""The predict function, its model read from files and every DynamoDB call left out.

All of ours runs, laying out the log's items included; only the client's calls are missing.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app import handler  # noqa: F401

from fraud.adapters.predictions_table import PredictionsTable
from fraud.domain.model_cards import Challenger, Champion, ModelRecord, Pointers
from fraud_serving import wiring
from fraud_serving.challenger import ChallengerCache
from fraud_serving.champion import ChampionCache
from fraud_serving.prediction_writing import PredictionLog
from fraud_serving.shadowing import ShadowScoring

MODEL_DIR = Path(os.environ["BENCHMARK_MODEL_DIR"])
SHADOW_SHARE = float(os.environ.get("BENCHMARK_SHADOW_SHARE", "0"))
"""Above 0, the same model is its own challenger on that share of requests."""


class Files:
    """A registry of one model, and its artifacts."""

    def pointers(self) -> Pointers:
        if not SHADOW_SHARE:
            return Pointers(self.champion())
        facts = self.champion().model_dump(include={"name", "revision", "reason"})
        challenger = Challenger(
            **facts, share=SHADOW_SHARE, set_at=datetime.now(UTC), set_by="benchmark"
        )
        return Pointers(self.champion(), challenger, challenger.revision)

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
_CHALLENGER = ChallengerCache(_FILES, _FILES, lambda message, error: None)
_CHAMPION = ChampionCache(_FILES, _FILES, lambda error, serving: None, follower=_CHALLENGER)
_SHADOW = ShadowScoring(_CHALLENGER)
_LOG = PredictionLog(PredictionsTable(NoCalls(), "predictions", timedelta(days=400)))

wiring.champion = lambda: _CHAMPION
wiring.log = lambda: _LOG
wiring.shadow = lambda: _SHADOW
