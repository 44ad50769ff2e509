"""Precision against recall, and the ROC curve."""

from __future__ import annotations

from fraud_training.report.blocks import Key, figure, side_by_side
from fraud_training.report.chart import Axis, Chart
from fraud_training.report.judgement import Evaluation, Judgement, split_name
from fraud_training.report.markup import Markup
from fraud_training.report.scales import decades, shares
from fraud_training.report.wording import percent, score

_LEAST_RATE = 1e-6


def curves(judgement: Judgement) -> Markup:
    """Both curves of the model's own split, the other split's beside them."""
    if "curves" not in judgement.own:
        return Markup("")
    return side_by_side(_precision_recall(judgement), _roc(judgement))


def _precision_recall(judgement: Judgement) -> Markup:
    own, metrics = judgement.own, judgement.own["metrics"]
    chart = Chart(
        "Precision against recall",
        f"At the threshold precision is {percent(metrics['precision'])} and recall "
        f"{percent(metrics['recall'])}; the area under the curve is {score(metrics['auprc'])}.",
        Axis("recall: share of frauds caught", shares()),
        Axis("precision: share of alerts that are frauds", shares()),
    )
    prevalence = metrics["prevalence"]
    drawing = chart.drawn(
        chart.line([(0, prevalence), (1, prevalence)], "base"),
        *(chart.stairs(e["curves"]["precision_recall"], "other") for e in _others(judgement)),
        chart.stairs(own["curves"]["precision_recall"], "own"),
        chart.dot(metrics["recall"], metrics["precision"], "own", _operating(own)),
    )
    return figure(
        "Precision against recall",
        drawing,
        "Each point is a threshold: lower it and you move right, catching more frauds at the "
        "price of more false alarms. Nearer to the upper right corner is better. The dotted line "
        f"is guessing: {percent(prevalence)} of all transactions are frauds.",
        [*_legend(judgement, "auprc", "AUPRC"), Key("base", "guessing")],
    )


def _roc(judgement: Judgement) -> Markup:
    own, metrics = judgement.own, judgement.own["metrics"]
    wrong = _false_positive_rate(own)
    low = _least_rate([own, *_others(judgement)])
    chart = Chart(
        "ROC curve",
        f"At the threshold {percent(metrics['recall'])} of frauds and {percent(wrong)} of "
        f"legitimate transactions raise an alert; the area is {score(metrics['auc'])}.",
        Axis("share of legitimate transactions that raise an alert", decades(low, 1.0)),
        Axis("recall: share of frauds caught", shares()),
    )
    chance = [(low ** (1 - i / 60), low ** (1 - i / 60)) for i in range(61)]
    drawing = chart.drawn(
        chart.line(chance, "base"),
        *(chart.line(e["curves"]["roc"], "other") for e in _others(judgement)),
        chart.line(own["curves"]["roc"], "own"),
        chart.dot(wrong, metrics["recall"], "own", _operating(own)),
    )
    return figure(
        "ROC curve",
        drawing,
        "Frauds caught against customers disturbed. The lower axis is logarithmic: each mark to "
        "the left is ten times fewer false alarms, which is where a fraud model works. Nearer to "
        "the upper left is better; the dotted line is guessing.",
        [*_legend(judgement, "auc", "area"), Key("base", "guessing")],
    )


def _others(judgement: Judgement) -> list[Evaluation]:
    other = judgement.other
    return [other[1]] if other and "curves" in other[1] else []


def _legend(judgement: Judgement, metric: str, name: str) -> list[Key]:
    drawn: list[tuple[str, Evaluation, str]] = [(judgement.card.split, judgement.own, "own")]
    if _others(judgement) and judgement.other:
        drawn.append((*judgement.other, "other"))
    return [
        Key(style, f"{split_name(split)}, {name} {score(evaluation['metrics'][metric])}")
        for split, evaluation, style in drawn
    ]


def _operating(own: Evaluation) -> str:
    return f"threshold {score(own['threshold'])}"


def _false_positive_rate(own: Evaluation) -> float:
    found = own["confusion"]
    legit: int = found["false_positives"] + found["true_negatives"]
    return float(found["false_positives"] / max(legit, 1))


def _least_rate(evaluations: list[Evaluation]) -> float:
    """One legitimate transaction's share: nothing less can be measured."""
    rows: int = max(e["held_out_rows"] - e["held_out_frauds"] for e in evaluations)
    return max(1 / max(rows, 10), _LEAST_RATE)
