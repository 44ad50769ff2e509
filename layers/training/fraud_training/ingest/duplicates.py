"""How many rows are repeated, in bounded memory.

Repetition is a property of a key, so it can be counted on a sample of keys: those below a limit
that is halved whenever too many different ones have been seen. Up to `MAX_KEYS` different rows the
count is exact.

References
----------
Gibbons, "Distinct sampling for highly-accurate answers to distinct values queries and event
reports", VLDB 2001.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_KEYS = 1 << 18


class DuplicateCounter:
    """Counts rows that repeat an earlier one.

    Parameters
    ----------
    max_keys
        Different keys to remember at most.
    """

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        self._max_keys = max_keys
        self._shift = 0
        self._keys = np.empty(0, dtype=np.uint64)
        self._counts = np.empty(0, dtype=np.int64)
        self._pending: list[NDArray[np.uint64]] = []
        self._waiting = 0

    def add(self, keys: NDArray[np.uint64]) -> None:
        """Take in the keys of more rows, shape (n,)."""
        sampled = keys[self._kept(keys)] if self._shift else keys.copy()
        self._pending.append(sampled)
        self._waiting += len(sampled)
        if self._waiting >= self._max_keys:
            self._merge()

    def duplicated(self) -> tuple[int, bool]:
        """Rows that repeat an earlier row, and whether that is exact or an estimate."""
        self._merge()
        extra = int((self._counts - 1).sum())
        return extra << self._shift, self._shift == 0

    def merge(self, other: DuplicateCounter) -> None:
        """Count another's rows too; the answer is the one that a single counter would give."""
        self._merge()
        more = other.arrays()
        self._shift = max(self._shift, int(more["shift"]))
        keys = np.concatenate([self._keys, more["keys"]])
        weights = np.concatenate([self._counts, more["counts"]])
        kept = self._kept(keys)
        self._set(keys[kept], weights[kept])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What is known, to be written down; `restored` reads it."""
        self._merge()
        return {"shift": np.array(self._shift), "keys": self._keys, "counts": self._counts}

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]]) -> DuplicateCounter:
        """The counter that `arrays` were written from."""
        counter = cls()
        counter._shift = int(arrays["shift"])
        counter._keys, counter._counts = arrays["keys"], arrays["counts"]
        return counter

    def _kept(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        if not self._shift:
            return np.ones(len(keys), dtype=bool)
        kept: NDArray[np.bool_] = keys < np.uint64(1 << (64 - self._shift))
        return kept

    def _merge(self) -> None:
        keys = np.concatenate([self._keys, *self._pending])
        weights = np.concatenate([self._counts, np.ones(self._waiting, dtype=np.int64)])
        self._pending, self._waiting = [], 0
        self._set(keys, weights)

    def _set(self, keys: NDArray[np.uint64], weights: NDArray[np.int64]) -> None:
        """Remember these keys, equal ones once, and no more than may be."""
        order = np.argsort(keys)
        keys, weights = keys[order], weights[order]
        first = np.flatnonzero(np.diff(keys, prepend=~keys[:1]))
        self._keys = keys[first]
        self._counts = np.add.reduceat(weights, first) if first.size else weights
        while len(self._keys) > self._max_keys:
            self._shift += 1
            kept = self._kept(self._keys)
            self._keys, self._counts = self._keys[kept], self._counts[kept]
