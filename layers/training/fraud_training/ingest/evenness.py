"""Whether all lines of a block have one number of fields, seen without reading them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_QUOTE, _COMMA, _RETURN, _LINE_FEED = b'",\r\n'

type Bytes = NDArray[np.uint8]


def has_even_rows(text: bytes, fields: int) -> bool:
    """Whether each line certainly is one row of so many fields, as every reader of CSV sees it.

    False also where that is not certain: with quotes inside of fields, or line ends inside of
    quotes.

    Parameters
    ----------
    text
        Whole lines, the last one ended, without lone carriage returns.
    fields
        Of a row.
    """
    data = np.frombuffer(text, dtype=np.uint8)
    separators = np.flatnonzero((data == _COMMA) | (data == _LINE_FEED))
    quotes = np.flatnonzero(data == _QUOTE)
    if len(quotes):
        if not _enclose_fields(data, quotes):
            return False
        # A separator with an odd number of quotes before it is text.
        within = np.searchsorted(quotes, separators) % 2 == 1
        if (data[separators[within]] == _LINE_FEED).any():
            return False
        separators = separators[~within]
    if not len(separators) or len(separators) % fields:
        return False
    ends = (data[separators] == _LINE_FEED).reshape(-1, fields)
    return bool(ends[:, -1].all()) and not ends[:, :-1].any()


def _enclose_fields(data: Bytes, quotes: NDArray[np.intp]) -> bool:
    """Whether quotes open where a field begins and close where it ends, but for doubled ones."""
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    # The first byte's neighbour is looked up at -1, which is a line end.
    before, after = data[opening - 1], data[closing + 1]
    return bool(
        np.isin(before, (_COMMA, _LINE_FEED, _QUOTE)).all()
        and np.isin(after, (_COMMA, _LINE_FEED, _RETURN, _QUOTE)).all()
    )
