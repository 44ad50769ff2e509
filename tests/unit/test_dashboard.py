"""The dashboard is valid, and shows metrics that something emits."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
COLUMNS = 24
PARAMETER_LIMIT = 4096
LONGEST_ARN = len("arn:aws-us-gov:cloudwatch:us-gov-west-1:123456789012:alarm:") + 128
PACKAGES = ("layers/core/fraud", "layers/training/fraud_training")


def _plain(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return node.value


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short tags as plain values."""


_Loader.add_multi_constructor("!", _plain)


def load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((PROJECT / name).read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe loader
    return loaded


@pytest.fixture(scope="module")
def body() -> dict[str, Any]:
    text = load("docs/dashboard.yaml")["Resources"]["Dashboard"]["Properties"]["DashboardBody"]
    text = text.replace("${Alarms}", '"an-arn"')
    loaded: dict[str, Any] = json.loads(re.sub(r"\$\{(\w+(::\w+)?)\}", r"<\1>", text))
    return loaded


def metrics_of(widget: dict[str, Any]) -> list[tuple[str, str]]:
    """Namespace and name of what a widget shows, CloudWatch's shorthand resolved."""
    found: list[tuple[str, str]] = []
    for metric in widget["properties"].get("metrics", []):
        if isinstance(metric[0], dict):
            continue
        if metric[0] == "...":
            found.append(found[-1])
            continue
        namespace = found[-1][0] if metric[0] == "." else metric[0]
        found.append((namespace, metric[1]))
    return found


def test_the_widgets_fit_the_grid_and_do_not_overlap(body: dict[str, Any]) -> None:
    def cells(widget: dict[str, Any]) -> set[tuple[int, int]]:
        xs = range(widget["x"], widget["x"] + widget["width"])
        ys = range(widget["y"], widget["y"] + widget["height"])
        return {(x, y) for x in xs for y in ys}

    for widget in body["widgets"]:
        assert widget["x"] + widget["width"] <= COLUMNS
    for one, other in combinations(body["widgets"], 2):
        assert not cells(one) & cells(other), (one["properties"], other["properties"])


def test_every_metric_of_ours_is_emitted_somewhere(body: dict[str, Any]) -> None:
    shown = {
        name
        for widget in body["widgets"]
        for namespace, name in metrics_of(widget)
        if namespace == "<MetricsNamespace>"
    }
    source = "".join(
        path.read_text(encoding="utf-8")
        for package in PACKAGES
        for path in (PROJECT / package).rglob("*_metrics.py")
    )
    assert {"ScorePsi", "LiveF1", "TrainingDuration", "Approved", "LatencyP95"} <= shown
    for name in shown:
        assert f'"{name}"' in source, name


def test_the_stack_gives_the_dashboard_what_it_asks_for() -> None:
    given = load("template.yaml")["Resources"]["Dashboard"]["Properties"]["Parameters"]
    assert set(given) == set(load("docs/dashboard.yaml")["Parameters"])


def test_the_alarms_shown_exist_and_their_arns_fit_a_parameter() -> None:
    template = load("template.yaml")
    given = template["Resources"]["Dashboard"]["Properties"]["Parameters"]["Alarms"]
    shown = re.findall(r"\$\{(\w+)\.Arn\}", given)
    alarms = {n for n, r in template["Resources"].items() if r["Type"] == "AWS::CloudWatch::Alarm"}
    assert set(shown) == {n for n in alarms if not re.search(r"\w(Errors|Throttles)Alarm$", n)} | {
        "ApiServerErrorsAlarm"
    }
    assert len(shown) * (LONGEST_ARN + len('"", ')) < PARAMETER_LIMIT
