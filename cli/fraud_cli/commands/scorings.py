"""`fraud score`, `fraud scorings`: whole files of transactions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from fraud_cli.client import ApiClient
from fraud_cli.commands.counted import show_counts
from fraud_cli.commands.following import follow
from fraud_cli.commands.local_scoring import score_here
from fraud_cli.commands.model import connect
from fraud_cli.commands.options import AsJson, files_of
from fraud_cli.commands.scored_files import fetch_result
from fraud_cli.errors import FAILED, CliError
from fraud_cli.output import err, out, print_json

WITHOUT_RESULT = frozenset({"error", "cancelled"})

NOT_MERGED = {
    "not_asked": "One file was not asked for",
    "failed_ranges": "Ranges failed, and what is left is not one file",
    "headers_differ": "The files' headers differ, so that their rows are not one file",
    "too_large": "The result is too large for one file",
    "too_many_parts": "There are too many parts for one file",
    "too_slow": "Putting the parts into one file took too long",
    None: "The result is not one file",
}


def score(
    dataset: Annotated[
        str,
        typer.Argument(
            help="CSV file, plain or gzipped, or a link to one (http, https, s3); an s3 link that "
            "ends with a slash for all files below it. With --local also a directory or a pattern."
        ),
    ],
    target: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Where the scored rows go; by default NAME.scored.csv."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="A model's name, by default the enabled one's; with --local its folder."),
    ] = None,
    reasons: Annotated[
        bool,
        typer.Option("--reasons", help="Say why, in a column; takes 15 times as long."),
    ] = False,
    local: Annotated[
        bool, typer.Option("--local", help="On this machine alone, with all its cores.")
    ] = False,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Only ask for it; `fraud scorings ID` follows it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Score whole files: every row once, its columns kept, scores added.

    Ctrl-C while it waits calls the scoring off; with --no-wait it goes on by itself.
    """
    target = target or Path(f"{_stem(dataset)}.scored.csv")
    if target.is_dir():
        raise CliError(f"{target} is a directory", "name a file with -o")
    if local:
        score_here(files_of(dataset), model, target, reasons=reasons, as_json=as_json)
        return
    with connect() as client:
        request: dict[str, Any] = {"dataset": _link(dataset, client), "reasons": reasons}
        if model:
            request["model"] = model
        scoring_id = client.score(request)
        if no_wait:
            _show({"id": scoring_id, "status": "pending"}, as_json)
            return
        _end(client, _watched(client, scoring_id), target, as_json)


def scorings(
    scoring_id: Annotated[
        str | None, typer.Argument(help="One of them.", show_default=False)
    ] = None,
    target: Annotated[
        Path | None, typer.Option("--out", "-o", help="Fetch its result into this file.")
    ] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Call it off.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Which bulk scorings there are, newest first; or how one is going."""
    with connect() as client:
        if scoring_id is not None:
            if cancel:
                _show_cancelled(client.cancel_scoring(scoring_id), as_json)
            else:
                _end(client, client.scoring(scoring_id), target, as_json)
            return
        if cancel or target:
            raise typer.BadParameter("name a scoring, sc_...")
        page = client.scorings(limit)
    if as_json:
        print_json(page)
        return
    table = Table(box=None)
    for column in ("id", "status", "rows", "dataset", "created"):
        table.add_column(column, no_wrap=column == "id", overflow="fold")
    for one in page["scorings"]:
        rows = "-" if one["rows"] is None else f"{one['rows']:,}"
        cells = (one["id"], one["status"], rows, one["dataset"], one["created_at"][:16])
        table.add_row(*cells)
    out.print(table if page["scorings"] else "There are no scorings yet: fraud score FILE")


def _stem(dataset: str) -> str:
    name = dataset.rstrip("/").rpartition("/")[2].partition("?")[0]
    stem = name.removesuffix(".gz").removesuffix(".csv")
    return stem if stem and not set(stem) & set("*?[") else "transactions"


def _link(dataset: str, client: ApiClient) -> str:
    if "://" in dataset:
        return dataset
    if Path(dataset).is_file():
        return client.upload(Path(dataset))
    raise CliError(
        f"{dataset} is neither a file nor a link",
        "for several files put them below one s3:// link, or use --local",
    )


def _watched(client: ApiClient, scoring_id: str) -> dict[str, Any]:
    try:
        return follow("scoring", scoring_id, client.scoring)
    except KeyboardInterrupt:
        _call_off(client, scoring_id)
        raise


def _call_off(client: ApiClient, scoring_id: str) -> None:
    """Cancel a scoring whose wait was interrupted, and say whether that was possible."""
    try:
        client.cancel_scoring(scoring_id)
    except CliError as e:
        err.print(f"{scoring_id} is not cancelled: {e.message}", soft_wrap=True)
        err.print(f"see fraud scorings {scoring_id}", soft_wrap=True, style="dim")
    else:
        err.print(f"{scoring_id} is cancelled")


def _end(client: ApiClient, found: dict[str, Any], target: Path | None, as_json: bool) -> None:
    """Fetch the result of a scoring that has one, and show how it went."""
    if found["links"] and target:
        found = found | fetch_result(client, found, target)
    _show(found, as_json)


def _show_cancelled(cancelled: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(cancelled)
    else:
        out.print(f"Scoring {cancelled['id']} is cancelled.", soft_wrap=True)


def _show(found: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        _check_whole(found)
        if found["status"] in WITHOUT_RESULT:
            raise typer.Exit(FAILED)
        return
    if found["status"] == "error":
        raise CliError(f"scoring {found['id']}: {found['error']['message']}")
    if found["status"] == "cancelled":
        raise CliError(f"scoring {found['id']} was cancelled; it has no result")
    if found["status"] != "processed":
        said = f"Scoring {found['id']} is {found['status']}: fraud scorings {found['id']}"
        out.print(said, soft_wrap=True)
        return
    cost = found["plan"]["estimated_cost"]["total_usd"]
    show_counts(
        {"scoring": found["id"], "model": found["plan"]["model"]["name"]},
        found["outcomes"],
        found["refused"],
        {
            "cost on AWS, about": f"{cost:.6f} USD",
            "file": found.get("file"),
            "refused rows": found.get("refused_file"),
        },
    )
    if found.get("file") and found["links"]["merged"] is None:
        why = NOT_MERGED[found["result"]["not_merged"]]
        parts = found["file"].removesuffix(".manifest.json") + ".parts"
        out.print(f"{why}; its parts are in {parts}, the manifest lists them.", soft_wrap=True)
    _check_whole(found)


def _check_whole(found: Mapping[str, Any]) -> None:
    """Warn of rows that a result lacks, and exit as a failure does."""
    failed = found["result"]["failed_parts"] if found.get("result") else 0
    if failed:
        err.print(
            f"{failed:,} of {found['plan']['shards']:,} ranges failed: their rows are missing; the "
            "manifest lists them",
            soft_wrap=True,
        )
        raise typer.Exit(FAILED)
