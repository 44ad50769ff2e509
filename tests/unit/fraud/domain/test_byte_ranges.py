import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fraud.domain.byte_ranges import MAX_LINE_BYTES, ByteRange, split, whole_lines
from fraud.domain.errors import DatasetError

TEXTS = st.lists(st.sampled_from([b"", b"a", b"bc\r", b"def,1"]), max_size=12).map(b"\n".join)


def lines_of(text: bytes, within: ByteRange, piece_bytes: int, block_bytes: int) -> bytes:
    from_first = text[within.first_byte :]
    pieces = (from_first[i : i + piece_bytes] for i in range(0, len(from_first), piece_bytes))
    blocks = list(whole_lines(pieces, within, block_bytes))
    assert all(block.endswith(b"\n") for block in blocks)
    return b"".join(blocks)


@given(TEXTS, st.integers(1, 9), st.integers(1, 7), st.integers(1, 20))
@example(b"a\nb\n", 2, 1, 1)
@example(b"\n\n\n", 1, 3, 1)
def test_ranges_together_have_every_line_once_wherever_they_are_cut(
    text: bytes, range_bytes: int, piece_bytes: int, block_bytes: int
) -> None:
    ranges = split(len(text), range_bytes)
    found = b"".join(lines_of(text, each, piece_bytes, block_bytes) for each in ranges)
    assert found == (text if text.endswith(b"\n") or not text else text + b"\n")


@given(st.integers(0, 10**13), st.integers(10**11, 10**12))
def test_ranges_cover_a_file_without_gap_or_overlap(size_bytes: int, range_bytes: int) -> None:
    ranges = split(size_bytes, range_bytes)
    assert sum(each.size_bytes for each in ranges) == size_bytes
    assert all(a.end == b.start for a, b in itertools.pairwise(ranges))
    assert len(ranges) == -(-size_bytes // range_bytes)
    sizes = {each.size_bytes for each in ranges}
    assert not sizes or (max(sizes) <= range_bytes and max(sizes) - min(sizes) <= 1)


def test_a_range_within_one_long_line_has_no_line() -> None:
    text = b"a" * 50 + b"\nb\n"
    assert lines_of(text, ByteRange(10, 20), 4, 8) == b""
    assert lines_of(text, ByteRange(0, 10), 4, 8) == b"a" * 50 + b"\n"


def test_no_more_is_read_than_the_last_line_needs() -> None:
    taken = []

    def pieces():
        for piece in (b"aa\nbb\n", b"cc\ndd\n", b"ee\n"):
            taken.append(piece)
            yield piece

    assert b"".join(whole_lines(pieces(), ByteRange(0, 4), 100)) == b"aa\nbb\n"
    assert taken == [b"aa\nbb\n"]


@pytest.mark.parametrize("start", [0, 10])
def test_a_line_without_end_is_refused_instead_of_held(start: int) -> None:
    piece = b"a" * (MAX_LINE_BYTES // 4)
    with pytest.raises(DatasetError, match="no line end"):
        list(whole_lines(iter([piece] * 100), ByteRange(start, 10**8), 1024))
