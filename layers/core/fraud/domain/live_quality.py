"""How good the enabled model has been lately, by the labels that came in.

A fraud shows days or weeks after the transaction, so the labels of young predictions are not yet
complete, and those that came first are not like the rest. Predictions count from an age of
`maturity` on, by whole days (Dal Pozzolo, Boracchi, Caelen, Alippi and Bontempi, "Credit card fraud
detection: a realistic modeling and a novel learning strategy", IEEE TNNLS 29, 2018: verification
latency, 7 days there, which is this product's default; where frauds show as chargebacks, 30 to 60).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, NamedTuple

from pydantic import Field

from fraud.domain.label_counts import LabelCounts
from fraud.domain.labelled_quality import LabelledQuality, Quality, labelled_quality
from fraud.domain.model_cards import Metrics

WINDOW = timedelta(days=30)
"""How many days of mature predictions are judged together."""


class Days(NamedTuple):
    """Days of UTC, from `first` to before `end`."""

    first: date
    end: date

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """When they begin and end."""
        midnight = datetime.min.time().replace(tzinfo=UTC)
        return datetime.combine(self.first, midnight), datetime.combine(self.end, midnight)


def mature_days(now: datetime, maturity: timedelta) -> Days:
    """The days whose predictions are judged: each of them is wholly older than `maturity`."""
    end = (now - maturity).astimezone(UTC).date()
    return Days(end - WINDOW, end)


class LiveQuality(LabelledQuality):
    """The enabled model's quality by the labels of its mature predictions."""

    predictions: Annotated[
        int, Field(description="All mature predictions, with and without a label.")
    ]
    maturity_days: Annotated[
        int, Field(description="Younger predictions do not count: their labels are not complete.")
    ]
    first_day: Annotated[date, Field(description="Of the predictions that count, UTC.")]
    last_day: date
    held_out: Annotated[Quality, Field(description="The same on held-out rows, at training.")]


def live_quality(
    counts: LabelCounts, predictions: int, days: Days, maturity: timedelta, held_out: Metrics
) -> LiveQuality:
    """Judge a model by the labels of its mature predictions.

    Parameters
    ----------
    counts
        Of the predictions of `days` that have a label.
    predictions
        All predictions of those days.
    """
    return LiveQuality(
        **labelled_quality(counts).model_dump(),
        predictions=predictions,
        maturity_days=maturity.days,
        first_day=days.first,
        last_day=days.end - timedelta(days=1),
        held_out=Quality(precision=held_out.precision, recall=held_out.recall, f1=held_out.f1),
    )
