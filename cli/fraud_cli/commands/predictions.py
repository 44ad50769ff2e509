"""`fraud logs`, `fraud label`: the prediction log, and what turned out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import typer
from rich.table import Table
from rich.text import Text

from fraud.domain.errors import InvalidValue
from fraud.domain.prediction_ids import PredictionId
from fraud_cli.commands.model import connect
from fraud_cli.commands.options import AsJson, begin_of, moment
from fraud_cli.errors import WrongUsage
from fraud_cli.output import out, print_json

MAX_WIDTH = 1000
_COLORS = {"block": "red", "review": "yellow"}


def logs(
    since: Annotated[
        str, typer.Option(help="How long ago, such as 30m, 1h, 7d; or a time.")
    ] = "1d",
    outcome: Annotated[
        Literal["approve", "review", "block"] | None, typer.Option(help="Only this outcome.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Only this model's.")] = None,
    client: Annotated[
        str | None, typer.Option(help="Only this client's; others' need an admin key.")
    ] = None,
    number: Annotated[int, typer.Option("-n", min=1, max=10_000, help="How many, at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List logged predictions, newest first."""
    begin = begin_of(since, datetime.now(UTC)).isoformat()
    filters = {"from": begin, "outcome": outcome, "model": model, "client": client}
    with connect() as api:
        rows = api.predictions(number, filters)
    if as_json:
        print_json({"predictions": rows})
        return
    if not rows:
        out.print("There are no such predictions.")
        return
    table = _table(rows)
    # Ids are there to be copied: never cut them, however narrow the terminal.
    table.width = out.measure(table, options=out.options.update(max_width=MAX_WIDTH)).maximum
    out.print(table, soft_wrap=True)


def label(
    prediction_id: Annotated[str, typer.Argument(help="As the prediction's answer gave it.")],
    what: Annotated[
        Literal["fraud", "legitimate"],
        typer.Argument(help="What the transaction turned out to be."),
    ],
    at: Annotated[
        str | None, typer.Option(help="When that was found out, such as 2026-11-30T09:30:00Z.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a predicted transaction turned out to be."""
    try:
        known = PredictionId.parse(prediction_id)
    except InvalidValue as e:
        raise WrongUsage(e.message) from None
    labelled_at = moment(at, "--at").isoformat() if at else None
    with connect() as api:
        answer = api.label(known, what == "fraud", labelled_at)
    if as_json:
        print_json(answer)
        return
    n = answer["labels"]
    out.print(f"{prediction_id} is labelled {what}; it has {n} label{'s' if n > 1 else ''}.")


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("at (UTC)", "outcome", box=None)
    for numeric in ("probability", "risk"):
        table.add_column(numeric, justify="right")
    for name in ("label", "client", "model", "prediction_id"):
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(
            f"{datetime.fromisoformat(row['at']).astimezone(UTC):%Y-%m-%d %H:%M:%S}",
            Text(row["outcome"], style=_COLORS.get(row["outcome"], "green")),
            f"{row['probability']:.4f}",
            str(row["risk_score"]),
            _said(row["label"]),
            row["client"],
            row["model"]["name"],
            row["prediction_id"],
        )
    return table


def _said(counting: dict[str, Any] | None) -> str:
    if counting is None:
        return "-"
    return "fraud" if counting["is_fraud"] else "legitimate"
