"""`fraud predict`: one transaction; and the way to the API that all commands share."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from fraud_cli.client import ApiClient
from fraud_cli.commands.options import AsJson
from fraud_cli.connection import find_connection
from fraud_cli.errors import WrongUsage
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
