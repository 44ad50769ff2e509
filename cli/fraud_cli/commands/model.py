"""`fraud train`, `fraud predict`: the API from the terminal."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from fraud_cli.client import ApiClient
from fraud_cli.commands.following import follow
from fraud_cli.commands.options import (
    AsJson,
    FalseAlarmCost,
    FeatureSetName,
    MissedFraudCost,
    Policy,
    Split,
    Target,
    policy_request,
)
from fraud_cli.connection import find_connection
from fraud_cli.errors import CliError, WrongUsage
from fraud_cli.output import out, print_facts, print_json

# An account emptied into another one in the morning.
EXAMPLE = {
    "step": 11,
    "type": "TRANSFER",
    "amount": 3718624.49,
    "oldbalanceOrg": 3718624.49,
    "newbalanceOrig": 0.0,
    "oldbalanceDest": 174356.0,
    "newbalanceDest": 3892980.49,
}


def connect() -> ApiClient:
    """The API that `fraud up` left, or the one the environment names."""
    return ApiClient(find_connection(Path.cwd()))


def train(
    dataset: Annotated[str, typer.Argument(help="Link (http, https, s3) or path of a CSV file.")],
    wait: Annotated[bool, typer.Option("--wait", help="Stay until it has ended.")] = False,
    feature_set: FeatureSetName = None,
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
    show_training(training, as_json)
    if training["status"] == "error":
        raise typer.Exit(1)


def watch_training(client: ApiClient, training_id: int) -> dict[str, Any]:
    """Follow a training with a progress bar until it has ended."""
    return follow("training", training_id, client.training)


def show_training(training: dict[str, Any], as_json: bool) -> None:
    """Print how a training went."""
    if as_json:
        print_json(training)
        return
    if training["status"] == "pending":
        out.print(f"Training {training['id']} is queued; follow it with --wait or fraud status.")
        return
    for finding in training.get("findings", []):
        out.print(f"{finding['level']}: {finding['message']}")
    if training["status"] == "error":
        raise CliError(f"training {training['id']}: {training['error']['message']}")
    metrics = training["metrics"]
    decision = training["decision"]
    print_facts(
        f"Model {training['model']}",
        {name: metrics[name] for name in ("f1", "precision", "recall", "auprc", "auc", "time")}
        | {"enabled": decision["promote"], "because": "; ".join(decision["reasons"])},
    )


def predict(
    transaction: Annotated[
        str | None,
        typer.Argument(help="A transaction as JSON, or - to read it; without it, an example."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score one transaction, and say why."""
    text = sys.stdin.read() if transaction == "-" else transaction
    try:
        body = json.loads(text) if text else EXAMPLE
    except ValueError as e:
        raise WrongUsage(f"the transaction is not JSON: {e}") from None
    with connect() as client:
        answer = client.predict(body)
    if as_json:
        print_json(answer)
        return
    facts = ("outcome", "probability", "risk_score", "threshold", "prediction_id")
    print_facts("Prediction", {name: answer[name] for name in facts})
    for reason in answer.get("reasons", []):
        out.print(f"  {reason['contribution']:+.3f}  {reason['text']}")
