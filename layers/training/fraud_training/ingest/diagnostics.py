"""What one pass over rows says of a dataset; what passes over its shards say adds up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fraud.domain.findings import Finding, Level
from fraud_training.ingest.blocks import BlockRecords
from fraud_training.ingest.duplicates import DuplicateCounter
from fraud_training.ingest.findings import DatasetRejected, counted, finding
from fraud_training.ingest.layout import Form
from fraud_training.ingest.problems import Problems
from fraud_training.ingest.tally import Tally

DUPLICATE_SHARE = 0.01


@dataclass
class Diagnostics:
    """What has been seen of a dataset so far.

    Attributes
    ----------
    header
        What is to be said about the header.
    lines
        Lines of the file so far, its header's among them.
    rows
        Rows so far, unusable ones too.
    """

    form: Form
    header: Sequence[Finding]
    lines: int = 0
    rows: int = 0
    problems: Problems = field(default_factory=Problems)
    duplicates: DuplicateCounter = field(default_factory=DuplicateCounter)
    tally: Tally = field(init=False)

    def __post_init__(self) -> None:
        self.tally = Tally(self.form)

    def add(self, block: BlockRecords) -> None:
        """Take in the next lines of the file."""
        self.problems.add(block.problems, self.lines + 1)
        self.lines += block.lines
        self.rows += block.rows
        self.tally.add(block.records)
        self.duplicates.add(block.records["key"])

    def merge(self, other: Diagnostics, file: str, lines_before: int) -> None:
        """Take in what was found in another shard.

        Parameters
        ----------
        other
            Of the same form.
        file, lines_before
            The shard's file, and how many of its lines come before those that `other` counts.
        """
        self.header = tuple(dict.fromkeys((*self.header, *other.header)))
        self.rows += other.rows
        self.problems.add(other.problems.found.values(), lines_before, file)
        self.duplicates.merge(other.duplicates)
        self.tally.merge(other.tally)

    def findings(self) -> tuple[Finding, ...]:
        """All that is to be said.

        Raises
        ------
        DatasetRejected
            When there is an error among it; carries all findings.
        """
        findings = tuple(self._findings())
        if any(f.level is Level.ERROR for f in findings):
            raise DatasetRejected(findings)
        return findings

    def _findings(self) -> Iterator[Finding]:
        yield from self.header
        yield from self.problems.findings()
        codes = {code for code, _ in self.problems.found}
        if not self.problems.hopeless and "bad_labels" not in codes:
            yield from self.tally.class_findings(self.rows)
        yield from self.tally.column_findings()
        repeated, exact = self.duplicates.duplicated()
        if repeated and repeated >= DUPLICATE_SHARE * self.tally.rows:
            about = "" if exact else "About "
            yield finding(
                "duplicated_rows",
                f"{about}{counted(repeated, 'row')} repeat an earlier one in all columns that are "
                "read (account names are not); check the export for rows taken twice.",
                rows=repeated,
            )
        yield from self.tally.drift_findings()
