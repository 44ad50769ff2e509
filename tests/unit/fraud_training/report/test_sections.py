"""What the sections say is what the card holds."""

from __future__ import annotations

import copy
import re

import pytest

from fraud.domain.findings import Finding, Level
from fraud.domain.model_cards import ModelCard, ThresholdPolicy
from fraud_training.report.measures import HEADLINE, MEASURES
from fraud_training.report.wording import interval, percent, score, thousands


def own(card: ModelCard):
    return card.evaluation["splits"][card.split]


def shown(text: str) -> str:
    """A text as `section` gives it."""
    return " ".join(text.split())


def header_of(report) -> str:
    return " ".join("".join(report.root.find("body/main/header").itertext()).split())


def test_the_headline_has_the_cards_metrics_and_intervals(full_card, written):
    report = written(full_card)
    tiles = {
        tile.findtext("dt"): (tile.findtext("dd/b"), tile.findtext("dd/small"))
        for tile in report.root.find("body/main/header/dl")
    }
    assert tiles == {
        m.name: (
            score(getattr(full_card.metrics, m.key)),
            interval(own(full_card)["intervals"][m.key]),
        )
        for m in HEADLINE
    }


def test_the_headline_counts_alerts_as_the_confusion_matrix_does(full_card, written):
    found, header = own(full_card)["confusion"], header_of(written(full_card))
    assert f"{thousands(found['true_positives'] + found['false_positives'])} alert" in header
    assert f"It missed {thousands(found['false_negatives'])} fraud" in header
    assert f"from a probability of {score(full_card.policy.threshold)}" in header


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (ThresholdPolicy(threshold=0.4, review=0.2, block=0.4), "from 0.200 on reviewed"),
        (ThresholdPolicy(threshold=0.4, review=0.4, block=0.4), "and from 0.400 on blocked"),
        (
            ThresholdPolicy(
                name="target_precision", threshold=0.4, review=0.2, block=0.4, target=0.9
            ),
            "the lowest where 90.0 % of alerts are frauds",
        ),
        (
            ThresholdPolicy(
                name="target_alert_rate", threshold=0.4, review=0.2, block=0.4, target=0.01
            ),
            "where 1.0 % of transactions raise an alert",
        ),
        (
            ThresholdPolicy(name="lowest_cost", threshold=0.4, review=0.2, block=0.4),
            "cost least",
        ),
    ],
)
def test_the_policy_is_told_in_words(policy, words, full_card, written):
    assert words in header_of(written(full_card.model_copy(update={"policy": policy})))


def test_both_splits_stand_side_by_side(full_card, written):
    section = written(full_card).section("held-out")
    assert set(full_card.evaluation["splits"]) == {"random", "time"}
    for split in full_card.evaluation["splits"].values():
        assert thousands(split["held_out_rows"]) in section
        for measure in MEASURES:
            assert shown(measure.write(split["metrics"][measure.key])) in section
            assert shown(interval(split["intervals"][measure.key], measure.write)) in section


def with_split(card: ModelCard, name: str, **metrics: float) -> ModelCard:
    evaluation = copy.deepcopy(card.evaluation)
    split = evaluation["splits"][name]
    split["metrics"] |= metrics
    for key, value in metrics.items():
        split["intervals"][key] = [value - 0.01, value + 0.01]
    return card.model_copy(update={"evaluation": evaluation})


def test_a_large_gap_between_the_splits_is_called_out(full_card, written):
    even = with_split(with_split(full_card, "random", auprc=0.8), "time", auprc=0.8)
    apart = with_split(with_split(full_card, "random", auprc=0.9), "time", auprc=0.6)
    assert "has learnt what does not last" not in written(even).section("held-out")
    assert "has learnt what does not last" in written(apart).section("held-out")


def test_an_impossible_split_is_explained(full_card, written):
    evaluation = copy.deepcopy(full_card.evaluation)
    del evaluation["splits"]["time"]
    evaluation["not_split"] = {"time": "all rows are of one hour"}
    report = written(full_card.model_copy(update={"evaluation": evaluation}))
    assert "all rows are of one hour" in report.section("held-out")
    assert "curves" in report.anchors


def test_the_confusion_matrix_adds_up(full_card, written):
    found, section = own(full_card)["confusion"], written(full_card).section("confusion")
    for count in (*found.values(), sum(found.values())):
        assert thousands(count) in section
    assert shown(percent(own(full_card)["metrics"]["recall"])) in section


