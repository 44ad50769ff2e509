"""Which model this is, how good it is, and what it does with a transaction."""

from __future__ import annotations

from fraud.domain.findings import Level
from fraud.domain.model_cards import ModelCard, ThresholdPolicy
from fraud_training.ingest.findings import counted
from fraud_training.report.blocks import note, paragraph
from fraud_training.report.judgement import Evaluation, Judgement, split_name
from fraud_training.report.markup import Markup, element, joined
from fraud_training.report.measures import HEADLINE, Measure
from fraud_training.report.wording import NOTHING, interval, percent, score, thousands


def summary(judgement: Judgement) -> Markup:
    """The head of the report."""
    card = judgement.card
    return element(
        "header",
        element("p", "Fraud model report", cls="kicker"),
        element("h1", card.name),
        paragraph(_origin(card)),
        element("dl", *(_tile(m, judgement) for m in HEADLINE), cls="tiles"),
        element("p", _tiles_note(judgement), cls="fine"),
        paragraph(_alerts(judgement.own)) if judgement.own else "",
        paragraph(*_policy(card.policy)),
        _warnings(judgement),
    )


def _origin(card: ModelCard) -> Markup:
    """What was learnt from what."""
    facts = card.dataset
    source = joined((" from ", element("b", facts.source))) if facts.source else Markup("")
    frauds = f"{counted(facts.frauds, 'fraud')} ({percent(facts.frauds / max(facts.rows, 1))})"
    return joined(
        (
            f"A {card.algorithm} model with the {card.feature_set.name} feature set, trained on "
            f"{card.created_at:%d %B %Y, %H:%M %Z} on a file of {counted(facts.rows, 'row')}",
            source,
            f", {frauds} among them, in {card.metrics.time:.1f} s.",
        )
    )


def _tile(measure: Measure, judgement: Judgement) -> Markup:
    value = getattr(judgement.card.metrics, measure.key)
    ends = judgement.own.get("intervals", {}).get(measure.key)
    return element(
        "div",
        element("dt", measure.name),
        element("dd", element("b", measure.write(value)), element("small", interval(ends))),
        element("dd", measure.meaning, cls="fine"),
    )


def _tiles_note(judgement: Judgement) -> str:
    card = judgement.card
    prevalence = f"Prevalence there is {percent(card.metrics.prevalence)}."
    if judgement.own.get("intervals"):
        return (
            f"Measured on rows {split_name(card.split)}, at the threshold in force; below each "
            f"value its 95\u00a0% interval. {prevalence}"
        )
    return (
        f"Measured on rows {split_name(card.split)}, at the threshold in force; without "
        f"intervals, which a quick training leaves out. {prevalence}"
    )


def _alerts(own: Evaluation) -> str:
    """The confusion matrix in a sentence."""
    found, metrics = own["confusion"], own["metrics"]
    caught, missed = found["true_positives"], found["false_negatives"]
    false_alarms = found["false_positives"]
    value = (
        f"; in money, {percent(metrics['value_caught'])} of the fraud amount is caught"
        if "value_caught" in metrics
        else ""
    )
    return (
        f"Of {thousands(own['held_out_rows'])} held-out transactions, "
        f"{thousands(own['held_out_frauds'])} were frauds. The model raised "
        f"{counted(caught + false_alarms, 'alert')}: {counted(caught, 'fraud')} caught and "
        f"{counted(false_alarms, 'false alarm')}. It missed {counted(missed, 'fraud')}{value}."
    )


def _policy(policy: ThresholdPolicy) -> tuple[Markup | str, ...]:
    chosen = {
        "best_f1": "where F1 is best",
        "target_precision": f"the lowest where {_target(policy)} of alerts are frauds",
        "target_alert_rate": f"the lowest where {_target(policy)} of transactions raise an alert",
        "lowest_cost": "where missed frauds and false alarms together cost least",
    }[policy.name]
    review, block = score(policy.review), score(policy.block)
    outcomes = (
        f"below {block} it is approved, and from {block} on blocked"
        if policy.review >= policy.block
        else f"below {review} it is approved, from {review} on reviewed, from {block} on blocked"
    )
    return (
        "A transaction counts as a fraud from a probability of ",
        element("b", score(policy.threshold)),
        f" on. This threshold is {chosen}, on rows kept from the fit and apart from the held-out "
        f"ones. What happens to a transaction: {outcomes}.",
    )


def _target(policy: ThresholdPolicy) -> str:
    return NOTHING if policy.target is None else percent(policy.target)


def _warnings(judgement: Judgement) -> Markup:
    """How many findings should be read before trusting the numbers."""
    levels = [finding.level for finding in judgement.findings]
    errors, warnings = levels.count(Level.ERROR), levels.count(Level.WARNING)
    if not errors + warnings:
        return Markup("")
    counts = [
        counted(count, name) for count, name in ((errors, "error"), (warnings, "warning")) if count
    ]
    return note(
        "error" if errors else "warning",
        f"The data gave {' and '.join(counts)}: ",
        element("a", "read the findings", href="#findings"),
        " before you trust these numbers.",
    )
