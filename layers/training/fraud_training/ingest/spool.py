"""A dataset as compact records on disk, and the pass over a CSV file that makes them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fraud.domain.findings import Finding, Level
from fraud_training.ingest.blocks import BlockRecords, read_block, record_dtype
from fraud_training.ingest.duplicates import DuplicateCounter
from fraud_training.ingest.findings import DatasetRejected, counted, finding
from fraud_training.ingest.layout import FormName
from fraud_training.ingest.opening import read_opening
from fraud_training.ingest.problems import Problems
from fraud_training.ingest.source import Source
from fraud_training.ingest.tally import Tally

MAX_UNPACKED_BYTES = 16 * 2**30
DUPLICATE_SHARE = 0.01


@dataclass(frozen=True)
class Spool:
    """A validated dataset on disk.

    `dtype` has the fields `key` (uint64, `row_keys`), `label` (uint8) and one per name in
    `columns`, small whole numbers as small integers and `type` as the code of `TYPE_CODES`.
    `sha256` is the digest of the file as it was given; `findings` are warnings and notes.
    """

    path: Path
    dtype: np.dtype[np.void]
    rows: int
    frauds: int
    form: FormName
    columns: tuple[str, ...]
    sha256: str
    findings: tuple[Finding, ...]

    def chunks(self, rows: int = 262_144) -> Iterator[NDArray[np.void]]:
        """Read all records again, in the file's order.

        Plain reads, not a memory map, whose pages would count as the process's memory.

        Parameters
        ----------
        rows
            Records per chunk, the last one may have fewer.
        """
        with self.path.open("rb") as file:
            while len(records := np.fromfile(file, dtype=self.dtype, count=rows)):
                yield records


def read_csv(
    source: Path,
    spool_path: Path,
    *,
    on_progress: Callable[[float], None] | None = None,
    max_bytes: int = MAX_UNPACKED_BYTES,
) -> Spool:
    """Validate a CSV file of any length and write its records to disk, in bounded memory.

    Parameters
    ----------
    source
        The file, plain or gzipped, in either form of `FORMS`.
    spool_path
        Where the records go; removed again when the file is rejected.
    on_progress
        Told the share of the file that has been read, from 0 to 1.
    max_bytes
        Bytes a gzip file may unpack to.

    Raises
    ------
    DatasetRejected
        When the file has a finding of level error; carries all findings.
    """
    try:
        with Source(source, max_bytes) as opened:
            return _Pass(opened, on_progress or (lambda _: None)).run(spool_path)
    except BaseException:
        spool_path.unlink(missing_ok=True)
        raise


class _Pass:
    """One pass over a file: what has been seen so far."""

    def __init__(self, source: Source, on_progress: Callable[[float], None]) -> None:
        self._source = source
        self._on_progress = on_progress
        self._layout, self._header_findings, self._rest, self._lines = read_opening(source.block())
        self._rows = 0
        self._problems = Problems()
        self._duplicates = DuplicateCounter()
        self._tally = Tally(self._layout.form)

    def run(self, path: Path) -> Spool:
        with path.open("wb") as spool:
            for block in self._blocks():
                self._problems.add(block.problems, self._lines + 1)
                self._lines += block.lines
                self._rows += block.rows
                self._tally.add(block.records)
                self._duplicates.add(block.records["key"])
                spool.write(block.records.data)
                self._on_progress(self._source.progress)
                if self._problems.hopeless:
                    break
        findings = tuple(self._findings())
        if any(f.level is Level.ERROR for f in findings):
            raise DatasetRejected(findings)
        form = self._layout.form
        return Spool(
            path=path,
            dtype=record_dtype(form),
            rows=self._tally.rows,
            frauds=self._tally.frauds,
            form=form.name,
            columns=form.columns,
            sha256=self._source.sha256,
            findings=findings,
        )

    def _blocks(self) -> Iterator[BlockRecords]:
        """Parse blocks on all cores, a few ahead, and give them back in the file's order."""
        workers = os.process_cpu_count() or 1
        ahead: deque[Future[BlockRecords]] = deque()
        with ThreadPoolExecutor(workers) as pool:
            text = self._rest or self._source.block()
            while text:
                ahead.append(pool.submit(read_block, text, self._layout))
                if len(ahead) > workers:
                    yield ahead.popleft().result()
                text = self._source.block()
            while ahead:
                yield ahead.popleft().result()

    def _findings(self) -> Iterator[Finding]:
        yield from self._header_findings
        yield from self._problems.findings()
        codes = {code for code, _ in self._problems.found}
        if not self._problems.hopeless and "bad_labels" not in codes:
            yield from self._tally.class_findings(self._rows)
        yield from self._tally.column_findings()
        repeated, exact = self._duplicates.duplicated()
        if repeated and repeated >= DUPLICATE_SHARE * self._tally.rows:
            about = "" if exact else "About "
            yield finding(
                "duplicated_rows",
                f"{about}{counted(repeated, 'row')} repeat an earlier one in all columns that are "
                "read (account names are not); check the export for rows taken twice.",
                rows=repeated,
            )
        yield from self._tally.drift_findings()
