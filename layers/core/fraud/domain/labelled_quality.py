"""How good predictions were, by the labels of those that have one."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from fraud.domain.intervals import f1_interval, wilson_interval
from fraud.domain.label_counts import LabelCounts

DECIMALS = 4

type Share = Annotated[float, Field(ge=0, le=1)]
type Interval = Annotated[tuple[Share, Share], Field(description="95 %.")]


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


class LabelledQuality(Quality):
    """Quality by labels, and how many there were.

    A prediction without a label counts for nothing: precision is over the labelled alerts, recall
    over the labelled frauds. Where only alerts are looked into, nobody labels what was missed, and
    recall is too high: label a random sample of approved transactions, too.
    """

    intervals: QualityIntervals
    labels: Annotated[int, Field(description="Predictions with a label.")]
    frauds: Annotated[int, Field(description="Frauds among them.")]
    alerts: Annotated[int, Field(description="Predictions of fraud among them.")]
    caught: Annotated[int, Field(description="Frauds among the alerts.")]

    @property
    def judged(self) -> int:
        """Labelled predictions that bear on F1: frauds, alerts, or both."""
        return self.frauds + self.alerts - self.caught


def labelled_quality(counts: LabelCounts) -> LabelledQuality:
    """Judge predictions by their labels; a share of nothing is None."""
    tp, fp, fn = counts.true_positives, counts.false_positives, counts.false_negatives
    return LabelledQuality(
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
    )


def _share(hits: int, of: int) -> float | None:
    return round(hits / of, DECIMALS) if of else None


def _rounded(interval: tuple[float, float] | None) -> tuple[float, float] | None:
    return (round(interval[0], DECIMALS), round(interval[1], DECIMALS)) if interval else None