def test_the_ladder_marks_the_threshold_in_force(full_card, written):
    report = written(full_card)
    marked = [tr for tr in report.root.iter("tr") if tr.get("class") == "marked"]
    assert score(own(full_card)["threshold"]) in {tr.findtext("th") for tr in marked}
    for rung in own(full_card)["ladder"]:
        assert percent(rung["value_caught"]) in report.text


def test_curves_have_all_their_points(full_card, written):
    report = written(full_card)
    paths = [p for p in report.root.iter("path") if p.get("class") == "line own"]
    points = {path.get("d").count("L") + 1 for path in paths}
    curves = own(full_card)["curves"]
    assert 2 * len(curves["precision_recall"]) in points
    assert len(curves["roc"]) in points


def test_every_mark_lies_inside_its_drawing(full_card, written):
    for drawing in written(full_card, champion=full_card).root.iter("svg"):
        _, _, width, height = (float(n) for n in drawing.get("viewBox").split())
        for mark in drawing.iter():
            for key in ("x", "x1", "x2", "cx"):
                assert 0 <= float(mark.get(key, 0)) <= width
            for key in ("y", "y1", "y2", "cy"):
                assert 0 <= float(mark.get(key, 0)) <= height
            for pair in mark.get("d", "").strip("MZ").split("L"):
                if pair:
                    x, y = (float(n) for n in pair.split())
                    assert 0 <= x <= width
                    assert 0 <= y <= height


def test_inputs_types_days_and_candidates_are_all_listed(full_card, written):
    report = written(full_card)
    for entry in full_card.evaluation["importance"]:
        assert score(entry["auprc_loss"]) in report.section("importance")
    for kind, group in own(full_card)["by_type"].items():
        assert kind in report.section("groups")
        assert thousands(group["rows"]) in report.section("groups")
    assert len(own(full_card)["by_day"]) > 20
    for candidate in full_card.evaluation["search"]["candidates"]:
        assert candidate["name"] in report.section("search")
    assert f"{full_card.parameters['candidate']} won with" in report.section("search")


def test_a_candidate_that_was_not_tried_is_named_with_the_reason(full_card, written):
    evaluation = copy.deepcopy(full_card.evaluation)
    last = evaluation["search"]["candidates"][-1]
    del last["auprc"]
    last["skipped"] = "budget"
    section = written(full_card.model_copy(update={"evaluation": evaluation})).section("search")
    assert "not tried: no time left" in section


def test_findings_come_gravest_first(full_card, written):
    findings = [
        Finding(code="absent_columns", level=Level.INFO, message="Not needed."),
        Finding(code="bad_labels", level=Level.ERROR, message="Wrong.", column="isFraud", rows=7),
        Finding(code="constant_column", level=Level.WARNING, message="Always 0."),
    ]
    report = written(full_card, findings)
    section = report.section("findings")
    assert section.index("Wrong.") < section.index("Always 0.") < section.index("Not needed.")
    assert "bad_labels · column isFraud · 7 rows" in section
    assert "1 error and 1 warning" in header_of(report)
    assert "Nothing in the data" in written(full_card).section("findings")


def test_the_model_can_be_made_again_from_what_is_named(full_card, written):
    section = written(full_card).section("making")
    assert full_card.dataset.sha256 in section
    for library, version in full_card.library_versions.items():
        assert f"{library}{version}" in section.replace(" ", "")
    for parameter in full_card.parameters:
        assert parameter in section
    assert "a file of this machine" in section


def test_a_model_that_gives_one_score_to_all_still_gives_a_report(full_card, written):
    evaluation = copy.deepcopy(full_card.evaluation)
    for split in evaluation["splits"].values():
        rows, frauds = split["held_out_rows"], split["held_out_frauds"]
        share = frauds / rows
        split["curves"] = {
            "precision_recall": [[1.0, share]],
            "roc": [[0.0, 0.0], [1.0, 1.0]],
            "error_rates": [[i / 100, 0.0 if i < 1 else 1.0, 1.0 if i < 1 else 0.0]
                            for i in range(101)],
            "scores": {"edges": [-4.0] * 65, "legit": [0.0] * 63 + [rows - frauds],
                       "fraud": [0.0] * 63 + [frauds]},
        }  # fmt: skip
        split["calibration"] = [
            {"from": 0.01, "to": 0.05, "rows": rows, "frauds": frauds,
             "predicted": share, "observed": share}
        ]  # fmt: skip
        split["by_day"] = {"3": next(iter(split["by_day"].values()))}
    report = written(full_card.model_copy(update={"evaluation": evaluation}))
    assert not re.search(r"\b(nan|inf)\b", report.text)
    assert "errors" in report.anchors
    assert "calibration" in report.anchors
