"""The bytes of a dataset: digest, decompression and whole lines, in one pass."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from fraud_training.ingest.findings import DatasetRejected, finding

BLOCK_BYTES = 1 << 21
GZIP_MAGIC = b"\x1f\x8b"


class Source:
    """A CSV file, plain or gzipped, read once from start to end.

    Parameters
    ----------
    path
        The file.
    max_bytes
        Bytes a gzip file may unpack to.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._size = path.stat().st_size
        self._file = _HashingFile(path.open("rb"))
        self._gzipped = self._file.peek(2) == GZIP_MAGIC
        self._stream: io.RawIOBase | gzip.GzipFile = self._file
        if self._gzipped:
            self._stream = gzip.GzipFile(fileobj=io.BufferedReader(self._file, BLOCK_BYTES))
        self._read = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def progress(self) -> float:
        """Share of the file's bytes read, 0 to 1."""
        return min(1.0, self._file.count / self._size) if self._size else 1.0

    @property
    def sha256(self) -> str:
        """Digest of the file's bytes as they are; of the whole file once it has been read."""
        return self._file.digest.hexdigest()

    def read(self) -> bytes:
        """The next bytes of CSV text, `b""` at the end.

        Raises
        ------
        DatasetRejected
            When the gzip file is damaged, unpacks to too much, or holds another gzip file.
        """
        if not self._gzipped:
            return self._file.read(BLOCK_BYTES)
        try:
            data = self._stream.read(BLOCK_BYTES)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            message = f"The gzip file is damaged or cut off ({error}); send it again."
            raise DatasetRejected([finding("gzip_damaged", message)]) from None
        if self._read == 0 and data.startswith(GZIP_MAGIC):
            message = "The gzip file holds another gzip file; compress the CSV file once."
            raise DatasetRejected([finding("gzip_nested", message)])
        self._read += len(data)
        if self._read > self._max_bytes:
            message = (
                f"The gzip file unpacks to more than {self._max_bytes:,} bytes; "
                "send fewer rows or columns."
            )
            raise DatasetRejected([finding("gzip_too_large", message)])
        return data


class _HashingFile(io.RawIOBase):
    """A file whose bytes are counted and hashed as they are read."""

    def __init__(self, raw: io.BufferedReader) -> None:
        self._raw = raw
        self.digest = hashlib.sha256()
        self.count = 0

    def peek(self, size: int) -> bytes:
        return self._raw.peek(size)[:size]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        got = self._raw.readinto(buffer)
        self.digest.update(memoryview(buffer)[:got])
        self.count += got
        return got

    def close(self) -> None:
        self._raw.close()
        super().close()


def blocks_of_lines(source: Source, start: bytes) -> Iterator[bytes]:
    """Cut what follows `start` into blocks of whole lines, each line ended.

    Parameters
    ----------
    source
        Where the bytes come from.
    start
        Bytes already read but not used.

    Raises
    ------
    DatasetRejected
        When there is no line end in a whole block.
    """
    rest, more = start, True
    while more:
        data = source.read()
        more = bool(data)
        text = rest + data
        if not more and text and not text.endswith(b"\n"):
            text += b"\n"
        end = text.rfind(b"\n") + 1
        if end:
            yield text[:end]
        elif len(text) > BLOCK_BYTES:
            message = f"There is no line end in {len(text):,} bytes: this is not a CSV file."
            raise DatasetRejected([finding("not_csv", message)])
        rest = text[end:]
