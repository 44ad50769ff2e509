"""Bad rows and values, counted while reading and turned into findings at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fraud.domain.features import TYPE_CODES
from fraud.domain.findings import Finding, Level
from fraud_training.ingest.findings import LEVELS, counted, finding

MAX_BAD_ROWS = 10_000
"""Reading stops after this many: such a file is garbage, however long it is."""

MAX_EXAMPLES = 5

_MESSAGES: Mapping[str, str] = {
    "wrong_encoding": "{rows} not UTF-8, {where}; save the file as UTF-8",
    "ragged_rows": (
        "{rows} with another number of fields than the header, {where} ({examples}); a line break "
        "within quotes counts as the end of a row"
    ),
    "missing_values": "{column} is missing in {rows}, {where}; fill or drop these rows",
    "unparseable_numbers": (
        "{column} is not a number in {rows}, {where} ({examples}); "
        "write plain decimals such as 1234.56"
    ),
    "infinite_values": "{column} is infinite in {rows}, {where} ({examples}); drop these rows",
    "negative_values": (
        "{column} is negative in {rows}, {where} ({examples}); amounts count from 0"
    ),
    "negative_balances": "{column} is negative in {rows}, {where} ({examples}): overdrawn accounts",
    "values_out_of_range": "{column} is out of range in {rows}, {where} ({examples}); {range}",
    "unknown_types": (
        "{column} is none of the known kinds in {rows}, {where} ({examples}); use "
        + ", ".join(TYPE_CODES)
    ),
    "bad_labels": (
        "{column} is neither 0 nor 1 in {rows}, {where} ({examples}); "
        "write 1 for fraud and 0 for legitimate"
    ),
}


@dataclass(slots=True)
class Problem:
    """One kind of fault in one column: how many rows, the first line, and up to five values.

    Within a block `line` counts from the block's first line, merged ones from the file's first.
    `file` names the file of that line where a dataset has several.
    """

    code: str
    column: str | None = None
    rows: int = 0
    line: int = 0
    examples: tuple[str, ...] = ()
    span: str = ""
    file: str = ""

    @property
    def usable(self) -> bool:
        """Whether the rows can be used all the same."""
        return LEVELS[self.code] is not Level.ERROR

    def add(self, line: int, rows: int = 1, examples: Iterable[str] = ()) -> None:
        """Count more rows, the first of them in a line after those known."""
        if not self.rows:
            self.line = line
        self.rows += rows
        self.examples = tuple(dict.fromkeys((*self.examples, *examples)))[:MAX_EXAMPLES]

    def finding(self) -> Finding:
        """What is said about it."""
        text = _MESSAGES[self.code].format(
            rows=counted(self.rows, "row"),
            where=f"first in line {self.line:,}" + (f" of {self.file}" if self.file else ""),
            column=self.column,
            examples=", ".join(self.examples),
            range=self.span,
        )
        text = text if self.column else text[0].upper() + text[1:]
        return finding(self.code, f"{text}.", column=self.column, rows=self.rows)


@dataclass(slots=True)
class Problems:
    """Faults of the whole dataset so far, by code and column in order of appearance."""

    found: dict[tuple[str, str | None], Problem] = field(default_factory=dict)

    def add(self, problems: Iterable[Problem], first_line: int, file: str = "") -> None:
        """Take in a part's problems, whose lines count from `first_line` of the file."""
        for new in problems:
            same = Problem(new.code, new.column, span=new.span, file=file)
            known = self.found.setdefault((new.code, new.column), same)
            known.add(first_line + new.line, new.rows, new.examples)

    @property
    def hopeless(self) -> bool:
        """Whether reading on is pointless."""
        return sum(p.rows for p in self.found.values() if not p.usable) > MAX_BAD_ROWS

    def findings(self) -> list[Finding]:
        """One finding per code and column."""
        return [problem.finding() for problem in self.found.values()]
