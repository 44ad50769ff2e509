"""The pieces of a dataset, written to disk whole or not at all."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from fraud.domain.errors import Unavailable

ProgressCallback = Callable[[int, int | None], None]
"""Called with the bytes stored so far and the bytes expected, where known."""

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
RETRY_AFTER_S = 60


@dataclass(frozen=True)
class Downloaded:
    """A dataset on disk.

    `sha256` is of the stored bytes, in hex; `etag` is what the server called this version;
    `final_url` is where it came from after redirects, without the query, which may hold a secret.
    """

    sha256: str
    size_bytes: int
    etag: str | None
    final_url: str


def store(
    pieces: Iterable[bytes],
    target: Path,
    *,
    total_bytes: int | None,
    on_progress: ProgressCallback | None,
) -> tuple[str, int]:
    """Write the pieces to `target`; return their SHA-256 in hex and their size in bytes.

    They are written beside the target and moved there at the end, so a file of that name is
    always whole, also after the process was killed.

    Raises
    ------
    Unavailable
        The disk is full.
    """
    partial = target.with_name(f"{target.name}.part")
    target.unlink(missing_ok=True)
    try:
        digest, size_bytes = _write(pieces, partial, total_bytes, on_progress)
        partial.replace(target)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        message = "There is no room left on the disk for the dataset."
        raise Unavailable(message, code="disk_full", retry_after_s=RETRY_AFTER_S) from error
    finally:
        partial.unlink(missing_ok=True)
    return digest, size_bytes


def _write(
    pieces: Iterable[bytes],
    path: Path,
    total_bytes: int | None,
    on_progress: ProgressCallback | None,
) -> tuple[str, int]:
    digest = hashlib.sha256()
    size_bytes = 0
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)
            digest.update(piece)
            size_bytes += len(piece)
            if on_progress is not None:
                on_progress(size_bytes, total_bytes)
    return digest.hexdigest(), size_bytes
