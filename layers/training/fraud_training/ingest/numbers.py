"""Decimal numbers out of CSV bytes, many at a time and exactly rounded.

Amounts such as `9839.64` or `-170136` are short: their last 16 characters are loaded as two 64-bit
words each, and arithmetic on whole words turns the digits into an integer mantissa. Up to 2**53
that mantissa, divided by a power of ten up to 10**7, gives the correctly rounded float64. Whatever
is longer or looks otherwise goes through Python's own float, which is exact too.

References
----------
Lamport, "Multiple byte processing with full-word instructions", CACM 18(8), 1975.
Clinger, "How to read floating point numbers accurately", PLDI 1990 (when one division suffices).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fraud_training.ingest.lines import Fields, Positions

type Words = NDArray[np.uint64]
WORD_CHARS = 8
FAST_CHARS = 2 * WORD_CHARS
MAX_CHARS = 64
MAX_EXACT = np.uint64(2**53)

_FULL = (1 << 64) - 1
_ZEROS = np.uint64(0x3030303030303030)
# `.` once the digits' common bits are taken off: 0x2E ^ 0x30.
_DOTS = np.uint64(0x1E1E1E1E1E1E1E1E)
_LOW_BITS = np.uint64(0x7F7F7F7F7F7F7F7F)
_HIGH_BITS = np.uint64(0x8080808080808080)
_ABOVE_NINE = np.uint64(0x7676767676767676)

# Bytes of the last and the last but one word that belong to a field of n characters.
_LAST_MASK = np.array([_FULL << 8 * (8 - min(n, 8)) & _FULL for n in range(17)], dtype=np.uint64)
_FIRST_MASK = np.array([_FULL << 8 * (16 - max(n, 8)) & _FULL for n in range(17)], dtype=np.uint64)
# By the number of bits below the dot: 8 per character before it in the last word, 64 without one.
_NO_DOT = 64
_SCALE = np.array([10.0 ** (7 - bits // 8) if bits < _NO_DOT else 1.0 for bits in range(65)])
_GAP = np.array([8] * 64 + [0], dtype=np.uint64)

_NUMBER_BYTES = np.zeros(256, dtype=bool)
_NUMBER_BYTES[list(b"0123456789+-.eE \t\0")] = True
_MISSING = frozenset({"", "nan", "na", "n/a", "#n/a", "null", "none", "-"})
_INFINITE = frozenset({"inf", "infinity"})


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers: NaN where a value is missing or not a number.

    `unparseable` holds the rows (ascending) whose text is neither a number nor a sign of absence.
    """

    values: NDArray[np.float64]
    unparseable: Positions


def parse_numbers(fields: Fields, column: int) -> Numbers:
    """Read one column.

    Parameters
    ----------
    fields
        Where the fields of a block are.
    column
        Position of the column in the file.
    """
    values, odd = _short_decimals(fields, *fields.bounds(column))
    unparseable = np.empty(0, dtype=np.intp)
    if odd.size:
        values[odd], failed = _any_floats(fields, column, odd)
        unparseable = odd[failed]
    # -0.0 becomes 0.0, so that equal values have equal bits.
    values += 0.0
    return Numbers(values, unparseable)


