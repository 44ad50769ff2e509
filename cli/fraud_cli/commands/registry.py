"""`fraud models`, `fraud compare`, `fraud promote` and the like: the model registry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from fraud.http.change_answers import MIN_SHARE
from fraud_cli.client import ApiClient
from fraud_cli.commands.model import connect
from fraud_cli.commands.options import AsJson
from fraud_cli.output import out, print_json, shown

Name = Annotated[str, typer.Argument(help="The model's name.", show_default=False)]
Reason = Annotated[
    str, typer.Option("--reason", help="Why; kept in the model's history.", show_default=False)
]
STYLES = {"champion": "bold green", "challenger": "bold cyan", "archived": "dim"}


def models(
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Which models there are, newest first."""
    with connect() as client:
        page = client.models(limit)
    if as_json:
        print_json(page)
        return
    table = Table(box=None, padding=(0, 1, 0, 0))
    for column in ("name", "state", "created", "f1", "auprc", "threshold"):
        table.add_column(column, no_wrap=True)
    table.add_column("trained by", overflow="fold")
    for model in page["models"]:
        table.add_row(*_row(model), style=STYLES.get(model["state"]))
    out.print(table if page["models"] else "There are no models yet: fraud train LINK --wait")
    if page["next"]:
        out.print("There are older ones: raise --limit.")


def _row(model: dict[str, Any]) -> list[str]:
    metrics = model["metrics"]
    return [
        model["name"],
        model["state"],
        model["created_at"][:10],
        *(shown(value) for value in (metrics["f1"], metrics["auprc"], model["threshold"])),
        (model["decision"] or {}).get("decided_by", "-"),
    ]


def compare(name: Name, other: Name, as_json: AsJson = False) -> None:
    """Two models side by side: metrics, thresholds, inputs, datasets, and in words."""
    with connect() as client:
        found = client.compare(name, other)
    if as_json:
        print_json(found)
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("")
    for column in (found["model"], found["other"], "difference"):
        table.add_column(column, justify="right", overflow="fold")
    for pair in found["metrics"]:
        cells = (
            Text(shown(pair[side]), style="bold" if pair.get("better") == side else "")
            for side in ("model", "other")
        )
        table.add_row(pair["metric"], *cells, f"{pair['difference']:+.4f}")
    for label, *values in _facts(found):
        table.add_row(label, *map(shown, values))
    out.print(table)
    for sentence in found["summary"]:
        out.print(sentence)


def _facts(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rows of what has no difference: a label, and both models' values."""
    policies, datasets = found["policies"], found["datasets"]
    features, candidates = found["features"], found["candidates"]
    rows: list[tuple[Any, ...]] = [
        (label, policies["model"][field], policies["other"][field])
        for label, field in (("policy", "name"), ("threshold", "threshold"), ("review", "review"))
    ]
    rows.append(("inputs", features["model_feature_set"], features["other_feature_set"]))
    rows += [
        (label, datasets["model"][label], datasets["other"][label])
        for label in ("rows", "frauds", "split")
    ]
    rows.append(("candidates", len(candidates["model"]), len(candidates["other"])))
    winners = (
        next((one["algorithm"] for one in candidates[side] if one["won"]), None)
        for side in ("model", "other")
    )
    return [*rows, ("algorithm", *winners)]


def promote(name: Name, reason: Reason, as_json: AsJson = False) -> None:
    """Enable a model; the champion so far is archived."""
    _change(lambda client: client.promote(name, reason), as_json)


def rollback(reason: Reason, as_json: AsJson = False) -> None:
    """Enable the champion before this one; again for the one before that."""
    _change(lambda client: client.rollback(reason), as_json)


def challenge(
    name: Name,
    share: Annotated[
        float,
        typer.Option(
            min=MIN_SHARE, max=1.0, help="Share of requests it scores.", show_default=False
        ),
    ],
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Try a model on a share of live requests, beside the champion."""
    _change(lambda client: client.challenge(name, share, reason), as_json)


def withdraw(name: Name, reason: Reason, as_json: AsJson = False) -> None:
    """End the trial of the challenger."""
    _change(lambda client: client.withdraw(name, reason), as_json)


def archive(name: Name, reason: Reason, as_json: AsJson = False) -> None:
    """Put a model away; not the champion."""
    _change(lambda client: client.archive(name, reason), as_json)


def _change(make: Callable[[ApiClient], dict[str, Any]], as_json: bool) -> None:
    with connect() as client:
        change = make(client)
    if as_json:
        print_json(change)
        return
    for move in change["changes"]:
        if move["from_state"] == move["to_state"]:
            out.print(f"{move['model']} stays {move['to_state']}.")
        else:
            out.print(f"{move['model']} is {move['to_state']} now, it was {move['from_state']}.")
    if change["challenger"]:
        out.print(f"{change['challenger']} is tried on {change['share']:.1%} of requests.")
