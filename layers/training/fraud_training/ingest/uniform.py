"""Random numbers that belong to rows: the same row gets the same number in every run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fraud_training.ingest.keys import GOLDEN_GAMMA, mixed

_MASK = (1 << 64) - 1


def uniform(keys: NDArray[np.uint64], seed: int, stream: int) -> NDArray[np.float64]:
    """Deterministic uniforms from row keys.

    Parameters
    ----------
    keys
        Row keys, shape (n,).
    seed
        The training's seed.
    stream
        What the numbers are for: two streams of one seed are independent of each other.

    Returns
    -------
    ndarray
        float64 in [0, 1), multiples of 2**-53, shape (n,).
    """
    words = np.array([seed & _MASK, stream & _MASK], dtype=np.uint64)
    salt = mixed(mixed(words[:1] + GOLDEN_GAMMA) + words[1:] + GOLDEN_GAMMA)
    bits = mixed(keys ^ salt)
    bits >>= np.uint64(11)
    numbers: NDArray[np.float64] = bits.astype(np.float64)
    numbers *= 2.0**-53
    return numbers
