"""Keys of rows and random numbers that belong to them: the same row, the same number, always."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_GOLDEN_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MASK = (1 << 64) - 1


def row_keys(columns: Sequence[NDArray[np.float64]]) -> NDArray[np.uint64]:
    """Hash every row by the bit patterns of its values.

    Equal rows have equal keys wherever they stand, in whichever file and chunk, so what is drawn by
    key does not depend on how the data were cut or ordered.

    Parameters
    ----------
    columns
        The row's values, each float64 of shape (n,), always in the same order; no NaN, and zeros
        without a sign.

    Returns
    -------
    ndarray
        uint64, shape (n,).
    """
    keys = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        keys += _GOLDEN_GAMMA
        keys ^= column.view(np.uint64)
        keys = _mixed(keys)
    return keys


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
    salt = _mixed(_mixed(words[:1] + _GOLDEN_GAMMA) + words[1:] + _GOLDEN_GAMMA)
    bits = _mixed(keys ^ salt)
    bits >>= np.uint64(11)
    numbers: NDArray[np.float64] = bits.astype(np.float64)
    numbers *= 2.0**-53
    return numbers


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix 64-bit words so that every input bit flips about half of the output bits.

    A bijection, in a new array.

    References
    ----------
    The finaliser of SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
    generators", OOPSLA 2014, with the constants of Stafford's variant 13.
    """
    out = bits >> np.uint64(30)
    out ^= bits
    out *= np.uint64(0xBF58476D1CE4E5B9)
    out ^= out >> np.uint64(27)
    out *= np.uint64(0x94D049BB133111EB)
    out ^= out >> np.uint64(31)
    return out
