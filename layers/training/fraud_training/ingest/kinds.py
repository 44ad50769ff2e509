"""Transaction types out of CSV bytes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fraud.domain.features import TYPE_CODES
from fraud_training.ingest.lines import Fields

_WORD_CHARS = 8
# Every name fits into one 64-bit word; the entry beyond eight characters matches none of them.
_NAMES = {int.from_bytes(name.encode(), "little"): code for name, code in TYPE_CODES.items()}
_MASK = np.array([(1 << 8 * n) - 1 if n <= _WORD_CHARS else 0 for n in range(10)], dtype=np.uint64)


def parse_types(fields: Fields, column: int) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Read the codes of transaction types.

    Parameters
    ----------
    fields
        Where the fields of a block are.
    column
        Position of the column in the file.

    Returns
    -------
    tuple
        The codes of `TYPE_CODES` as float64, NaN for other names, shape (n,); and the rows of
        those other names, ascending.
    """
    starts, ends = fields.bounds(column)
    length = np.minimum(ends - starts, _WORD_CHARS + 1)
    words = fields.words[starts]
    words &= _MASK.take(length)
    # Codes count from 1 here, so that 0 remains for what no name matches.
    codes = np.zeros(len(words), dtype=np.uint8)
    for name, code in _NAMES.items():
        codes += (words == np.uint64(name)).view(np.uint8) * np.uint8(code + 1)
    values = codes.astype(np.float64)
    values -= 1.0
    unknown = []
    for row in np.flatnonzero(codes == 0):
        known = TYPE_CODES.get(fields.text(column, int(row)).strip())
        values[row] = np.nan if known is None else known
        if known is None:
            unknown.append(row)
    return values, np.array(unknown, dtype=np.intp)
