"""The `fraud` command: commands registered, errors shown without traces."""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer
from rich.markup import escape

from fraud.domain.errors import FraudError
from fraud_cli.commands import keys
from fraud_cli.commands.table import COMMANDS, STACK
from fraud_cli.errors import (
    FAILED,
    INTERRUPTED,
    UNREACHABLE,
    USAGE_HINT,
    WRONG_USAGE,
    CliError,
)
from fraud_cli.local import LocalStackError, NotUp
from fraud_cli.output import err

HELP = """Fraud detection in your own AWS account, or on this machine.

Begin with `fraud doctor`, then `fraud up`; `fraud COMMAND --help` has examples.

For a stack on AWS set FRAUD_API_URL and FRAUD_API_KEY.
"""
EXIT_CODES = (
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no API or no answer, 4 the API refused the "
    "key, 130 interrupted."
)
TRACES = "FRAUD_TRACES"

app = typer.Typer(
    name="fraud",
    help=HELP,
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(keys.app, name="keys", rich_help_panel=STACK)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"fraud {version('fraud-detection-api')}")
        raise typer.Exit


@app.callback(help=HELP)
def _options(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """What is asked of no command in particular."""


def _register() -> None:
    for entry in COMMANDS:
        title = "Example:" if len(entry.examples) == 1 else "Examples:"
        # The help joins lines that no empty line parts.
        epilog = "\n\n".join([title, *(escape(f"$ {example}") for example in entry.examples)])
        group = keys.app if entry.group == "keys" else app
        panel = None if entry.group else entry.panel
        group.command(entry.name, rich_help_panel=panel, epilog=epilog)(entry.run)


_register()


def _fail(message: str, hint: str | None, exit_code: int = FAILED) -> NoReturn:
    if "--json" in sys.argv:
        error = {"message": message, "hint": hint, "exit_code": exit_code}
        sys.stderr.write(json.dumps({"error": error}) + "\n")
        sys.exit(exit_code)
    err.print("error:", style="bold red", end=" ")
    err.print(message, soft_wrap=True)
    if hint:
        err.print(hint, soft_wrap=True, style="dim")
    sys.exit(exit_code)


def _wrong_usage(error: Exception) -> str | None:
    """What was wrong with the command line; typer does not export the class of these errors."""
    if getattr(error, "exit_code", None) == WRONG_USAGE and hasattr(error, "format_message"):
        return " ".join(str(error.format_message()).split())
    return None


def main() -> None:
    """Entry point: a failure becomes one sentence and an exit code."""
    # Where PYTHONDONTWRITEBYTECODE is set, each run would recompile scikit-learn and pandas: 7 s.
    sys.dont_write_bytecode = False
    try:
        # Else typer itself shows wrong usage, in a frame and in colour.
        code = app(standalone_mode="--json" not in sys.argv)
    except CliError as e:
        _fail(e.message, e.hint, e.exit_code)
    except LocalStackError as e:
        _fail(e.message, e.remedy, UNREACHABLE if isinstance(e, NotUp) else FAILED)
    except FraudError as e:
        _fail(e.message, None)
    except KeyboardInterrupt:
        err.print("interrupted")
        sys.exit(INTERRUPTED)
    except typer.Abort:
        _fail("aborted", None)
    except Exception as e:
        if usage := _wrong_usage(e):
            _fail(usage, USAGE_HINT, WRONG_USAGE)
        if os.environ.get(TRACES):
            raise
        _fail(f"{type(e).__name__}: {e}", f"not foreseen; {TRACES}=1 shows where it came from")
    sys.exit(code)
