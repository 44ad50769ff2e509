"""One line of CSV as its cells, however long they are."""

from __future__ import annotations

import csv
import sys

# The limit, 131,072 characters at first, is the whole process's. Pandas has none, so with it the
# same row would be sound in one block and not in another; blocks of lines are bounded as they are.
csv.field_size_limit(sys.maxsize)


def cells_of(line: str) -> list[str] | None:
    """Take a line without its end apart; None where its quotes are not closed."""
    # The reader asks for the next line when quotes are still open.
    reader = csv.reader([line, ""])
    cells = next(reader)
    return cells if reader.line_num == 1 else None
