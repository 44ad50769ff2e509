"""How a new model compares with the enabled one."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from fraud.domain.model_cards import Metrics, ModelRecord, ThresholdPolicy

type MetricName = Literal["f1", "auprc"]

IN_WORDS: dict[MetricName, str] = {"f1": "F1", "auprc": "AUPRC"}


class Difference(BaseModel):
    """One metric of both models.

    `interval` holds `difference` (challenger less champion) with a probability of 95 %; without
    one, the models were not measured on the same rows.
    """

    model_config = ConfigDict(frozen=True)

    champion_value: float
    challenger_value: float
    difference: float
    interval: tuple[float, float] | None = None


class Comparison(Difference):
    """The metric that decides, how it was measured, and the other metric beside it.

    `rows` counts the held-out rows both were scored on; `why` says why there are none.
    """

    champion: str
    basis: Literal["same held-out rows", "own cards"]
    metric: MetricName
    rows: int | None = None
    why: str | None = None
    others: dict[MetricName, Difference] = {}

    @classmethod
    def of(
        cls,
        champion: ModelRecord,
        policy: ThresholdPolicy,
        differences: dict[MetricName, Difference],
        *,
        rows: int | None = None,
        why: str | None = None,
    ) -> Self:
        """Let the metric of the policies decide.

        Parameters
        ----------
        policy
            The challenger's.
        differences
            Of every metric.
        """
        metric = deciding_metric(policy, champion.policy)
        return cls(
            **differences[metric].model_dump(),
            champion=champion.name,
            basis="own cards" if rows is None else "same held-out rows",
            metric=metric,
            rows=rows,
            why=why,
            others={name: value for name, value in differences.items() if name != metric},
        )

    @classmethod
    def of_cards(
        cls, metrics: Metrics, policy: ThresholdPolicy, champion: ModelRecord, why: str
    ) -> Self:
        """Compare what each model was measured at on its own held-out rows.

        Parameters
        ----------
        metrics, policy
            The challenger's.
        why
            Why the two were not scored on the same rows.
        """
        theirs = champion.metrics
        differences: dict[MetricName, Difference] = {
            "f1": difference(theirs.f1, metrics.f1),
            "auprc": difference(theirs.auprc, metrics.auprc),
        }
        return cls.of(champion, policy, differences, why=why)


def difference(
    champion_value: float, challenger_value: float, interval: tuple[float, float] | None = None
) -> Difference:
    """Challenger less champion."""
    return Difference(
        champion_value=champion_value,
        challenger_value=challenger_value,
        difference=challenger_value - champion_value,
        interval=interval,
    )


def deciding_metric(ours: ThresholdPolicy, theirs: ThresholdPolicy) -> MetricName:
    """F1 where both thresholds were set for it, else AUPRC.

    A threshold that was set for a precision, an alert rate or a cost gives F1 away on purpose;
    AUPRC looks at the order of scores only, whatever the thresholds.
    """
    return "f1" if ours.name == theirs.name == "best_f1" else "auprc"
