"""How the model does by type of transaction and by day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fraud_training.report.blocks import Key, figure, folded, side_by_side, table
from fraud_training.report.chart import Axis, Chart
from fraud_training.report.judgement import Judgement
from fraud_training.report.markup import Markup, joined
from fraud_training.report.scales import decades, from_zero, linear
from fraud_training.report.wording import NOTHING, percent, score, thousands

_COLUMNS = ("Rows", "Frauds", "Prevalence", "Alert rate", "Precision", "Recall", "F1", "Value")
_SMALLEST = 2
"""Fewer days than this make no chart."""

type Group = Mapping[str, Any]


def groups(judgement: Judgement) -> Markup:
    """A table of types, charts and a table of days."""
    by_type, by_day = judgement.own.get("by_type"), judgement.own.get("by_day")
    parts = []
    if by_type:
        parts.append(_table("By type of transaction", "Type", by_type))
    if by_day:
        if len(by_day) >= _SMALLEST:
            parts.append(side_by_side(_caught(by_day), _alerts(by_day)))
        parts.append(folded("Every day in numbers", _table("By day", "Day", by_day)))
    return joined(parts)


def _table(caption: str, first: str, found: Mapping[str, Group]) -> Markup:
    return table(caption, [first, *_COLUMNS], ([name, *_row(g)] for name, g in found.items()))


def _row(group: Group) -> list[str]:
    """What no fraud or no alert leaves undefined is left out."""
    with_frauds, with_alerts = group["frauds"] > 0, group["alert_rate"] > 0
    return [
        thousands(group["rows"]),
        thousands(group["frauds"]),
        percent(group["prevalence"]),
        percent(group["alert_rate"]),
        score(group["precision"]) if with_alerts else NOTHING,
        score(group["recall"]) if with_frauds else NOTHING,
        score(group["f1"]) if with_frauds else NOTHING,
        percent(group["value_caught"]) if with_frauds else NOTHING,
    ]


def _days(by_day: Mapping[str, Group]) -> list[tuple[float, Group]]:
    return sorted((float(day), group) for day, group in by_day.items())


def _axis(days: list[tuple[float, Group]]) -> Axis:
    scale = linear(days[0][0] - 0.5, days[-1][0] + 0.5, lambda day: f"{day:.0f}", most=8)
    return Axis("day", scale)


def _caught(by_day: Mapping[str, Group]) -> Markup:
    days = _days(by_day)
    most = max(group["frauds"] for _, group in days)
    chart = Chart(
        "Frauds by day",
        f"From {_span(days)}, how many frauds were caught and missed each day.",
        _axis(days),
        Axis("frauds", from_zero(most)),
    )
    columns = []
    for day, group in days:
        caught = round(group["recall"] * group["frauds"])
        says = f"day {day:.0f}: {caught} caught, {group['frauds'] - caught} missed"
        columns.append(chart.column(day, 0.7, (0, caught), "own", says))
        columns.append(chart.column(day, 0.7, (caught, group["frauds"]), "fraud", says))
    return figure(
        "Frauds by day",
        chart.drawn(*columns),
        "Each column is a day's held-out frauds. Missed ones that gather on some days, above all "
        "the latest, mean that fraudsters do something the model has not seen.",
        [Key("own", "caught", shape="box"), Key("fraud", "missed", shape="box")],
    )


def _alerts(by_day: Mapping[str, Group]) -> Markup:
    days = _days(by_day)
    shown = [rate for _, group in days for rate in (group["alert_rate"], group["prevalence"])]
    least = min((rate for rate in shown if rate > 0), default=0.001) / 1.5
    chart = Chart(
        "Alerts by day",
        f"From {_span(days)}, the share of transactions that raised an alert and the share that "
        "were frauds.",
        _axis(days),
        Axis(
            "share of transactions, logarithmic",
            decades(least, max(*shown, 2 * least), upright=True),
        ),
    )
    return figure(
        "Alerts by day",
        chart.drawn(
            chart.line([(day, group["prevalence"]) for day, group in days], "fraud"),
            chart.line([(day, group["alert_rate"]) for day, group in days], "own"),
        ),
        "The two lines should go together. Alerts far above frauds are false alarms, far below "
        "missed frauds; a day of little traffic moves both. A line on the floor marks a day "
        "with none.",
        [Key("own", "alerts"), Key("fraud", "frauds")],
    )


def _span(days: list[tuple[float, Group]]) -> str:
    return f"day {days[0][0]:.0f} to day {days[-1][0]:.0f}"
