"""What the health page draws of states that a stack of some minutes has not been in."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Route, expect

from fraud.domain.label_counts import LabelCounts
from fraud.domain.live_quality import live_quality, mature_days
from fraud.domain.model_cards import ModelCard

pytestmark = pytest.mark.e2e

COUNTS = LabelCounts(true_positives=40, false_positives=10, false_negatives=8, true_negatives=942)
PREDICTIONS = 5000
MATURITY = timedelta(days=7)


@pytest.fixture
def labelled(api: httpx.Client) -> dict[str, Any]:
    """The stack's own answer, with the quality that the code makes of labels a week old."""
    health: dict[str, Any] = api.get("/model/healthy").json()
    card = ModelCard.model_validate(api.get(f"/models/{health['modelname']}").json()["card"])
    days = mature_days(datetime.now(UTC), MATURITY)
    live = live_quality(COUNTS, PREDICTIONS, days, MATURITY, card.metrics)
    health["now"]["live"] = live.model_dump(mode="json")
    return health


def shown(console: Any, health: dict[str, Any]) -> Any:
    """The quality panel for an answer."""

    def answer(route: Route) -> None:
        route.fulfill(body=json.dumps(health), content_type="application/json")

    console.page.route(re.compile("/api/v1/model/healthy"), answer)
    console.go("Score")
    console.go("Health")
    title = console.page.get_by_role("heading", name="Quality", exact=True)
    panel = console.page.locator("section").filter(has=title).last
    expect(panel.get_by_role("img")).to_have_count(1)
    return panel


def test_live_quality_stands_beside_that_of_training_with_its_intervals(
    console: Any, labelled: dict[str, Any]
) -> None:
    panel = shown(console, labelled)
    chart = panel.get_by_role("img")
    held_out = [f"{labelled[metric]:.3f} held out" for metric in ("precision", "recall", "f1")]
    # 40 of 50 alerts, 40 of 48 frauds, and their harmonic mean.
    for live, name, other in zip(
        ("0.800", "0.833", "0.816"), ("Precision", "Recall", "F1"), held_out, strict=True
    ):
        expect(chart).to_have_accessible_name(re.compile(rf"{name}: {live} live · {other}"))
    expect(chart.locator("circle.own")).to_have_count(3)
    expect(chart.locator("circle.base.hollow")).to_have_count(3)
    expect(panel).to_contain_text("1,000 labels of 5,000 mature predictions: 48 frauds")
    expect(panel).to_contain_text("50 alerts, 40 frauds among the alerts")


def test_an_interval_is_drawn_where_its_ends_are(console: Any, labelled: dict[str, Any]) -> None:
    """Each whisker is a line with two ends; all of them in the order of the rows."""
    chart = shown(console, labelled).get_by_role("img")
    whiskers = chart.locator("line.own")
    expect(whiskers).to_have_count(9)
    dots = chart.locator("circle.own")
    now = labelled["now"]["live"]
    (a, b) = (float(str(dots.nth(i).get_attribute("cx"))) for i in (0, 1))
    scale = (b - a) / (now["recall"] - now["precision"])
    for row, metric in enumerate(("precision", "recall", "f1")):
        line = whiskers.nth(3 * row)
        ends = [float(str(line.get_attribute(end))) for end in ("x1", "x2")]
        drawn = [now["precision"] + (end - a) / scale for end in ends]
        assert drawn == pytest.approx(now["intervals"][metric], abs=0.001)


def test_without_labels_it_says_from_when_they_count(
    console: Any, labelled: dict[str, Any]
) -> None:
    nothing = {"labels": 0, "frauds": 0, "alerts": 0, "caught": 0}
    shares = dict.fromkeys(("precision", "recall", "f1"))
    live = labelled["now"]["live"]
    labelled["now"]["live"] = {**live, **nothing, **shares, "intervals": shares}
    panel = shown(console, labelled)
    expect(panel).to_contain_text("Labels count once a prediction is 7 days old.")
    expect(panel.locator("circle.own")).to_have_count(0)
    expect(panel.locator("line.own")).to_have_count(0)
