"""The `fraud` command: commands registered, errors shown without traces."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from fraud.domain.errors import FraudError
from fraud_cli.commands import (
    data,
    keys,
    model,
    monitoring,
    openapi,
    predictions,
    registry,
    replays,
    stack,
)
from fraud_cli.errors import CliError
from fraud_cli.local import LocalStackError
from fraud_cli.output import err

app = typer.Typer(
    name="fraud",
    help="Fraud detection in your own AWS account, or on this machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(stack.up)
app.command()(stack.down)
app.command()(stack.status)
app.command()(stack.env)
app.command()(model.train)
app.command()(model.predict)
app.command()(monitoring.health)
app.command()(monitoring.drift)
app.command()(registry.models)
app.command()(registry.compare)
app.command()(registry.promote)
app.command()(registry.rollback)
app.command()(registry.challenge)
app.command()(registry.withdraw)
app.command()(registry.archive)
app.command()(replays.replay)
app.command()(replays.replays)
app.command()(predictions.logs)
app.command()(predictions.label)
app.command()(data.sample)
app.command()(data.fit)
app.command()(openapi.openapi)
app.add_typer(keys.app, name="keys")


def _fail(message: str, hint: str | None) -> NoReturn:
    err.print("[bold red]error:[/]", end=" ")
    err.print(message, soft_wrap=True, markup=False)
    if hint:
        err.print(hint, soft_wrap=True, markup=False, style="dim")
    sys.exit(1)


def main() -> None:
    """Entry point: a failure becomes one sentence and exit code 1."""
    # Where PYTHONDONTWRITEBYTECODE is set, each run would recompile scikit-learn and pandas: 7 s.
    sys.dont_write_bytecode = False
    try:
        app()
    except CliError as e:
        _fail(e.message, e.hint)
    except LocalStackError as e:
        _fail(e.message, e.remedy)
    except FraudError as e:
        _fail(e.message, None)
    except KeyboardInterrupt:
        err.print("interrupted")
        sys.exit(130)
