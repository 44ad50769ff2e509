"""Fetching a result from a presigned link."""

from __future__ import annotations

from pathlib import Path

import httpx

from fraud_cli.errors import CliError

TIMEOUT_S = 60.0


def fetch(link: str, target: Path) -> None:
    """Fetch what a link leads to, into a file that is there whole or not at all.

    Raises
    ------
    CliError
        When it cannot be fetched or written.
    """
    partial = target.with_name(f".{target.name}.partial")
    try:
        with (
            httpx.stream("GET", link, timeout=TIMEOUT_S, trust_env=False) as answer,
            partial.open("wb") as file,
        ):
            answer.raise_for_status()
            for piece in answer.iter_bytes(1 << 20):
                file.write(piece)
        partial.replace(target)
    except (httpx.HTTPError, OSError) as e:
        raise CliError(f"the result could not be put into {target}: {e}") from e
    finally:
        partial.unlink(missing_ok=True)
