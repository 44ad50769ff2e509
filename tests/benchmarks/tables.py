"""Readable tables: what every benchmark prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

WIDTH = 120
out = Console(highlight=False, width=WIDTH)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """One table; the first column holds names, the others numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    out.print()
    out.print(table)


def print_targets(rows: Iterable[tuple[str, str, str, bool]]) -> None:
    """What was wanted, what was measured, and whether that is enough."""
    print_table(
        "Targets",
        ("", "target", "measured", "met"),
        [(name, target, got, "yes" if met else "NO") for name, target, got, met in rows],
    )


def fraction(ours: float, other: float) -> str:
    """A part of another number, as people say it: 1/43.6, or 2.04x."""
    return f"1/{other / ours:.1f}" if ours < other else f"{ours / other:.2f}x"
