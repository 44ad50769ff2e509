"""Keys from the terminal: which of them a name or a beginning means."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from fraud.domain.keys import ApiKey, NewKey, Scope, create_key
from fraud_cli.commands import keys
from fraud_cli.errors import CliError, WrongUsage
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


@pytest.fixture
def made(table: Table) -> dict[str, NewKey]:
    """A key each of shop and trainer."""
    new = {name: create_key("live", name, [Scope.READ], NOW) for name in ("shop", "trainer")}
    while new["shop"].record.prefix == new["trainer"].record.prefix:  # once in 15 million runs
        new["trainer"] = create_key("live", "trainer", [Scope.READ], NOW)
    for one in new.values():
        table.put(one.record)
    return new


@pytest.mark.parametrize("chars", [12, 13, 30, 56, 57])
def test_a_beginning_of_any_length_means_its_key(
    run: Run, table: Table, made: dict[str, NewKey], chars: int
) -> None:
    assert "Revoked fd_live_" in run("revoke", made["shop"].key[:chars])
    assert table.revoked() == ["shop"]


def test_a_name_means_all_keys_of_that_name(run: Run, table: Table, made: object) -> None:
    table.put(create_key("live", "shop", [Scope.PREDICT], NOW).record)
    run("revoke", "shop")
    assert table.revoked() == ["shop", "shop"]


@pytest.mark.parametrize("chars", [3, 7, 8, 11])
def test_less_than_a_prefix_is_refused(
    run: Run, table: Table, made: dict[str, NewKey], chars: int
) -> None:
    with pytest.raises(WrongUsage, match="too little") as refused:
        run("revoke", made["shop"].key[:chars])
    assert "fd_live_9mQw" in (refused.value.hint or "")
    assert table.revoked() == []


def test_a_beginning_of_two_keys_is_refused_and_a_whole_key_is_not(
    run: Run, table: Table, made: dict[str, NewKey]
) -> None:
    key = made["shop"].key
    other = made["trainer"].record.model_copy(update={"prefix": key[:12]})
    table.put(other)
    with pytest.raises(CliError, match=r"2 keys begin with fd_live_\w{4}… \(of shop, trainer\)"):
        run("revoke", key[:20])
    assert table.revoked() == []
    run("revoke", key)
    assert table.revoked() == ["shop"]


def test_a_whole_key_that_is_none_revokes_none_and_is_not_repeated(
    run: Run, table: Table, made: dict[str, NewKey]
) -> None:
    mistyped = made["shop"].key[:-1] + ("0" if made["shop"].key[-1] != "0" else "1")
    with pytest.raises(CliError, match=r"no key fd_live_\w{4}…$"):
        run("revoke", mistyped)
    with pytest.raises(CliError, match=r"no key nobody$"):
        run("revoke", "nobody")
    assert table.revoked() == []
