"""What a challenger would have said: scored beside the champion, logged, never answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from fraud.domain.prediction_ids import PredictionId
from fraud.domain.predictions import Outcome


class ShadowScore(NamedTuple):
    """A challenger's answer for one transaction, its outcome under the challenger's own policy."""

    log_odds: float
    probability: float
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Shadow:
    """A challenger's part in one logged prediction.

    Attributes
    ----------
    threshold
        From which probability on the challenger calls a transaction fraud.
    shadow_ms
        What the whole request's shadow took; no part of the prediction's `latency_ms`.
    score
        None where the challenger's inputs could not be derived, or time ran out.
    """

    model_name: str
    model_version: int
    threshold: float
    shadow_ms: float
    score: ShadowScore | None

    @property
    def is_fraud(self) -> bool | None:
        """Whether the challenger calls it fraud, None where it has no score."""
        return None if self.score is None else self.score.probability >= self.threshold


@dataclass(frozen=True, slots=True)
class ShadowScores:
    """A challenger's part in the predictions of one request: n values, see `Shadow`."""

    model_name: str
    model_version: int
    threshold: float
    shadow_ms: float
    scores: Sequence[ShadowScore | None]


_SHARED = ("model_name", "model_version", "threshold", "shadow_ms")


def is_shadowed(prediction_id: PredictionId, share: float) -> bool:
    """Whether a request is among the share that a challenger scores.

    The id's random bits decide, so that a batch is in or out as a whole, the same ids are chosen
    each time, and a larger share chooses all that a smaller one does.

    Parameters
    ----------
    prediction_id
        Of the single prediction, the batch, or one of its members.
    share
        In (0, 1].
    """
    return prediction_id.place_in_share < share


def packed_shadow(shadow: ShadowScores, rows: slice) -> dict[str, Any]:
    """Some rows of a request's shadow as plain values, scores as columns."""
    scores = [score or (None, None, None) for score in shadow.scores[rows]]
    columns = dict(zip(ShadowScore._fields, zip(*scores, strict=True), strict=True))
    return {**{name: getattr(shadow, name) for name in _SHARED}, **columns}


def unpacked_shadows(content: Mapping[str, Any] | None, n: int) -> Iterator[Shadow | None]:
    """The same rows one by one; n times None where there was no shadow."""
    if content is None:
        yield from [None] * n
        return
    shared = {name: content[name] for name in _SHARED}
    for cells in zip(*(content[name] for name in ShadowScore._fields), strict=True):
        yield Shadow(**shared, score=None if cells[0] is None else ShadowScore(*cells))