def _short_decimals(
    fields: Fields, starts: Positions, ends: Positions
) -> tuple[NDArray[np.float64], Positions]:
    """Values of plain decimals of up to 16 characters, and the rows that are something else."""
    negative = fields.octets.take(starts) == ord("-")
    signed = bool(negative.any())
    if signed:
        starts = starts + negative
    length = ends - starts
    longest = int(length.max())
    odd = length < 1
    if longest > FAST_CHARS:
        odd |= length > FAST_CHARS
        length = np.minimum(length, FAST_CHARS)
    last = _digits(fields.words[ends - 8], _LAST_MASK.take(length))
    before_dot, after_dot = _split_at_dot(last)
    bits = np.bitwise_count(before_dot)
    gap = _GAP.take(bits)
    after_dot &= last
    last &= before_dot
    last <<= gap
    last |= after_dot
    odd |= (length == 1) & (bits != _NO_DOT)
    if longest > WORD_CHARS:
        first = _digits(fields.words[ends - 16], _FIRST_MASK.take(length))
        # The dot's place is closed: what stood before it moves up by one character.
        last |= first >> (np.uint64(64) - gap)
        first <<= gap
        odd |= _not_digits(first) | _not_digits(last)
        mantissa = _eight_digits(first)
        mantissa *= np.uint64(10**8)
        mantissa += _eight_digits(last)
        odd |= mantissa > MAX_EXACT
    else:
        odd |= _not_digits(last)
        mantissa = _eight_digits(last)
    values = mantissa.astype(np.float64)
    values /= _SCALE.take(bits)
    if signed:
        np.negative(values, out=values, where=negative)
    return values, np.flatnonzero(odd)


def _digits(words: Words, mask: Words) -> Words:
    """Characters as their digits 0 to 9, with 0 where the field has none."""
    words ^= _ZEROS
    words &= mask
    return words


def _split_at_dot(words: Words) -> tuple[Words, Words]:
    """Masks of the bytes before and after the first dot; all ones and none where there is none."""
    others = words ^ _DOTS
    dots = others & _LOW_BITS
    dots += _LOW_BITS
    dots |= others
    dots |= _LOW_BITS
    np.invert(dots, out=dots)
    after = dots << np.uint64(1)
    np.negative(after, out=after)
    dots >>= np.uint64(7)
    dots -= np.uint64(1)
    return dots, after


def _not_digits(words: Words) -> NDArray[np.bool_]:
    """Whether any of a word's eight bytes is above nine."""
    above = words + _ABOVE_NINE
    above |= words
    above &= _HIGH_BITS
    found: NDArray[np.bool_] = above != 0
    return found


def _eight_digits(words: Words) -> Words:
    """The number that eight digits make, the most significant in the lowest byte."""
    out = words * np.uint64(10 * 2**8 + 1)
    out >>= np.uint64(8)
    out &= np.uint64(0x00FF00FF00FF00FF)
    out *= np.uint64(100 * 2**16 + 1)
    out >>= np.uint64(16)
    out &= np.uint64(0x0000FFFF0000FFFF)
    out *= np.uint64(10_000 * 2**32 + 1)
    out >>= np.uint64(32)
    return out


def _any_floats(
    fields: Fields, column: int, rows: Positions
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values of some rows by Python's float, NaN where absent, and which of them are no numbers."""
    starts, ends = fields.bounds(column, rows)
    length = ends - starts
    width = min(int(length.max(initial=1)), MAX_CHARS) or 1
    offsets = np.arange(width)
    inside = offsets < length[:, None]
    text = np.where(inside, fields.octets.take(starts[:, None] + offsets, mode="clip"), 0)
    plain = _NUMBER_BYTES[text].all(axis=1) & (length > 0) & (length <= MAX_CHARS)
    values = np.full(len(rows), np.nan)
    failed = np.zeros(len(rows), dtype=bool)
    try:
        strings = np.ascontiguousarray(text[plain].astype(np.uint8)).view(f"S{width}").ravel()
        values[plain] = strings.astype(np.float64)
        one_by_one = np.flatnonzero(~plain)
    except ValueError:
        one_by_one = np.arange(len(rows))
    for i in one_by_one:
        values[i], failed[i] = _one_float(fields.text(column, int(rows[i])))
    return values, failed


def _one_float(text: str) -> tuple[float, bool]:
    """One value, and whether the text is not a number at all."""
    bare = text.strip()
    if bare.casefold() in _MISSING:
        return np.nan, False
    if bare.lstrip("+-").casefold() in _INFINITE:
        return np.inf, False
    if len(bare) > MAX_CHARS or not _NUMBER_BYTES[list(bare.encode())].all():
        return np.nan, True
    try:
        return float(bare), False
    except ValueError:
        return np.nan, True
