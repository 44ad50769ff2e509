"""Writing transactions as CSV in PaySim1's columns, whole or not at all."""

import gzip
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud_cli.sampling.population import Cents
from fraud_cli.sampling.transactions import Kind, Posted, Transactions, joined

_FLAG_CENTS = 200_000_00
_FLAG_EVERY = 50  # PaySim1 flags 16 of its 8,213 frauds; a few more, so that samples hold some
_GZIP_LEVEL = 6
_KINDS = pl.Series([kind.name for kind in Kind])


@contextmanager
def atomic_output(path: Path) -> Iterator[IO[bytes]]:
    """Open `path` for writing, compressed if it ends in ``.gz``; keep it only on success.

    The file appears under its name when the block ends without an error; until then, and after
    an error, whatever was there before is untouched.

    Raises
    ------
    OSError
        The folder does not exist or cannot be written.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with ExitStack() as stack:
            stream: IO[bytes] = stack.enter_context(os.fdopen(handle, "wb"))
            if path.suffix == ".gz":
                stream = stack.enter_context(_reproducible_gzip(stream))
            yield stream
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _reproducible_gzip(stream: IO[bytes]) -> IO[bytes]:
    # No name and no time in the header: the same sample is the same file.
    zipped = gzip.GzipFile(
        filename="", mode="wb", compresslevel=_GZIP_LEVEL, fileobj=stream, mtime=0
    )
    return cast("IO[bytes]", zipped)


def _umask() -> int:
    # The mask can only be read by setting it; mkstemp's 0600 would lock out other readers.
    mask = os.umask(0)
    os.umask(mask)
    return mask


class TransactionWriter:
    """Collects posted batches and writes them a chunk at a time.

    Parameters
    ----------
    stream : binary file
        Where the CSV goes, header first.
    names : polars.Series
        Account names by index.
    chunk_rows : int
        Rows held in memory before they are written.
    """

    def __init__(self, stream: IO[bytes], names: pl.Series, chunk_rows: int = 65_536) -> None:
        self.rows = 0
        self.frauds = 0
        self._stream = stream
        self._names = names
        self._chunk_rows = chunk_rows
        self._steps: list[int] = []
        self._held: list[Posted] = []
        self._held_rows = 0

    def add(self, step: int, posted: Posted) -> bool:
        """Take a batch of hour `step`; return True if that made a chunk full and written."""
        self._steps.append(step)
        self._held.append(posted)
        self._held_rows += len(posted.transactions)
        full = self._held_rows >= self._chunk_rows
        if full:
            self.flush()
        return full

    def flush(self) -> None:
        """Write what is held."""
        if not self._held:
            return
        lengths = [len(posted.transactions) for posted in self._held]
        frame = self._frame(np.repeat(self._steps, lengths), joined(self._held))
        buffer = io.BytesIO()
        frame.write_csv(buffer, include_header=self.rows == 0, float_precision=2)
        self._stream.write(buffer.getbuffer())
        self.rows += frame.height
        self.frauds += int(frame["isFraud"].sum())
        self._steps.clear()
        self._held.clear()
        self._held_rows = 0

    def _frame(self, step: NDArray[np.int64], posted: Posted) -> pl.DataFrame:
        rows = posted.transactions
        return pl.DataFrame(
            {
                "step": step,
                "type": _KINDS.gather(rows.kind),
                "amount": _units(rows.amount),
                "nameOrig": self._names.gather(rows.orig),
                "oldbalanceOrg": _units(posted.old_orig),
                "newbalanceOrig": _units(posted.new_orig),
                "nameDest": self._names.gather(rows.dest),
                "oldbalanceDest": _units(posted.old_dest),
                "newbalanceDest": _units(posted.new_dest),
                "isFraud": rows.is_fraud.astype(np.int8),
                "isFlaggedFraud": _flagged(rows).astype(np.int8),
            }
        )


def _flagged(rows: Transactions) -> NDArray[np.bool_]:
    candidate = rows.is_fraud & (rows.kind == Kind.TRANSFER) & (rows.amount > _FLAG_CENTS)
    flagged: NDArray[np.bool_] = candidate & (rows.amount % _FLAG_EVERY == 0)
    return flagged


def _units(cents: Cents) -> pl.Series:
    return pl.Series(cents / 100)
