"""How rows were held out, and whether the model looks as good on later rows as on random ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fraud_training.learn.split_gap import split_findings
from fraud_training.report.blocks import note, paragraph, table, with_small
from fraud_training.report.judgement import Evaluation, Judgement, split_name
from fraud_training.report.markup import Content, Markup, joined
from fraud_training.report.measures import MEASURES
from fraud_training.report.wording import NOTHING, interval, plain, round_percent, score, thousands


def held_out(judgement: Judgement) -> Markup:
    """Both splits side by side."""
    splits = judgement.splits
    if not splits:
        return Markup("")
    both = len(splits) > 1
    return joined(
        (
            paragraph(*(_rule(name, split["rule"]) for name, split in splits.items())),
            *(_missing(name, why) for name, why in _not_split(judgement).items()),
            *(note("warning", message) for message in _gap(judgement)),
            _table(judgement),
            paragraph(
                "Held out at random, a row's neighbours in time were trained on; held out by time, "
                "none of the future was, which is how the model will be used. Each split has its "
                "own model and threshold; the one delivered is the first column's."
                if both
                else "The model never saw these rows, and no threshold was chosen on them."
            ),
        )
    )


def _rule(name: str, rule: Mapping[str, Any]) -> str:
    share = round_percent(rule["share"])
    if name == "random":
        return f"Held out at random: {share} of the frauds and of the rest, by a hash of the row. "
    column, last = next(
        ((key.removeprefix("last_trained_"), value) for key, value in rule.items()
         if key.startswith("last_trained_")),
        ("time", None),
    )  # fmt: skip
    unit = column.replace("_", " ")
    after = "" if last is None else f": the rows after {unit} {plain(last)}"
    return f"Held out by time{after}, as near to {share} as whole steps of time allow. "


def _not_split(judgement: Judgement) -> Mapping[str, str]:
    found: Mapping[str, str] = judgement.card.evaluation.get("not_split", {})
    return found


def _missing(name: str, why: str) -> Markup:
    return note("info", f"Nothing was {split_name(name)}: {why}.")


def _gap(judgement: Judgement) -> list[str]:
    evaluation = {"not_split": {}, "splits": judgement.splits}
    return [finding.message for finding in split_findings(evaluation)]


def _table(judgement: Judgement) -> Markup:
    splits = judgement.splits
    intervals = any("intervals" in split for split in splits.values())
    rows: list[list[Content]] = [
        ["Rows", *(thousands(split["held_out_rows"]) for split in splits.values())],
        ["Frauds", *(thousands(split["held_out_frauds"]) for split in splits.values())],
        ["Threshold", *(score(split["threshold"]) for split in splits.values())],
    ]
    for measure in MEASURES:
        cells = [_cell(split, measure.key, measure.write) for split in splits.values()]
        rows.append([with_small(measure.name, measure.meaning), *cells])
    return table(
        "Quality on held-out rows" + (", with 95\u00a0% intervals" if intervals else ""),
        ["Metric", *(split_name(name).capitalize() for name in splits)],
        rows,
    )


def _cell(split: Evaluation, key: str, write: Any) -> Content:
    if key not in split["metrics"]:
        return NOTHING
    ends = split.get("intervals", {}).get(key)
    return with_small(write(split["metrics"][key]), interval(ends, write))
