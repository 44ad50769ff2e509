"""The comparison with the champion."""

from __future__ import annotations

from fraud.domain.comparisons import Comparison, difference
from fraud_training.report.measures import MEASURES


def shown(text: str) -> str:
    """A text as `section` gives it."""
    return " ".join(text.split())


def test_the_champion_is_compared_metric_by_metric(full_card, quick_card, written):
    section = written(full_card, champion=quick_card).section("champion")
    for measure in MEASURES:
        assert shown(measure.write(getattr(quick_card.metrics, measure.key))) in section
        assert shown(measure.write(getattr(full_card.metrics, measure.key))) in section
    for name in {*full_card.feature_set.names, *quick_card.feature_set.names}:
        assert name in section


def verdicts(report) -> dict[str, str]:
    section = next(s for s in report.root.iter("section") if s.get("id") == "champion")
    rows = next(section.iter("tbody"))
    return {row.findtext("th"): row.findall("td")[-1].text or "" for row in rows}


def test_a_difference_counts_only_beyond_the_interval(full_card, written):
    ends = full_card.evaluation["splits"][full_card.split]["intervals"]
    worse_loss = {"log_loss": ends["log_loss"][1] + 0.01}
    lower = {"f1": ends["f1"][0] - 0.01, "recall": ends["recall"][1] + 0.01}
    same = {"precision": full_card.metrics.precision}
    champion = full_card.model_copy(
        update={"metrics": full_card.metrics.model_copy(update=worse_loss | lower | same)}
    )
    found = verdicts(written(full_card, champion=champion))
    assert found["F1"] == "better"
    assert found["Recall"] == "worse"
    assert found["Log loss"] == "better"
    assert found["Precision"] == "no clear difference"
    assert found["Prevalence"] == "\u2013"


def test_unlike_rows_are_warned_of(full_card, written):
    same = written(full_card, champion=full_card).section("champion")
    elsewhere = full_card.model_copy(
        update={"dataset": full_card.dataset.model_copy(update={"sha256": "0" * 64})}
    )
    other = written(full_card, champion=elsewhere).section("champion")
    assert "on the same rows" in same
    assert "read the differences with care" in other


def test_models_that_scored_the_same_rows_are_compared_on_them(full_card, quick_card, written):
    on_same_rows = Comparison(
        **difference(0.7012, 0.7534, (-0.0123, 0.0789)).model_dump(),
        champion=quick_card.name,
        basis="same held-out rows",
        metric="auprc",
        rows=3210,
        others={"f1": difference(0.6011, 0.6022)},
    )
    evaluation = full_card.evaluation | {"champion_comparison": on_same_rows.model_dump()}
    card = full_card.model_copy(update={"evaluation": evaluation})
    section = written(card, champion=quick_card).section("champion")
    assert "Both models scored the same 3,210 held-out rows" in section
    assert "AUPRC decides on the release" in section
    for figure in ("0.753", "0.701", "+0.0522", "\u22120.0123 to +0.0789", "0.602", "+0.0011"):
        assert figure in section
    assert "read the differences with care" not in section
    # The comparison of a training with another champion says nothing about this one.
    assert "3,210" not in written(card, champion=full_card).section("champion")
