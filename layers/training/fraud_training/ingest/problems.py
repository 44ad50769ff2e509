"""Bad rows and values, counted while reading and turned into findings at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fraud.domain.features import TYPE_CODES
from fraud.domain.findings import Finding
from fraud_training.ingest.findings import counted, finding

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
    """

    code: str
    column: str | None
    rows: int
    line: int
    examples: tuple[str, ...] = ()
    span: str = ""

    def finding(self) -> Finding:
        """What is said about it."""
        text = _MESSAGES[self.code].format(
            rows=counted(self.rows, "row"),
            where=f"first in line {self.line:,}",
            column=self.column,
            examples=", ".join(self.examples),
            range=self.span,
        )
        return finding(
            self.code, f"{text[0].upper()}{text[1:]}." if self.column is None else f"{text}.",
            column=self.column, rows=self.rows,
        )  # fmt: skip


@dataclass(slots=True)
class Problems:
    """Faults of the whole file so far, by code and column in order of appearance."""

    found: dict[tuple[str, str | None], Problem] = field(default_factory=dict)

    def add(self, problems: Iterable[Problem], first_line: int) -> None:
        """Take in a block's problems; `first_line` is the block's first line in the file."""
        for new in problems:
            known = self.found.get((new.code, new.column))
            if known is None:
                new.line += first_line
                self.found[new.code, new.column] = new
                continue
            known.rows += new.rows
            merged = dict.fromkeys((*known.examples, *new.examples))
            known.examples = tuple(merged)[:MAX_EXAMPLES]

    @property
    def hopeless(self) -> bool:
        """Whether reading on is pointless."""
        bad = (p.rows for p in self.found.values() if p.code != "negative_balances")
        return sum(bad) > MAX_BAD_ROWS

    def findings(self) -> list[Finding]:
        """One finding per code and column."""
        return [problem.finding() for problem in self.found.values()]
