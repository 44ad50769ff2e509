"""`fraud train`, `fraud trainings`: models from datasets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.table import Table

from fraud_cli.client import ApiClient
from fraud_cli.commands.following import follow
from fraud_cli.commands.model import connect
from fraud_cli.commands.options import (
    AsJson,
    FalseAlarmCost,
    MissedFraudCost,
    NextFeatureSet,
    Policy,
    Split,
    Target,
    policy_request,
)
from fraud_cli.errors import CliError
from fraud_cli.output import out, print_facts, print_json


def train(
    dataset: Annotated[str, typer.Argument(help="Link (http, https, s3) or path of a CSV file.")],
    wait: Annotated[bool, typer.Option("--wait", help="Stay until it has ended.")] = False,
    feature_set: NextFeatureSet = None,
    seed: Annotated[int, typer.Option(help="Seed of sampling, split and fit.")] = 1,
    split: Split = "random",
    policy: Policy = None,
    target: Target = None,
    missed_fraud_cost: MissedFraudCost = None,
    false_alarm_cost: FalseAlarmCost = None,
    promote: Annotated[
        Literal["auto", "never"], typer.Option(help="Whether it may be enabled.")
    ] = "auto",
    as_json: AsJson = False,
) -> None:
    """Train a model from a CSV link, or from a file on this machine, which is uploaded first."""
    requested = policy_request(policy, target, missed_fraud_cost, false_alarm_cost)
    if "://" not in dataset and not Path(dataset).is_file():
        raise CliError(f"{dataset} is neither a file nor a link", "links begin with https://")
    with connect() as client:
        link = client.upload(Path(dataset)) if Path(dataset).is_file() else dataset
        request: dict[str, Any] = {
            "dataset": link,
            "seed": seed,
            "split": split,
            "promote": promote,
        }
        if feature_set:
            request["feature_set"] = feature_set
        if requested:
            request["policy"] = requested.model_dump(exclude_none=True)
        training_id = client.train(request)
        training = (
            watch_training(client, training_id)
            if wait
            else {"id": training_id, "status": "pending"}
        )
    _show(training, as_json)


def trainings(
    training_id: Annotated[
        int | None, typer.Argument(help="One of them, with its model.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Which trainings there are, newest first; or how one is going, and what came of it."""
    with connect() as client:
        if training_id is not None:
            _show(client.training(training_id), as_json)
            return
        page = client.trainings(limit)
    if as_json:
        print_json(page)
        return
    table = Table("id", "status", "progress", box=None)
    for column in ("dataset", "model", "created"):
        table.add_column(column, no_wrap=column == "model", overflow="fold")
    for one in page["trainings"]:
        progress = f"{one['progress']:.0%}"
        cells = (one["dataset"], one["model"] or "-", one["created_at"][:16])
        table.add_row(str(one["id"]), one["status"], progress, *cells)
    out.print(table if page["trainings"] else "There are no trainings yet: fraud train LINK --wait")


def watch_training(client: ApiClient, training_id: int) -> dict[str, Any]:
    """Follow a training with a progress bar until it has ended."""
    return follow("training", training_id, client.training)


def _show(training: dict[str, Any], as_json: bool) -> None:
    failed = training["status"] == "error"
    if as_json:
        print_json(training)
        if failed:
            raise typer.Exit(1)
        return
    for finding in training.get("findings", []):
        out.print(f"{finding['level']}: {finding['message']}")
    if failed:
        raise CliError(f"training {training['id']}: {training['error']['message']}")
    if training["status"] != "processed":
        out.print(
            f"Training {training['id']} is {training['status']}: fraud trainings {training['id']}"
        )
        return
    metrics = training["metrics"]
    decision = training["decision"]
    print_facts(
        f"Model {training['model']}",
        {name: metrics[name] for name in ("f1", "precision", "recall", "auprc", "auc", "time")}
        | {"enabled": decision["promote"], "because": "; ".join(decision["reasons"])},
    )
