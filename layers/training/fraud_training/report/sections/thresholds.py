"""What other thresholds would do: both kinds of error, the scores behind them, and a ladder."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fraud_training.report.blocks import Key, figure, paragraph, side_by_side, table
from fraud_training.report.chart import Axis, Chart
from fraud_training.report.judgement import Evaluation, Judgement
from fraud_training.report.markup import Markup, joined
from fraud_training.report.scales import Scale, decades, linear, log_odds, odds
from fraud_training.report.wording import percent, plain, score, short

_LEAST_COUNT = 0.7
"""Where a logarithmic axis of counts starts: a single row still has some height."""


def error_rates(judgement: Judgement) -> Markup:
    """False rejections and acceptances against the threshold, and the scores of both kinds."""
    own = judgement.own
    if "curves" not in own:
        return Markup("")
    return side_by_side(_errors(judgement), _scores(judgement))


def ladder(judgement: Judgement) -> Markup:
    """One row for each of some thresholds."""
    rungs = judgement.own.get("ladder")
    if not rungs:
        return Markup("")
    threshold = judgement.own["threshold"]
    in_force = next((i for i, rung in enumerate(rungs) if rung["threshold"] == threshold), None)
    shown = ("precision", "recall", "f1", "alert_rate", "false_positive_rate", "value_caught")
    drawn = table(
        "What other thresholds would give",
        ["Threshold", "Precision", "Recall", "F1", "Alert rate", "False alarms", "Value caught"],
        (
            [
                score(rung["threshold"]) if i == in_force else plain(rung["threshold"]),
                *(score(rung[k]) if k == "f1" else percent(rung[k]) for k in shown),
            ]
            for i, rung in enumerate(rungs)
        ),
        marked=in_force,
    )
    return joined(
        (
            drawn,
            paragraph(
                "The marked row is the threshold in force. Alert rate is the share of all "
                "transactions, false alarms that of legitimate ones, value caught that of the "
                "fraud amount: choose the row whose alerts you can work through."
            ),
        )
    )


def _errors(judgement: Judgement) -> Markup:
    rejected, accepted = _rates(judgement.own)
    crossing = _crossing(rejected, accepted)
    least = min((rate for _, rate in (*rejected, *accepted) if rate > 0), default=0.1)
    chart = Chart(
        "False rejection and false acceptance",
        "Share of legitimate transactions stopped, which falls with the threshold, and share of "
        f"frauds let through, which rises with it; both are about {percent(crossing[1])} at a "
        f"threshold of {score(crossing[0])}.",
        Axis("threshold", odds(rejected[0][0], rejected[-1][0])),
        Axis("share of each kind, logarithmic", decades(least, 1.0, upright=True)),
    )
    drawing = chart.drawn(
        *(chart.upright(at, style) for at, style, _ in _rules(judgement)),
        chart.line([p for p in rejected if p[1] > 0], "legit"),
        chart.line([p for p in accepted if p[1] > 0], "fraud"),
        chart.dot(*crossing, "base", says=f"both {percent(crossing[1])}"),
    )
    return figure(
        "False rejection and false acceptance",
        drawing,
        "A higher threshold stops fewer honest customers and lets more frauds through. The lines "
        f"cross at about {score(crossing[0])}, where either error is near {percent(crossing[1])}; "
        "because frauds are so few, the best threshold mostly lies to the right of that. Both "
        "axes are stretched where values are small.",
        [
            Key("legit", "false rejection (FRR): legitimate, stopped"),
            Key("fraud", "false acceptance (FAR): fraud, let through"),
            *(Key(style, name) for _, style, name in _rules(judgement)),
        ],
    )


def _rates(own: Evaluation) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Thresholds with the share of legitimate rows stopped, and of frauds let through.

    The curve's thresholds are 0.01 apart, the ladder has finer ones at the low end.
    """
    points = {t: (alarms, missed) for t, missed, alarms in own["curves"]["error_rates"]}
    for rung in own.get("ladder", ()):
        points[rung["threshold"]] = (rung["false_positive_rate"], rung["false_negative_rate"])
    # At 0 everything is stopped and at 1 nothing, whatever the model: both lie off the axis.
    rising = [item for item in sorted(points.items()) if 0 < item[0] < 1]
    return [(t, pair[0]) for t, pair in rising], [(t, pair[1]) for t, pair in rising]


def _crossing(
    falling: Sequence[tuple[float, float]], rising: Sequence[tuple[float, float]]
) -> tuple[float, float]:
    """The threshold where both rates are nearest, and the mean of the two."""
    pairs = zip(falling, rising, strict=True)
    nearest = min(pairs, key=lambda pair: abs(pair[0][1] - pair[1][1]))
    return nearest[0][0], (nearest[0][1] + nearest[1][1]) / 2


def _scores(judgement: Judgement) -> Markup:
    found = judgement.own["curves"]["scores"]
    edges, legit, fraud = found["edges"], found["legit"], found["fraud"]
    most = max(*legit, *fraud, 1.0)
    chart = Chart(
        "Scores of frauds and legitimate transactions",
        "How many held-out transactions of each kind have which probability: legitimate ones "
        "gather on the left, frauds on the right; where they overlap, the model errs.",
        Axis("probability of fraud", _in_log_odds(edges)),
        Axis("transactions, logarithmic", decades(_LEAST_COUNT, most, short, upright=True)),
    )
    drawing = chart.drawn(
        chart.area(edges, legit, "legit"),
        chart.area(edges, fraud, "fraud"),
        *(chart.upright(log_odds(at), style) for at, style, _ in _rules(judgement)),
    )
    return figure(
        "Scores of frauds and legitimate transactions",
        drawing,
        "Two heaps that hardly overlap make a good model. Heights are logarithmic, so that the "
        "few frauds can be seen beside the many others. Frauds left of the threshold are missed, "
        "legitimate transactions right of it are false alarms.",
        [
            Key("legit", "legitimate", shape="box"),
            Key("fraud", "fraud", shape="box"),
            *(Key(style, name) for _, style, name in _rules(judgement)),
        ],
    )


def _in_log_odds(edges: Sequence[float]) -> Scale:
    """A linear axis of log-odds that names probabilities."""
    named = odds(*(1 / (1 + math.exp(-edge)) for edge in (edges[0], edges[-1])))
    ticks = tuple((log_odds(value), label) for value, label in named.ticks)
    return Scale(edges[0], edges[-1], linear(0, 1).warp, ticks)


def _rules(judgement: Judgement) -> list[tuple[float, str, str]]:
    """Probabilities at which outcomes change: where, style of the line, name."""
    policy = judgement.card.policy
    rules = [(policy.threshold, "rule", f"threshold {score(policy.threshold)}")]
    if policy.review < policy.threshold:
        rules.append((policy.review, "faint", f"review from {score(policy.review)}"))
    return rules
