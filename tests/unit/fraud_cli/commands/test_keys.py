"""Keys from the terminal: which of them a name or a beginning means."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from fraud.domain.keys import ApiKey
from fraud_cli.commands import keys
from fraud_cli.errors import WrongUsage
from fraud_cli.main import app

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)

type Run = Callable[..., str]


class Table:
    """A stack's keys, held in memory."""

    def __init__(self) -> None:
        self.held: dict[str, ApiKey] = {}

    def put(self, key: ApiKey) -> None:
        self.held[key.key_hash] = key

    def all(self) -> list[ApiKey]:
        return list(self.held.values())

    def revoke(self, key_hash: str, now: datetime) -> None:
        self.held[key_hash] = self.held[key_hash].model_copy(update={"revoked_at": now})

    def revoked(self) -> list[str]:
        return sorted(key.name for key in self.all() if key.revoked_at)


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, table: Table) -> Run:
    """Runs `fraud keys ...` on a stack that has this table."""
    deployment = SimpleNamespace(key_environment="live", keys=lambda: table, usage=lambda: None)
    monkeypatch.setattr(keys, "find_deployment", lambda *_: deployment)

    def command(*args: str) -> str:
        done = CliRunner().invoke(app, ["keys", *args])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output

    return command


def test_a_name_that_no_client_can_have_is_wrong_usage(run: Run, table: Table) -> None:
    with pytest.raises(WrongUsage, match="name"):
        run("create", "two words")
    assert table.all() == []
