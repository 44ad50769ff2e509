"""Where shards leave what they give, for whoever joins it: a directory here, a bucket elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Parts(Protocol):
    """Files by name; a name is written whole or not at all, and the same content every time."""

    def put(self, name: str, path: Path) -> None:
        """Keep a file, which may be gone afterwards."""
        ...

    def opened(self, name: str, directory: Path) -> AbstractContextManager[Path]:
        """Bring a file, into `directory` unless it is at hand; it is not to be changed.

        Raises
        ------
        NotFound
            When it is not there.
        """
        ...


@dataclass(frozen=True)
class DirectoryParts:
    """Parts on this machine's disk."""

    directory: Path

    def put(self, name: str, path: Path) -> None:
        """Move a file here."""
        target = self.directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)

    @contextmanager
    def opened(self, name: str, directory: Path) -> Iterator[Path]:
        """Give the file itself."""
        del directory
        yield self.directory / name
