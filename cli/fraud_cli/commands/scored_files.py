"""The files that a scoring has left, fetched."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fraud_cli.client import ApiClient
from fraud_cli.downloads import fetch
from fraud_cli.errors import CliError


def fetch_result(client: ApiClient, found: Mapping[str, Any], target: Path) -> dict[str, str]:
    """Fetch a scoring's result: one file with the refused rows beside it, or all its parts.

    Returns
    -------
    dict
        `file` and, where rows were refused, `refused_file`: what was written. Of a result in parts
        `file` is its manifest, and the parts are in a folder of their own.

    Raises
    ------
    CliError
        When something cannot be fetched or written.
    """
    links = found["links"]
    if links["merged"] is None:
        _fetch_parts(client, found["id"], target.with_name(f"{target.name}.parts"))
        manifest = target.with_name(f"{target.name}.manifest.json")
        fetch(links["manifest"], manifest)
        return {"file": str(manifest)}
    fetch(links["merged"], target)
    if not found["refused"]:
        return {"file": str(target)}
    refused = target.with_name(f"{target.stem}.refused.csv")
    _fetch_refused(client, found, refused)
    return {"file": str(target), "refused_file": str(refused)}


def _fetch_refused(client: ApiClient, found: Mapping[str, Any], target: Path) -> None:
    """Fetch the rows without a score of all parts, below one header."""
    links = (part["refused"] for part in client.scoring_parts(found["id"]) if part["refused"])
    with TemporaryDirectory() as scratch:
        joined, fetched = Path(scratch) / "joined", Path(scratch) / "fetched"
        with joined.open("wb") as file:
            # Not every page is asked for: most ranges refuse nothing.
            for number, link in enumerate(islice(links, found["result"]["refused_parts"])):
                fetch(link, fetched)
                with fetched.open("rb") as part:
                    if number:
                        part.readline()
                    shutil.copyfileobj(part, file)
        shutil.move(joined, target)


def _fetch_parts(client: ApiClient, scoring_id: str, folder: Path) -> None:
    """Fetch what is not one file, and the refused rows of each part beside it."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CliError(f"{folder} is there already, and not empty", "name another file with -o")
    folder.mkdir(exist_ok=True)
    for part in client.scoring_parts(scoring_id):
        fetch(part["link"], folder / f"{part['name']}.csv")
        if part["refused"]:
            fetch(part["refused"], folder / f"{part['name']}.refused.csv")
