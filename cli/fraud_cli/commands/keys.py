"""`fraud keys create|list|revoke`: who may call the API."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from fraud.domain.errors import InvalidValue
from fraud.domain.keys import (
    CHECKSUM_CHARS,
    SECRET_CHARS,
    ApiKey,
    Scope,
    create_key,
    hash_key,
)
from fraud_cli.commands.options import AsJson
from fraud_cli.deployment import find_deployment
from fraud_cli.errors import CliError, WrongUsage
from fraud_cli.output import out, print_json

app = typer.Typer(help="API keys: create, list and revoke them.", no_args_is_help=True)
Stack = Annotated[
    str | None,
    typer.Option("--stack", envvar="FRAUD_STACK", help="Stack on AWS; without it, the local one."),
]

DEFAULT_SCOPES = (Scope.PREDICT, Scope.READ)
COLUMNS: tuple[Column | str, ...] = (
    *("name", Column("begins with", no_wrap=True), Column("scopes", min_width=7)),
    *(Column(title, no_wrap=True) for title in ("created", "last used", "expires", "state")),
    "trained",  # today, by all keys of that name
)
PREFIX_CHARS = 4
"""Of the secret, those that a prefix shows: `fd_<environment>_` and these."""
EXAMPLE_PREFIX = "fd_live_9mQw"
_PREFIX = re.compile(rf"fd_[a-z]{{2,10}}_[0-9A-Za-z]{{{PREFIX_CHARS}}}", re.ASCII)
KEY_HELP = (
    "A key's name, which means all of that name; or what one begins with, such as "
    f"{EXAMPLE_PREFIX}: the environment and {PREFIX_CHARS} characters or more, up to the whole key."
)
SCOPES_HELP = "What it may do; repeatable. By default predict and read."


def create(
    name: Annotated[str, typer.Argument(help="Who the key is for; a client sees its own work.")],
    scope: Annotated[list[Scope] | None, typer.Option("--scope", "-s", help=SCOPES_HELP)] = None,
    expires_days: Annotated[int | None, typer.Option(min=1, help="Days it works.")] = None,
    stack: Stack = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it, once."""
    deployment = find_deployment(Path.cwd(), stack)
    now = datetime.now(UTC)
    expires_at = now + timedelta(days=expires_days) if expires_days else None
    try:
        made = create_key(
            deployment.key_environment, name, scope or DEFAULT_SCOPES, now, expires_at
        )
    except InvalidValue as e:
        raise WrongUsage(e.message) from None
    deployment.keys().put(made.record)
    if as_json:
        print_json({"api_key": made.key, **_shown(made.record)})
        return
    out.print(made.key)
    out.print("Keep it now: it is stored nowhere and cannot be shown again.", style="dim")


def list_keys(stack: Stack = None, as_json: AsJson = False) -> None:
    """List all keys, without what they are."""
    deployment = find_deployment(Path.cwd(), stack)
    keys = sorted(deployment.keys().all(), key=lambda key: key.created_at)
    usage = deployment.usage()
    used = usage.trainings_on(datetime.now(UTC).date(), [key.name for key in keys]) if usage else {}
    if as_json:
        shown = [_shown(key) | {"trainings_today": used.get(key.name, 0)} for key in keys]
        print_json({"keys": shown})
        return
    table = Table(*COLUMNS, box=None, padding=(0, 1, 0, 0))
    for key in keys:
        created, expires = (_day(at) for at in (key.created_at, key.expires_at))
        times = (created, key.last_used_on or "", expires, _state(key))
        scopes = " ".join(sorted(key.scopes))
        table.add_row(key.name, key.prefix, scopes, *times, str(used.get(key.name, 0)))
    out.print(table)


def revoke(
    key: Annotated[str, typer.Argument(help=KEY_HELP)],
    stack: Stack = None,
    as_json: AsJson = False,
) -> None:
    """Close keys for good; within a minute they open nothing."""
    table = find_deployment(Path.cwd(), stack).keys()
    chosen = _meant(key, list(table.all()))
    for known in chosen:
        table.revoke(known.key_hash, datetime.now(UTC))
    if as_json:
        print_json({"revoked": [known.prefix for known in chosen]})
        return
    out.print(f"Revoked {', '.join(known.prefix + '…' for known in chosen)}")


def _meant(text: str, keys: Sequence[ApiKey]) -> list[ApiKey]:
    """The keys that a name means, or the one that a beginning or a whole key means.

    Raises
    ------
    WrongUsage
        When the beginning is shorter than a prefix.
    CliError
        When there is no such key, or more than one begins so.
    """
    whole = hash_key(text)
    chosen = [key for key in keys if key.name == text]
    return chosen or [key for key in keys if key.key_hash == whole] or [_begun(text, keys)]


def _begun(text: str, keys: Sequence[ApiKey]) -> ApiKey:
    """The key that begins so; nothing of it is known but its prefix, so no more is compared."""
    begins = _PREFIX.match(text)
    if text.startswith("fd_") and begins is None:
        raise WrongUsage(
            f"{text} is too little of a key",
            f"give the environment and {PREFIX_CHARS} characters or more, such as {EXAMPLE_PREFIX}",
        )
    # What may be a whole key is not repeated; one that is mistyped means no other.
    shown = f"{begins[0]}…" if begins else text
    longest = begins.end() - PREFIX_CHARS + SECRET_CHARS + CHECKSUM_CHARS - 1 if begins else 0
    chosen = [key for key in keys if text.startswith(key.prefix) and len(text) <= longest]
    if not chosen:
        raise CliError(f"there is no key {shown}", "`fraud keys list` shows those there are")
    if len(chosen) > 1:
        names = ", ".join(sorted({key.name for key in chosen}))
        raise CliError(
            f"{len(chosen)} keys begin with {shown} (of {names})", "give the whole key, or a name"
        )
    return chosen[0]


def _state(key: ApiKey) -> str:
    if key.revoked_at:
        return "revoked"
    return "valid" if key.valid_at(datetime.now(UTC)) else "expired"


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else ""


def _shown(key: ApiKey) -> dict[str, object]:
    return {
        "name": key.name,
        "prefix": key.prefix,
        "scopes": sorted(key.scopes),
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "last_used_on": key.last_used_on,
        "state": _state(key),
    }
