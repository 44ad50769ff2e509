"""A 64-bit key per row, from its values alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

GOLDEN_GAMMA = np.uint64(0x9E3779B97F4A7C15)


def mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
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
        keys += GOLDEN_GAMMA
        keys ^= column.view(np.uint64)
        keys = mixed(keys)
    return keys
