"""The metrics of a card: what they are called, how they are written, which way is better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fraud_training.report.wording import percent, score


@dataclass(frozen=True)
class Measure:
    """One metric.

    Attributes
    ----------
    key
        Its name in a card.
    better
        1 where more is better, -1 where less is, 0 where neither.
    """

    key: str
    name: str
    meaning: str
    better: int = 1
    write: Callable[..., str] = score


HEADLINE = (
    Measure("f1", "F1", "precision and recall in one number"),
    Measure("precision", "Precision", "share of alerts that are frauds"),
    Measure("recall", "Recall", "share of frauds that raise an alert"),
    Measure("auprc", "AUPRC", "precision averaged over all recalls; chance is the prevalence"),
    Measure("auc", "ROC AUC", "chance that a fraud scores above a legitimate transaction"),
    Measure("accuracy", "Accuracy", "share judged rightly; high for any model where fraud is rare"),
)
MEASURES = (
    *HEADLINE,
    Measure("value_caught", "Value caught", "share of the fraud amount", write=percent),
    Measure("alert_rate", "Alert rate", "share of transactions that raise an alert", 0, percent),
    Measure("log_loss", "Log loss", "how far probabilities are off, in nats", -1),
    Measure("brier", "Brier score", "how far probabilities are off, squared", -1),
    Measure("prevalence", "Prevalence", "share of transactions that are frauds", 0, percent),
)
