"""The first bytes of a dataset: is it a CSV file at all, and what does its header say."""

from __future__ import annotations

import codecs

from fraud.domain.findings import Finding
from fraud_training.ingest.findings import DatasetRejected, finding
from fraud_training.ingest.layout import Layout, read_header
from fraud_training.ingest.source import Source

MAX_HEADER_BYTES = 1 << 16

_FORMATS = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"PAR1": "a Parquet file",
    b"\xfd7zXZ": "an xz archive",
    b"BZh": "a bzip2 archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"%PDF": "a PDF file",
    b"{": "JSON",
    b"[": "JSON",
    b"<?xml": "XML",
}
_HTML = (b"<!doctype html", b"<html", b"<head", b"<body", b"<!--")


def read_opening(source: Source) -> tuple[Layout, list[Finding], bytes, int]:
    """Read up to the end of the header.

    Returns
    -------
    tuple
        Where the columns are, what is to be said about the header, the bytes after it that have
        been read already, and the number of lines up to there.

    Raises
    ------
    DatasetRejected
        When this is not a CSV file, or its header is not of a known form.
    """
    data = b""
    while chunk := source.read():
        data += chunk
        if (
            b"\n" in data.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")
            or len(data) > MAX_HEADER_BYTES
        ):
            break
    _reject_other_formats(data)
    text = data.removeprefix(codecs.BOM_UTF8)
    header = text.lstrip(b"\r\n")
    skipped = text[: len(text) - len(header)].count(b"\n")
    line, _, rest = header.partition(b"\n")
    layout, findings = _layout(line.removesuffix(b"\r"))
    if layout is None:
        raise DatasetRejected(findings)
    return layout, findings, rest, skipped + 1


def _layout(line: bytes) -> tuple[Layout | None, list[Finding]]:
    if len(line) > MAX_HEADER_BYTES:
        message = (
            f"The first line is longer than {MAX_HEADER_BYTES:,} bytes: this is not a CSV file."
        )
        return None, [finding("not_csv", message)]
    if b"\r" in line:
        message = (
            "The lines end with lone carriage returns; save the file with LF or CRLF line ends."
        )
        return None, [finding("wrong_line_ends", message)]
    try:
        return read_header(line.decode())
    except UnicodeDecodeError as error:
        message = f"The header is not UTF-8 (byte {error.start} of it); save the file as UTF-8."
        return None, [finding("wrong_encoding", message)]


def _reject_other_formats(data: bytes) -> None:
    start = data[:4096].removeprefix(codecs.BOM_UTF8).lstrip()
    found = None
    if not data[:MAX_HEADER_BYTES].strip(b" \t\r\n\0") or data == codecs.BOM_UTF8:
        found = finding("empty_file", "The file is empty; check the link or the export.")
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _every_other_nul(data):
        found = finding("wrong_encoding", "The file is UTF-16 (byte 0); save it as UTF-8.")
    elif start[:64].lower().startswith(_HTML):
        message = (
            "The file is a web page, not CSV; the link probably leads to a log-in or preview page. "
            "Use the link of the file itself."
        )
        found = finding("html_page", message)
    else:
        name = next((n for magic, n in _FORMATS.items() if start.startswith(magic)), None)
        if name is None and b"\0" in start:
            name = "a binary file"
        if name is not None:
            message = f"The file is {name}; export it as CSV, plain or gzipped."
            found = finding("not_csv", message)
    if found is not None:
        raise DatasetRejected([found])


def _every_other_nul(data: bytes) -> bool:
    """Whether the text looks like UTF-16 without a byte order mark."""
    start = data[:64]
    return not start[1::2].strip(b"\0") or not start[::2].strip(b"\0")
