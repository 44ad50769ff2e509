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

from pydantic import BaseModel, Field

from fraud.domain.intervals import f1_interval, wilson_interval
from fraud.domain.label_counts import LabelCounts
from fraud.domain.model_cards import Metrics

WINDOW = timedelta(days=30)
"""How many days of mature predictions are judged together."""

DECIMALS = 4

type Share = Annotated[float, Field(ge=0, le=1)]
type Interval = Annotated[tuple[Share, Share], Field(description="95 %.")]


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


class QualityIntervals(BaseModel):
    """95 % intervals: Wilson's for precision and recall, for F1 that of F* carried over."""

    precision: Interval | None = None
    recall: Interval | None = None
    f1: Interval | None = None


class Quality(BaseModel):
    """Precision, recall and F1."""

    precision: Share | None = None
    recall: Share | None = None
    f1: Share | None = None


class LiveQuality(Quality):
    """The enabled model's quality by the labels of its mature predictions.

    A prediction without a label counts for nothing: precision is over the labelled alerts, recall
    over the labelled frauds. Where only alerts are looked into, nobody labels what was missed, and
    recall is too high: label a random sample of approved transactions, too.
    """

    intervals: QualityIntervals
    labels: Annotated[int, Field(description="Labelled mature predictions.")]
    frauds: Annotated[int, Field(description="Frauds among them.")]
    alerts: Annotated[int, Field(description="Predictions of fraud among them.")]
    caught: Annotated[int, Field(description="Frauds among the alerts.")]
    predictions: Annotated[
        int, Field(description="All mature predictions, with and without a label.")
    ]
    maturity_days: Annotated[
        int, Field(description="Younger predictions do not count: their labels are not complete.")
    ]
    first_day: Annotated[date, Field(description="Of the predictions that count, UTC.")]
    last_day: date
    held_out: Annotated[Quality, Field(description="The same on held-out rows, at training.")]

    @property
    def judged(self) -> int:
        """Labelled predictions that bear on F1: frauds, alerts, or both."""
        return self.frauds + self.alerts - self.caught


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
    tp, fp, fn = counts.true_positives, counts.false_positives, counts.false_negatives
    return LiveQuality(
        precision=_share(tp, tp + fp),
        recall=_share(tp, tp + fn),
        f1=_share(2 * tp, 2 * tp + fp + fn),
        intervals=QualityIntervals(
            precision=_rounded(wilson_interval(tp, tp + fp)),
            recall=_rounded(wilson_interval(tp, tp + fn)),
            f1=_rounded(f1_interval(tp, fp, fn)),
        ),
        labels=counts.labels,
        frauds=counts.frauds,
        alerts=counts.alerts,
        caught=tp,
        predictions=predictions,
        maturity_days=maturity.days,
        first_day=days.first,
        last_day=days.end - timedelta(days=1),
        held_out=Quality(precision=held_out.precision, recall=held_out.recall, f1=held_out.f1),
    )


def _share(hits: int, of: int) -> float | None:
    return round(hits / of, DECIMALS) if of else None


def _rounded(interval: tuple[float, float] | None) -> tuple[float, float] | None:
    return (round(interval[0], DECIMALS), round(interval[1], DECIMALS)) if interval else None
