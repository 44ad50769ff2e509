"""Which candidates were tried, and why this one won."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

from fraud_training.report.blocks import paragraph, table, with_small
from fraud_training.report.judgement import Judgement
from fraud_training.report.markup import Content, Markup, joined
from fraud_training.report.wording import NOTHING, score, sentence_of

_SKIPPED = {"budget": "not tried: no time left", "clock": "not tried: the machine was too slow"}

type Entry = Mapping[str, Any]


def search(judgement: Judgement) -> Markup:
    """The search's record, best first."""
    record = judgement.card.evaluation.get("search", {}).get("candidates")
    if not record:
        return Markup("")
    tried = sorted((e for e in record if e.get("auprc")), key=lambda e: -mean(e["auprc"]))
    skipped = [e for e in record if not e.get("auprc")]
    winner = judgement.card.parameters.get("candidate")
    names = [entry["name"] for entry in tried]
    drawn = table(
        "Candidates, by their AUPRC in cross-validation",
        ["Candidate", "Parameters", "AUPRC", "By fold"],
        (_row(entry, winner) for entry in (*tried, *skipped)),
        marked=names.index(winner) if winner in names else None,
        words=True,
    )
    return joined((paragraph(_why(tried, winner)), drawn))


def _row(entry: Entry, winner: str | None) -> list[Content]:
    folds = entry.get("auprc", [])
    name = f"{entry['name']} (chosen)" if entry["name"] == winner else entry["name"]
    skipped = _SKIPPED.get(entry.get("skipped", ""), "not tried")
    return [
        with_small(name, entry["algorithm"]),
        sentence_of(dict(entry["parameters"])),
        score(mean(folds)) if folds else NOTHING,
        ", ".join(score(fold) for fold in folds) if folds else skipped,
    ]


def _why(tried: Sequence[Entry], winner: str | None) -> str:
    """The lead of the chosen one, and whether it is more than luck."""
    means = {entry["name"]: mean(entry["auprc"]) for entry in tried}
    if winner not in means:
        return "Candidates were compared by their mean AUPRC over the folds."
    others = {name: value for name, value in means.items() if name != winner}
    if not others:
        return f"{winner} was the only candidate tried."
    second = max(others, key=lambda name: others[name])
    folds = {entry["name"]: entry["auprc"] for entry in tried}
    ahead = sum(a > b for a, b in zip(folds[winner], folds[second], strict=True))
    doubt = "" if ahead == len(folds[winner]) else ": the two are about equally good"
    return (
        f"{winner} won with a mean AUPRC of {score(means[winner])} over {len(folds[winner])} folds "
        f"of the training rows; {second}, the next best, has {score(others[second])}. It was ahead "
        f"in {ahead} of {len(folds[winner])} folds{doubt}."
    )
