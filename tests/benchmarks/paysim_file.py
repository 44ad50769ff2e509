"""The real PaySim run that training is measured on, and the same at twice the rows."""

from __future__ import annotations

import lzma
import os
import shutil
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
COMPRESSED = PROJECT.parent / "shared" / "data" / "paysim_simulated.csv.xz"
AMOUNT = 2
AMOUNT_SHIFT = 1.0


def unpacked(work_dir: Path) -> Path:
    """Unpack the shared file into a directory.

    Raises
    ------
    SystemExit
        When this checkout has no shared data beside it.
    """
    if not COMPRESSED.is_file():
        raise SystemExit(f"there is no {COMPRESSED}; name a PaySim file with --csv")
    path = work_dir / COMPRESSED.stem
    with lzma.open(COMPRESSED) as packed, path.open("wb") as plain:
        shutil.copyfileobj(packed, plain, 1 << 20)
    return path


def opening(csv: Path, size_bytes: int) -> None:
    """Write the shared file's first bytes, as many as that and the rest of the last row."""
    with lzma.open(COMPRESSED) as packed, csv.open("wb") as plain:
        while plain.tell() < size_bytes:
            plain.write(packed.read(min(1 << 20, size_bytes - plain.tell())))
        plain.write(packed.readline())


def doubled(csv: Path, work_dir: Path) -> Path:
    """Write a file with every row twice, the second time with another amount.

    For time and memory only: near-copies lie on both sides of any split, so quality measured on it
    says nothing.
    """
    path = work_dir / f"twice_{csv.name}"
    with csv.open("rb") as rows, path.open("wb") as twice:
        header = next(rows)
        twice.write(header)
        first = rows.tell()
        shutil.copyfileobj(rows, twice, 1 << 20)
        rows.seek(-1, os.SEEK_END)
        if rows.read() != b"\n":
            twice.write(b"\n")
        rows.seek(first)
        twice.writelines(map(_shifted, rows))
    return path


def _shifted(row: bytes) -> bytes:
    cells = row.split(b",", AMOUNT + 1)
    cells[AMOUNT] = b"%.2f" % (float(cells[AMOUNT]) + AMOUNT_SHIFT)
    return b",".join(cells)
