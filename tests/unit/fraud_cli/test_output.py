"""What a person gets to read is what was said: nothing in it is taken for a style."""

from collections.abc import Callable

import pytest
from rich.table import Table

from fraud_cli.output import err, out, print_facts

QUOTED = "[/x] [red] :warning: [bold]x[/bold]"


def in_a_table(text: str) -> None:
    table = Table("column")
    table.add_row(text)
    out.print(table)


@pytest.mark.parametrize(
    "show",
    [
        out.print,
        err.print,
        lambda text: print_facts("Facts", {"value": text}),
        lambda text: print_facts("Facts", {text: 1}),
        lambda text: print_facts(text, {"value": 1}),
        lambda text: out.print(Table(text)),
        in_a_table,
    ],
    ids=["sentence", "error", "value", "name", "title", "column", "cell"],
)
def test_brackets_are_shown_as_they_are(
    show: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    show(QUOTED)
    shown = "".join(capsys.readouterr())
    assert "".join(QUOTED.split()) in "".join(shown.split())
