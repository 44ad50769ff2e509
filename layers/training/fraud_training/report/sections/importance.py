"""Which inputs the model leans on."""

from __future__ import annotations

from fraud_training.report.bars import Bar, bars
from fraud_training.report.blocks import figure
from fraud_training.report.judgement import Judgement
from fraud_training.report.markup import Markup
from fraud_training.report.wording import score


def importance(judgement: Judgement) -> Markup:
    """What the model would lose without each input."""
    found = judgement.card.evaluation.get("importance")
    if not found:
        return Markup("")
    described = {feature.name: feature for feature in judgement.card.feature_set.features}
    rows = []
    for entry in found:
        feature = described.get(entry["feature"])
        words = f" · {feature.description}" if feature and feature.description else ""
        loss, spread = entry["auprc_loss"], entry["std"]
        rows.append(Bar(f"{entry['feature']}{words}", loss, score(loss), spread))
    drawing = bars(
        "Permutation importance",
        "; ".join(f"{row.name}: {row.text}" for row in rows),
        rows,
        "own",
    )
    return figure(
        "What the model would lose without an input",
        drawing,
        "AUPRC lost when an input's values are shuffled among held-out rows: a long bar is an "
        "input the model cannot do without, one near 0 could be left out. The thin line is the "
        "spread over three shuffles. Inputs that say the same share what they are worth. Only the "
        "model is asked, not the world: a bar is no cause.",
    )
