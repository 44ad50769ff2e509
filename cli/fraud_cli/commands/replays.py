"""`fraud replay`, `fraud replays`: what would a model have done?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from fraud_cli.commands.following import follow
from fraud_cli.commands.model import connect
from fraud_cli.commands.options import AsJson, begin_of
from fraud_cli.errors import CliError
from fraud_cli.output import out, print_json, shown

OUTCOMES = ("approve", "review", "block")


def replay(
    name: Annotated[str, typer.Argument(help="The model's name.", show_default=False)],
    since: Annotated[
        str, typer.Option("--from", help="How long ago, such as 12h, 7d; or a time.")
    ] = "7d",
    until: Annotated[str, typer.Option("--to", help="The same; by default now.")] = "0m",
    wait: Annotated[bool, typer.Option("--wait", help="Stay until it has ended.")] = False,
    as_json: AsJson = False,
) -> None:
    """Score the logged predictions of a time with a model, beside what was answered."""
    now = datetime.now(UTC)
    moments = begin_of(since, now, "--from"), begin_of(until, now, "--to")
    with connect() as client:
        replay_id = client.replay(name, *(moment.isoformat() for moment in moments))
        found = (
            follow("replay", replay_id, client.find_replay)
            if wait
            else {"id": replay_id, "status": "pending"}
        )
    _show(found, as_json)


def replays(
    replay_id: Annotated[
        int | None, typer.Argument(help="One of them, with its result.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Which replays there are, newest first; or what came of one."""
    with connect() as client:
        if replay_id is not None:
            _show(client.find_replay(replay_id), as_json)
            return
        page = client.replays(limit)
    if as_json:
        print_json(page)
        return
    table = Table("id", "status", "progress", box=None)
    for column in ("model", "from", "to"):
        table.add_column(column, no_wrap=column == "model", overflow="fold")
    for one in page["replays"]:
        window = (one[name][:16] for name in ("from", "to"))
        progress = f"{one['progress']:.0%}"
        table.add_row(str(one["id"]), one["status"], progress, one["model"], *window)
    out.print(table if page["replays"] else "There are no replays yet: fraud replay NAME --wait")


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
    elif "result" in found:
        _show_result(found["model"], found["result"])
    elif found["status"] != "error":
        out.print(f"Replay {found['id']} is {found['status']}: fraud replays {found['id']}")
    if found["status"] == "error":
        if as_json:
            raise typer.Exit(1)
        raise CliError(f"replay {found['id']}: {found['error']['message']}")


def _show_result(model: str, result: dict[str, Any]) -> None:
    for sentence in result["summary"]:
        out.print(sentence)
    if not result["rows"]:
        return
    outcomes = Table("answered", box=None, padding=(0, 2, 0, 0))
    for name in OUTCOMES:
        outcomes.add_column(f"would {name}", justify="right")
    for name in OUTCOMES:
        outcomes.add_row(name, *(shown(result["outcomes"][name][now]) for now in OUTCOMES))
    sides = Table("", box=None, padding=(0, 2, 0, 0))
    for name in ("answered", model):
        sides.add_column(name, justify="right", overflow="fold")
    for label, then, now in _sides(result):
        sides.add_row(label, then, now)
    out.print(outcomes, sides, sep="\n\n")


def _sides(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    """A label, and what it was and would be."""
    alerts = result["alerts"]
    then, now = result["by_labels"]["answered"], result["by_labels"]["replayed"]
    return [
        ("called fraud", shown(alerts["answered"]), shown(alerts["replayed"])),
        *(
            (name, _with_interval(then, name), _with_interval(now, name))
            for name in ("precision", "recall", "f1")
        ),
        ("labels", shown(then["labels"]), shown(now["labels"])),
    ]


def _with_interval(side: dict[str, Any], name: str) -> str:
    interval = side["intervals"].get(name)
    if interval is None:
        return "-"
    return f"{side[name]:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"
