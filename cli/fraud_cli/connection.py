"""Which API the commands talk to, and with which key.

`fraud up` leaves the local stack's URL and key in its state directory; the environment variables
`FRAUD_API_URL` and `FRAUD_API_KEY` take precedence, for a stack on AWS.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from fraud_cli.errors import Unreachable


def state_dir(project_dir: Path) -> Path:
    """Where the local stack and its connection are kept: `.fraud`, or FRAUD_STATE_DIR."""
    return Path(os.environ.get("FRAUD_STATE_DIR") or project_dir / ".fraud")


@dataclass(frozen=True)
class Connection:
    """An API's address and a key for it."""

    api_url: str
    api_key: str | None = field(repr=False)


def connection_file(project_dir: Path) -> Path:
    """Where the local stack's connection is kept."""
    return state_dir(project_dir) / "connection.json"


def save_connection(project_dir: Path, connection: Connection) -> None:
    """Keep a connection for later commands, readable by its owner only."""
    path = connection_file(project_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(connection)), encoding="utf-8")


def saved_connection(project_dir: Path) -> Connection | None:
    """The connection `fraud up` left, if any."""
    try:
        return Connection(**json.loads(connection_file(project_dir).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def find_connection(project_dir: Path) -> Connection:
    """The connection to use.

    Raises
    ------
    Unreachable
        When there is none.
    """
    saved = saved_connection(project_dir)
    url = os.environ.get("FRAUD_API_URL") or (saved.api_url if saved else None)
    if url is None:
        raise Unreachable(
            "there is no API to talk to",
            "run `fraud up` for a local one, or set FRAUD_API_URL and FRAUD_API_KEY",
        )
    key = os.environ.get("FRAUD_API_KEY") or (saved.api_key if saved else None)
    return Connection(url.rstrip("/"), key)
