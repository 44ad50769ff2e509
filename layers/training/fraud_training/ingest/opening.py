"""The first bytes of a dataset: is it a CSV file at all, and what does its header say."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Sequence

from fraud.domain.findings import Finding
from fraud_training.ingest.findings import DatasetRejected, finding, rejection
from fraud_training.ingest.layout import BASIC, FORMS, PAYSIM, Form, Layout

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


def read_opening(text: bytes) -> tuple[Layout, list[Finding], bytes, int]:
    """Read the header, after a look at what kind of file this is.

    Parameters
    ----------
    text
        The file's first lines.

    Returns
    -------
    tuple
        Where the columns are, what is to be said about the header, the lines after it, and the
        number of lines up to there.

    Raises
    ------
    DatasetRejected
        When this is not a CSV file, or its header is not of a known form.
    """
    line, rest, lines = first_line(text)
    layout, findings = _read_header(line)
    return layout, findings, rest, lines


def first_line(text: bytes) -> tuple[str, bytes, int]:
    """Read the first line that is not empty, after a look at what kind of file this is.

    Returns
    -------
    tuple
        The line without its end, what follows it, and the number of lines up to there.

    Raises
    ------
    DatasetRejected
        When this is not a CSV file.
    """
    _reject_other_formats(text)
    text = text.removeprefix(codecs.BOM_UTF8)
    start = text.lstrip(b"\r\n")
    skipped = text[: len(text) - len(start)].count(b"\n")
    line, _, rest = start.partition(b"\n")
    return _header_line(line.removesuffix(b"\r")), rest, skipped + 1


def column_names(line: str) -> list[str]:
    """The names in a header line.

    Raises
    ------
    DatasetRejected
        When it is not valid CSV.
    """
    try:
        return [name.strip() for name in next(csv.reader([line], strict=True))]
    except csv.Error as error:
        raise rejection("not_csv", f"The header line is not valid CSV: {error}.") from None


def _reject_other_formats(text: bytes) -> None:
    start = text[:4096].removeprefix(codecs.BOM_UTF8).lstrip()
    if not text[:MAX_HEADER_BYTES].removeprefix(codecs.BOM_UTF8).strip(b" \t\r\n\0"):
        raise rejection("empty_file", "The file is empty; check the link or the export.")
    if text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _every_other_nul(text):
        raise rejection("wrong_encoding", "The file is UTF-16 (byte 0); save it as UTF-8.")
    if start[:64].lower().startswith(_HTML):
        message = (
            "The file is a web page, not CSV; the link probably leads to a log-in or preview page. "
            "Use the link of the file itself."
        )
        raise rejection("html_page", message)
    name = next((n for magic, n in _FORMATS.items() if start.startswith(magic)), None)
    if name or b"\0" in start:
        message = f"The file is {name or 'a binary file'}; export it as CSV, plain or gzipped."
        raise rejection("not_csv", message)


def _every_other_nul(text: bytes) -> bool:
    """Whether the text looks like UTF-16 without a byte order mark."""
    return not text[1:64:2].strip(b"\0") or not text[:64:2].strip(b"\0")


def _header_line(line: bytes) -> str:
    if b"\r" in line:
        message = (
            "The lines end with lone carriage returns; save the file with LF or CRLF line ends."
        )
        raise rejection("wrong_line_ends", message)
    if len(line) > MAX_HEADER_BYTES:
        message = (
            f"The first line is longer than {MAX_HEADER_BYTES:,} bytes: this is not a CSV file."
        )
        raise rejection("not_csv", message)
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        message = f"The header is not UTF-8 (byte {error.start} of it); save the file as UTF-8."
        raise rejection("wrong_encoding", message) from None


def _read_header(line: str) -> tuple[Layout, list[Finding]]:
    names = column_names(line)
    form = max(FORMS.values(), key=lambda f: _completeness(f, names))
    if errors := [*doubled(names), *_missing(form, names, line)]:
        raise DatasetRejected(errors)
    findings = [
        finding("extra_columns", f"The column {name!r} is not known and is ignored.", column=name)
        for name in names
        if name not in form.required and name not in form.optional
    ]
    if absent := [name for name in form.optional if name not in names]:
        message = f"Columns of PaySim that are absent and not needed: {', '.join(absent)}."
        findings.append(finding("absent_columns", message))
    return Layout(form, len(names), {n: names.index(n) for n in form.required}), findings


def _completeness(form: Form, names: Sequence[str]) -> tuple[bool, int]:
    present = sum(name in names for name in form.required)
    return present == len(form.required), present


def doubled(names: Sequence[str]) -> list[Finding]:
    """One finding for each name that a header has more than once."""
    return [
        finding(
            "duplicate_headers",
            f"The header has {name!r} {count} times; keep one of these columns.",
            column=name,
        )
        for name, count in Counter(names).items()
        if count > 1
    ]


def _missing(form: Form, names: Sequence[str], line: str) -> list[Finding]:
    missing = [name for name in form.required if name not in names]
    if not missing:
        return []
    if len(missing) == len(form.required):
        message = (
            "The first line has none of the known column names; it must be a header with either "
            f"{','.join(PAYSIM.required)} or {','.join(BASIC.required)}."
        )
    else:
        message = (
            f"The file looks like the {form.name} form, but lacks {', '.join(missing)}; names are "
            f"case-sensitive, and that form needs {','.join(form.required)}."
        )
    separators = [name for mark, name in ((";", "semicolons"), ("\t", "tabs")) if mark in line]
    if len(names) == 1 and separators:
        message += f" Its columns are separated by {separators[0]}: export it with commas."
    return [finding("missing_columns", message)]
