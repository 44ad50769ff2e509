"""Predictions that turned out right or wrong, counted by the day they were made on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from pydantic import BaseModel, Field

from fraud.domain.hours import HOUR
from fraud.domain.labels import Label, counting


class LabelCounts(BaseModel):
    """Labelled predictions by what was predicted and what turned out.

    Counts of an hour of arrival may be negative: a label that replaces another takes back what that
    one said.
    """

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0
    true_negatives: int = 0

    def __add__(self, other: LabelCounts) -> LabelCounts:
        return LabelCounts(
            true_positives=self.true_positives + other.true_positives,
            false_positives=self.false_positives + other.false_positives,
            false_negatives=self.false_negatives + other.false_negatives,
            true_negatives=self.true_negatives + other.true_negatives,
        )

    def count(self, predicted_fraud: bool, is_fraud: bool, times: int) -> None:
        """Count a labelled prediction; `times` of -1 takes it back."""
        if predicted_fraud:
            self.true_positives += times * is_fraud
            self.false_positives += times * (not is_fraud)
        else:
            self.false_negatives += times * is_fraud
            self.true_negatives += times * (not is_fraud)

    @property
    def labels(self) -> int:
        """How many there are."""
        return self.frauds + self.false_positives + self.true_negatives

    @property
    def frauds(self) -> int:
        """Labelled frauds, found or missed."""
        return self.true_positives + self.false_negatives

    @property
    def alerts(self) -> int:
        """Labelled predictions of fraud, right or wrong."""
        return self.true_positives + self.false_positives


class ArrivedLabels(BaseModel):
    """What the labels of one hour of arrival changed, by model and by day of prediction (UTC)."""

    hour: datetime
    counted_at: datetime
    models: dict[str, dict[date, LabelCounts]] = Field(default_factory=dict)

    def count_prediction(self, labels: Iterable[Label]) -> None:
        """Count what this hour changed for one prediction: its label then, less that before.

        Parameters
        ----------
        labels
            All of the prediction's; those that arrived after the hour do not matter.
        """
        for label, times in label_changes(labels, self.hour):
            predicted = label.predicted
            days = self.models.setdefault(predicted.model_name, {})
            counts = days.setdefault(predicted.at.date(), LabelCounts())
            counts.count(predicted.is_fraud, label.is_fraud, times)


def label_changes(labels: Iterable[Label], hour: datetime) -> Iterator[tuple[Label, int]]:
    """What an hour of arrival changed for one prediction: its label then, less that before.

    Parameters
    ----------
    labels
        All of the prediction's; those that arrived after the hour do not matter.

    Returns
    -------
    iterator
        A label and how often it counts: 1, or -1 where it is taken back.
    """
    known = [label for label in labels if label.received_at < hour + HOUR]
    after = counting(known)
    before = counting(label for label in known if label.received_at < hour)
    if after is not None:
        yield after, 1
    if before is not None:
        yield before, -1


def labels_of_days(
    arrived: Iterable[ArrivedLabels], model_name: str, first: date, end: date
) -> LabelCounts:
    """All labels of a model's predictions of the days from `first` to before `end`."""
    total = LabelCounts()
    for hour in arrived:
        for day, counts in hour.models.get(model_name, {}).items():
            if first <= day < end:
                total += counts
    return total
