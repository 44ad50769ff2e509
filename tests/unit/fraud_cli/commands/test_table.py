"""The help teaches: every command has a place and examples, and the examples parse."""

import shlex

import pytest
import typer

from fraud_cli.commands.table import COMMANDS, Entry
from fraud_cli.main import app

EXAMPLES = [(entry, example) for entry in COMMANDS for example in entry.examples]


def parsed(example: str) -> typer.Context:
    """The context of the command that an example names; nothing is run."""
    words = shlex.split(example.partition(" > ")[0].partition(" < ")[0])
    assert words.pop(0) == "fraud"
    command = typer.main.get_command(app)
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    return command.make_context(command.name, words)  # type: ignore[no-any-return]


@pytest.mark.parametrize(("entry", "example"), EXAMPLES, ids=[example for _, example in EXAMPLES])
def test_an_example_is_a_call_of_its_command(entry: Entry, example: str) -> None:
    context = parsed(example)
    assert context.command.callback.__name__ == entry.run.__name__  # type: ignore[union-attr]


def test_every_command_is_in_the_table() -> None:
    def names(command: object, above: str = "") -> set[str]:
        below = getattr(command, "commands", None)
        if below is None:
            return {above.strip()}
        return set().union(*(names(held, f"{above} {name}") for name, held in below.items()))

    listed = {f"{e.group or ''} {e.name or e.run.__name__}".strip() for e in COMMANDS}
    assert names(typer.main.get_command(app)) == listed


def test_every_command_can_answer_in_json() -> None:
    for entry in COMMANDS:
        options = {option for p in parsed(entry.examples[0]).command.params for option in p.opts}
        assert "--json" in options, entry.run.__name__
