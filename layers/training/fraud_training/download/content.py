"""What the headers announce, and the body in pieces that keep to it."""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http.client import HTTPResponse

from fraud.domain.errors import DatasetError
from fraud_training.download.failures import (
    network_failures,
    too_large,
    truncated,
    unreachable,
)
from fraud_training.download.limits import Deadline

PIECE_BYTES = 64 * 1024
MAX_LENGTH_DIGITS = 18
HTML_TYPES = {"text/html", "application/xhtml+xml"}
GZIP = {"gzip", "x-gzip"}
GZIP_WINDOW_BITS = 16 + zlib.MAX_WBITS


@dataclass(frozen=True)
class Content:
    """A body to come: its announced size on the wire, and how it is compressed for transport."""

    host: str
    length_bytes: int | None
    gzipped: bool


def announced_content(response: HTTPResponse, host: str, *, max_bytes: int) -> Content:
    """Read what the headers say of the body, and refuse what cannot be stored.

    Raises
    ------
    DatasetError
        The body is a web page, too large, compressed in an unknown way, or framed ambiguously.
    """
    if response.headers.get_content_type() in HTML_TYPES:
        raise DatasetError(
            f"{host} answers with a web page, not a file; use the link that downloads the CSV.",
            code="dataset_is_html",
        )
    length_bytes = _framed_length(response, host)
    if length_bytes is not None and length_bytes > max_bytes:
        raise too_large(max_bytes)
    encoding = _joined(response, "Content-Encoding")
    if encoding not in {"", "identity"} | GZIP:
        raise DatasetError(
            f"{host} compresses the dataset as {encoding[:40]!r}, though asked not to; "
            "only gzip is understood.",
            code="dataset_encoding_refused",
        )
    return Content(host, length_bytes, encoding in GZIP)


def body_pieces(
    response: HTTPResponse, content: Content, *, max_bytes: int, deadline: Deadline
) -> Iterator[bytes]:
    """Yield the body as it arrives, decompressed, at most `max_bytes` before and after that.

    Raises
    ------
    DatasetError
        The body is too large, late, short of its length or end mark, or not the gzip it says.
    Unavailable
        The connection broke or stalled.
    """
    pieces = capped(_received(response, content, deadline), max_bytes)
    if content.gzipped:
        pieces = capped(gunzipped(pieces, content.host), max_bytes)
    return pieces


def capped(pieces: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    """Yield the pieces until they exceed `max_bytes` together, which raises DatasetError."""
    passed = 0
    for piece in pieces:
        passed += len(piece)
        if passed > max_bytes:
            raise too_large(max_bytes)
        yield piece


def _received(response: HTTPResponse, content: Content, deadline: Deadline) -> Iterator[bytes]:
    received = 0
    with network_failures(content.host, deadline):
        try:
            # read1, because read takes a chunk size of -1 for an order to read until the end.
            while piece := response.read1(PIECE_BYTES):
                received += len(piece)
                yield piece
        except ssl.SSLEOFError as error:
            raise truncated(content.host) from error
    if content.length_bytes is not None and received < content.length_bytes:
        raise truncated(content.host)


def gunzipped(pieces: Iterable[bytes], host: str) -> Iterator[bytes]:
    """Undo gzip, member after member, a bounded piece at a time.

    Raises
    ------
    DatasetError
        What `host` gave is not gzip, or stops before its end.
    """
    member = zlib.decompressobj(GZIP_WINDOW_BITS)
    for received in pieces:
        piece = received
        while piece:
            if member.eof:
                member = zlib.decompressobj(GZIP_WINDOW_BITS)
            try:
                yield member.decompress(piece, PIECE_BYTES)
            except zlib.error as error:
                message = f"{host} says the dataset is gzip, but it does not decompress."
                raise DatasetError(message, code="dataset_encoding_refused") from error
            piece = member.unused_data if member.eof else member.unconsumed_tail
    if not member.eof:
        raise truncated(host)


def _framed_length(response: HTTPResponse, host: str) -> int | None:
    """Return the announced length; None where chunks or the connection's end mark it."""
    transfer = _joined(response, "Transfer-Encoding")
    # The reader knows chunks by one exact spelling; any other would be stored with its framing.
    if transfer and not (transfer == "chunked" and response.chunked):
        raise unreachable(f"{host} transfers the dataset as {transfer[:40]!r}; not understood.")
    length = _joined(response, "Content-Length")
    if transfer or not length:
        return None
    if not length.isdecimal() or len(length) > MAX_LENGTH_DIGITS:
        raise unreachable(f"{host} announces a length of {length[:40]!r}; not understood.")
    return int(length)


def _joined(response: HTTPResponse, header: str) -> str:
    return ", ".join(response.headers.get_all(header, [])).strip().lower()
