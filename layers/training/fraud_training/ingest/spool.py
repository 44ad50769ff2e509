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

from fraud.domain.findings import Finding
from fraud_training.ingest.blocks import BlockRecords, read_block, record_dtype
from fraud_training.ingest.diagnostics import Diagnostics
from fraud_training.ingest.layout import FORMS, FormName, Layout
from fraud_training.ingest.opening import read_opening
from fraud_training.ingest.source import Source

MAX_UNPACKED_BYTES = 16 * 2**30


@dataclass(frozen=True)
class Spool:
    """A validated dataset on disk, or a shard of one.

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

    @classmethod
    def of(
        cls,
        path: Path,
        form: FormName,
        rows: int,
        frauds: int,
        sha256: str = "",
        findings: tuple[Finding, ...] = (),
    ) -> Spool:
        """Records of a form that have been written to disk."""
        layout = FORMS[form]
        dtype = record_dtype(layout)
        return cls(path, dtype, rows, frauds, form, layout.columns, sha256, findings)

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
        diagnostics, sha256 = survey(
            source, spool_path, on_progress=on_progress, max_bytes=max_bytes
        )
        findings = diagnostics.findings()
    except BaseException:
        spool_path.unlink(missing_ok=True)
        raise
    tally = diagnostics.tally
    form = diagnostics.form.name
    return Spool.of(spool_path, form, tally.rows, tally.frauds, sha256, findings)


def survey(
    source: Path,
    spool_path: Path,
    *,
    on_progress: Callable[[float], None] | None = None,
    max_bytes: int = MAX_UNPACKED_BYTES,
) -> tuple[Diagnostics, str]:
    """Write the usable records of a file or shard to disk, and find out what is in it.

    As `read_csv`, without a judgement: a shard may have no frauds, and its dataset many.

    Returns
    -------
    tuple
        What was found, and the SHA-256 of the bytes as they were given.

    Raises
    ------
    DatasetRejected
        When this is not a CSV file at all, or its header is not of a known form.
    """
    with Source(source, max_bytes) as opened:
        layout, header, rest, lines = read_opening(opened.block())
        diagnostics = Diagnostics(layout.form, header, lines)
        with spool_path.open("wb") as spool:
            for block in _blocks(opened, layout, rest):
                diagnostics.add(block)
                spool.write(block.records.data)
                if on_progress:
                    on_progress(opened.progress)
                if diagnostics.problems.hopeless:
                    break
        return diagnostics, opened.sha256


def _blocks(source: Source, layout: Layout, rest: bytes) -> Iterator[BlockRecords]:
    """Parse blocks on all cores, a few ahead, and give them back in the file's order."""
    workers = os.process_cpu_count() or 1
    ahead: deque[Future[BlockRecords]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        text = rest or source.block()
        while text:
            ahead.append(pool.submit(read_block, text, layout))
            if len(ahead) > workers:
                yield ahead.popleft().result()
            text = source.block()
        while ahead:
            yield ahead.popleft().result()
