"""The bytes of a dataset in one pass: digest, decompression, whole lines."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Buffer
from pathlib import Path
from types import TracebackType
from typing import Self

from fraud_training.ingest.findings import rejection

BLOCK_BYTES = 1 << 22
MAX_LINE_BYTES = 1 << 20
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
        self._file = _HashedFile(path)
        buffered = io.BufferedReader(self._file)
        self._size = path.stat().st_size
        self._gzipped = buffered.peek(2).startswith(GZIP_MAGIC)
        self._stream = gzip.GzipFile(fileobj=buffered) if self._gzipped else buffered
        self._max_bytes = max_bytes
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
        return min(1.0, self._file.tell() / self._size) if self._size else 1.0

    @property
    def sha256(self) -> str:
        """Digest of the file's bytes as they are; of the whole file once it has been read."""
        return self._file.digest.hexdigest()

    def block(self) -> bytes:
        """The next whole lines, each of them ended; `b""` at the end.

        Raises
        ------
        DatasetRejected
            When a line does not end, or the gzip file is damaged, unpacks to too much, or holds
            another gzip file.
        """
        try:
            text = self._stream.read(BLOCK_BYTES)
            rest = self._stream.readline(MAX_LINE_BYTES)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            message = f"The gzip file is damaged or cut off ({error}); send it again."
            raise rejection("gzip_damaged", message) from None
        text += rest
        if self._gzipped:
            self._check_unpacked(text)
        if text and not text.endswith(b"\n"):
            if len(rest) == MAX_LINE_BYTES:
                message = f"There is no line end in {len(rest):,} bytes: this is not a CSV file."
                raise rejection("not_csv", message)
            text += b"\n"
        return text

    def _check_unpacked(self, text: bytes) -> None:
        if self._read == 0 and text.startswith(GZIP_MAGIC):
            message = "The gzip file holds another gzip file; compress the CSV file once."
            raise rejection("gzip_nested", message)
        self._read += len(text)
        if self._read > self._max_bytes:
            message = (
                f"The gzip file unpacks to more than {self._max_bytes:,} bytes; "
                "send fewer rows or columns."
            )
            raise rejection("gzip_too_large", message)


class _HashedFile(io.FileIO):
    """A file whose bytes are hashed as they are read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.digest = hashlib.sha256()

    def readinto(self, buffer: Buffer, /) -> int | None:
        got = super().readinto(buffer)
        self.digest.update(memoryview(buffer)[:got])
        return got
