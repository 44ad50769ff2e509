"""`fraud openapi`: the API's description, from the handlers' own models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fraud_cli.commands.options import AsJson
from fraud_cli.errors import CliError
from fraud_cli.output import out, print_json

DESCRIPTION_FILE = Path("docs/openapi.json")


def openapi(
    check: Annotated[bool, typer.Option("--check", help="Only say whether it is current.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write docs/openapi.json from the functions in this checkout."""
    from fraud_cli.api_description import describe_api, render  # noqa: PLC0415 - loads every handler

    text = render(describe_api(Path("functions")))
    current = DESCRIPTION_FILE.is_file() and DESCRIPTION_FILE.read_text(encoding="utf-8") == text
    if check and not current:
        raise CliError(f"{DESCRIPTION_FILE} is not what the handlers say", "run `fraud openapi`")
    if not current:
        DESCRIPTION_FILE.write_text(text, encoding="utf-8")
    if as_json:
        print_json({"file": str(DESCRIPTION_FILE), "written": not current})
    else:
        out.print(f"{DESCRIPTION_FILE} is current")
