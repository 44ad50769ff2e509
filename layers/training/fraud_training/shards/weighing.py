"""Joining what was found in the shards of a dataset, and whether it can be trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from fraud.domain.errors import DatasetError
from fraud.domain.findings import Finding
from fraud_training.ingest.diagnostics import Diagnostics
from fraud_training.ingest.findings import DatasetRejected, counted, finding
from fraud_training.ingest.layout import FormName
from fraud_training.shards.found import Found
from fraud_training.shards.shard import Shard, repeated_header_lines

MOST_TOLD = 20
"""Findings of one kind in files that cannot be read."""


class ShardRows(BaseModel):
    """A shard's usable rows, once they are on disk."""

    model_config = ConfigDict(frozen=True)

    part: str
    rows: int
    frauds: int


class Weighed(BaseModel):
    """What is known of a dataset when all its shards have been read.

    Attributes
    ----------
    sha256
        The digest of the shards' digests in ascending order, one in a line: it does not depend on
        the files' names.
    findings
        Warnings and notes.
    champion
        The enabled model at that time, which the new one is compared with.
    """

    form: FormName
    rows: int
    frauds: int
    sha256: str
    findings: tuple[Finding, ...]
    shards: tuple[ShardRows, ...]
    champion: str | None = None


def weigh(found: Iterable[tuple[Shard, Found | None]]) -> Weighed:
    """Join what was found in a dataset's shards.

    Parameters
    ----------
    found
        By ascending shard number; None for one that was given up.

    Raises
    ------
    DatasetRejected
        When the dataset has a finding of level error; its sentence names file and line.
    """
    union = _Union()
    for shard, of_shard in found:
        if of_shard is None:
            union.lost += 1
        else:
            union.add(shard, of_shard)
    return union.weighed()


@dataclass
class _Union:
    """What the shards so far have given."""

    diagnostics: Diagnostics | None = None
    rejected: list[Finding] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    shards: list[ShardRows] = field(default_factory=list)
    file: str = ""
    lines: int = 0
    lost: int = 0

    def add(self, shard: Shard, found: Found) -> None:
        if shard.file != self.file:
            self.file, self.lines = shard.file, 0
        self.rejected += [_named(f, shard.file) for f in found.rejected]
        diagnostics = found.diagnostics
        if diagnostics is None:
            return
        self.digests.append(found.sha256)
        tally = diagnostics.tally
        self.shards.append(ShardRows(part=shard.part, rows=tally.rows, frauds=tally.frauds))
        if self.diagnostics is None:
            self.diagnostics = Diagnostics(diagnostics.form, diagnostics.header)
        if self.diagnostics.form != diagnostics.form:
            self.rejected.append(_mixed(shard.file, diagnostics, self.diagnostics))
            return
        self.lines -= repeated_header_lines(shard)
        self.diagnostics.merge(diagnostics, shard.file, self.lines)
        self.lines += diagnostics.lines

    def weighed(self) -> Weighed:
        diagnostics, findings = _judged(self.rejected, self.diagnostics)
        tally = diagnostics.tally
        listed = "".join(f"{digest}\n" for digest in sorted(self.digests))
        return Weighed(
            form=diagnostics.form.name,
            rows=tally.rows,
            frauds=tally.frauds,
            sha256=hashlib.sha256(listed.encode()).hexdigest(),
            findings=(*findings, *_lost(self.lost)),
            shards=tuple(self.shards),
        )


def _judged(
    rejected: Sequence[Finding], diagnostics: Diagnostics | None
) -> tuple[Diagnostics, tuple[Finding, ...]]:
    """All findings; those of files that could not be read come first."""
    rejected = _fewer(rejected)
    if diagnostics is None:
        if not rejected:
            message = "None of the dataset's shards could be read; send the request again."
            raise DatasetError(message, code="lost_shards")
        raise DatasetRejected(rejected)
    try:
        findings = diagnostics.findings()
    except DatasetRejected as e:
        raise DatasetRejected((*rejected, *e.findings)) from None
    if rejected:
        raise DatasetRejected((*rejected, *findings))
    return diagnostics, findings


def _fewer(rejected: Sequence[Finding]) -> Sequence[Finding]:
    """The first findings of each kind, and how many more there are: a row holds 400 kB."""
    told: dict[str, list[Finding]] = {}
    for found in rejected:
        told.setdefault(found.code, []).append(found)
    return [
        found if at + 1 < MOST_TOLD or len(of_kind) == MOST_TOLD else _and_more(of_kind)
        for of_kind in told.values()
        for at, found in enumerate(of_kind[:MOST_TOLD])
    ]


def _and_more(of_kind: Sequence[Finding]) -> Finding:
    first = of_kind[0]
    files = counted(len(of_kind) - MOST_TOLD + 1, "file")
    return first.model_copy(update={"message": f"The same is so of {files} more."})


def _lost(shards: int) -> list[Finding]:
    if not shards:
        return []
    message = (
        f"{counted(shards, 'shard')} could not be read and are not in the model: so many failures "
        "were tolerated. Train again for the model of all rows."
    )
    return [finding("lost_shards", message)]


def _named(found: Finding, file: str) -> Finding:
    if file in found.message:
        return found
    return found.model_copy(update={"message": f"{file}: {found.message}"})


def _mixed(file: str, its: Diagnostics, others: Diagnostics) -> Finding:
    message = (
        f"{file} has the columns of the form {its.form.name!r}, the files before it those of "
        f"{others.form.name!r}; train on files of one form."
    )
    return finding("mixed_forms", message)
