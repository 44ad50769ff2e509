"""How the model compares with the one it would follow."""

from __future__ import annotations

from fraud.domain.comparisons import IN_WORDS, Comparison, Difference
from fraud.domain.model_cards import ModelCard
from fraud_training.report.blocks import Key, figure, note, paragraph, side_by_side, table
from fraud_training.report.chart import Axis, Chart
from fraud_training.report.judgement import Judgement, own_evaluation, split_name
from fraud_training.report.markup import Content, Markup, joined
from fraud_training.report.measures import MEASURES, Measure
from fraud_training.report.scales import shares
from fraud_training.report.wording import NOTHING, interval, percent, score, thousands


def champion(judgement: Judgement) -> Markup:
    """Metrics side by side, both curves, and what each model looks at."""
    if judgement.champion is None:
        return Markup("")
    card, other = judgement.card, judgement.champion
    return joined(
        (
            _measured_together(card, other) or _same_rows(card, other),
            _table(card, other),
            side_by_side(_curves(card, other), _features(card, other)),
        )
    )


def _measured_together(card: ModelCard, other: ModelCard) -> Markup:
    """What decides on the release: both models on this training's held-out rows."""
    found = card.evaluation.get("champion_comparison")
    compared = Comparison.model_validate(found) if found else None
    if compared is None or compared.champion != other.name or compared.rows is None:
        return Markup("")
    differences = {compared.metric: Difference(**compared.model_dump(include=_MEASURED))}
    rows: list[list[Content]] = [
        [
            IN_WORDS[metric],
            score(d.challenger_value, d.champion_value),
            score(d.champion_value, d.challenger_value),
            f"{d.difference:+.4f}".replace("-", "\u2212"),
            interval(d.interval, _signed),
        ]
        for metric, d in (differences | compared.others).items()
    ]
    return joined(
        (
            paragraph(
                f"Both models scored the same {thousands(compared.rows)} held-out rows of this "
                f"training; {IN_WORDS[compared.metric]} decides on the release."
            ),
            table(
                "On the same held-out rows",
                ["Metric", f"New: {card.name}", f"Champion: {other.name}", "Difference", "95 %"],
                rows,
            ),
            paragraph("Below is what each model's own card says, from its own held-out rows."),
        )
    )


_MEASURED = set(Difference.model_fields)


def _signed(value: float, _: float) -> str:
    return f"{value:+.4f}".replace("-", "\u2212")


def _same_rows(card: ModelCard, other: ModelCard) -> Markup:
    same_seed = card.split == "time" or card.seed == other.seed
    if card.dataset.sha256 == other.dataset.sha256 and card.split == other.split and same_seed:
        return paragraph(
            f"Both were measured on the same rows, {split_name(card.split)}, each at its threshold."
        )
    return note(
        "info",
        f"Each was measured on its own held-out rows: {card.name} {split_name(card.split)} at a "
        f"prevalence of {percent(card.metrics.prevalence)}, {other.name} "
        f"{split_name(other.split)} at {percent(other.metrics.prevalence)}. Precision, F1 and "
        "AUPRC rise with the prevalence: read the differences with care.",
    )


def _table(card: ModelCard, other: ModelCard) -> Markup:
    rows: list[list[Content]] = [
        ["Threshold", score(card.policy.threshold), score(other.policy.threshold), "", ""]
    ]
    rows += [row for measure in MEASURES if (row := _row(measure, card, other))]
    return table(
        "New model and champion",
        ["Metric", f"New: {card.name}", f"Champion: {other.name}", "Difference", "Verdict"],
        rows,
    )


def _row(measure: Measure, card: ModelCard, other: ModelCard) -> list[Content] | None:
    ours, theirs = (getattr(c.metrics, measure.key, None) for c in (card, other))
    if ours is None or theirs is None:
        return None
    return [
        measure.name,
        _cell(measure, card, ours),
        _cell(measure, other, theirs),
        f"{ours - theirs:+.4f}".replace("-", "\u2212"),
        _verdict(measure, card, ours - theirs, theirs),
    ]


def _cell(measure: Measure, card: ModelCard, value: float) -> Content:
    ends = own_evaluation(card).get("intervals", {}).get(measure.key)
    text = measure.write(value)
    return f"{text} ({interval(ends, measure.write)})" if ends else text


def _verdict(measure: Measure, card: ModelCard, difference: float, theirs: float) -> str:
    if not measure.better:
        return NOTHING
    ends = own_evaluation(card).get("intervals", {}).get(measure.key)
    if difference == 0 or (ends and ends[0] <= theirs <= ends[1]):
        return "no clear difference"
    return "better" if difference * measure.better > 0 else "worse"


def _curves(card: ModelCard, other: ModelCard) -> Markup:
    ours, theirs = (own_evaluation(c).get("curves") for c in (card, other))
    if not ours or not theirs:
        return Markup("")
    chart = Chart(
        "Precision against recall of both models",
        f"AUPRC {score(card.metrics.auprc)} of the new model and {score(other.metrics.auprc)} of "
        "the champion.",
        Axis("recall: share of frauds caught", shares()),
        Axis("precision: share of alerts that are frauds", shares()),
    )
    return figure(
        "Precision against recall of both models",
        chart.drawn(
            chart.stairs(theirs["precision_recall"], "other"),
            chart.stairs(ours["precision_recall"], "own"),
            chart.dot(other.metrics.recall, other.metrics.precision, "other", says="champion"),
            chart.dot(card.metrics.recall, card.metrics.precision, "own", says="new model"),
        ),
        "The upper line is the better model at that recall. Dots are the thresholds in force.",
        [Key("own", "new model"), Key("other", "champion")],
    )


def _features(card: ModelCard, other: ModelCard) -> Markup:
    names = dict.fromkeys((*card.feature_set.names, *other.feature_set.names))
    versions = [f"{c.feature_set.name} {c.feature_set.version}" for c in (card, other)]
    return table(
        "What each model looks at",
        ["Input", f"New: {versions[0]}", f"Champion: {versions[1]}"],
        (
            [name, *("yes" if name in c.feature_set.names else NOTHING for c in (card, other))]
            for name in names
        ),
        words=True,
    )
