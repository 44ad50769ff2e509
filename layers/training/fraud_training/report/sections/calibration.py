"""Whether a probability means what it says."""

from __future__ import annotations

import math

from fraud_training.report.blocks import Key, figure, side_by_side, table
from fraud_training.report.chart import Axis, Chart
from fraud_training.report.judgement import Judgement
from fraud_training.report.markup import Markup
from fraud_training.report.scales import odds
from fraud_training.report.wording import percent, plain, score, thousands

_NORMAL_95 = 1.959964


def calibration(judgement: Judgement) -> Markup:
    """The reliability plot and its table."""
    ranges = judgement.own.get("calibration")
    if not ranges:
        return Markup("")
    points = [
        (r["predicted"], r["observed"], wilson_interval(r["frauds"], r["rows"])) for r in ranges
    ]
    lowest = min(min(p, high) for p, _, (_, high) in points)
    low, high = max(lowest / 3, 1e-7), max(*(p for p, _, _ in points), 0.99) / 2 + 0.5
    chart = Chart(
        "Predicted and observed share of frauds",
        "One dot for each range of predicted probability; on the diagonal, as many transactions "
        "were frauds as the model said.",
        Axis("predicted probability", odds(low, high)),
        Axis("observed share of frauds", odds(low, high, upright=True)),
    )
    drawing = chart.drawn(
        chart.line([(low, low), (high, high)], "base"),
        *(chart.whisker(p, ends, "own") for p, _, ends in points),
        *(
            chart.dot(p, observed, "own", says=f"predicted {score(p)}, observed {score(observed)}")
            for p, observed, _ in points
        ),
    )
    return side_by_side(
        figure(
            "Predicted and observed share of frauds",
            drawing,
            "Dots on the dotted line mean that of transactions given 30\u00a0%, 30\u00a0% are "
            "frauds. Above it the model is too sure of honesty, below it too suspicious. The bars "
            "are 95\u00a0% intervals: short ones stand on many transactions. A dot on the floor is "
            "a range without any fraud.",
            [Key("own", "range of probability", shape="dot"), Key("base", "as it should be")],
        ),
        table(
            "Predicted and observed, by range of probability",
            ["Range", "Rows", "Frauds", "Predicted", "Observed"],
            (
                [
                    f"{plain(r['from'])} to {plain(r['to'])}",
                    thousands(r["rows"]),
                    thousands(r["frauds"]),
                    percent(r["predicted"]),
                    percent(r["observed"]),
                ]
                for r in ranges
            ),
        ),
    )


def wilson_interval(frauds: float, rows: float) -> tuple[float, float]:
    """95 % interval of a share, sound even where none or all are frauds.

    References
    ----------
    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
    """
    share, z2 = frauds / rows, _NORMAL_95**2
    middle = (share + z2 / (2 * rows)) / (1 + z2 / rows)
    half = _NORMAL_95 / (1 + z2 / rows) * math.sqrt(
        share * (1 - share) / rows + z2 / (4 * rows**2)
    )  # fmt: skip
    return max(0.0, middle - half), min(1.0, middle + half)
