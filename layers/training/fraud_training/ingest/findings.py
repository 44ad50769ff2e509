"""Every finding a dataset can get: its code, its level, and what it says.

The codes are part of the API (`GET training/{id}` shows them) and stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fraud.domain.errors import DatasetError
from fraud.domain.findings import Finding, Level

LEVELS: Mapping[str, Level] = {
    # The file as a whole; reading stops at the first of these.
    "empty_file": Level.ERROR,  # nothing but white space
    "html_page": Level.ERROR,  # a web page, mostly a log-in or error page behind the link
    "not_csv": Level.ERROR,  # another format by its first bytes, or one endless line
    "wrong_encoding": Level.ERROR,  # UTF-16, or bytes that are not UTF-8
    "wrong_line_ends": Level.ERROR,  # lone carriage returns
    "gzip_damaged": Level.ERROR,  # truncated, or its checksum is wrong
    "gzip_nested": Level.ERROR,  # a gzip file inside a gzip file
    "gzip_too_large": Level.ERROR,  # unpacks to more than is allowed
    # The header.
    "duplicate_headers": Level.ERROR,
    "missing_columns": Level.ERROR,
    "extra_columns": Level.WARNING,  # ignored
    "absent_columns": Level.INFO,  # columns of PaySim that are not needed
    "mixed_forms": Level.ERROR,  # several files, not all of one form
    "lost_shards": Level.WARNING,  # failed though tried again, and tolerated
    # Rows and values.
    "ragged_rows": Level.ERROR,  # more or fewer fields than the header, or an unclosed quote
    "missing_values": Level.ERROR,
    "unparseable_numbers": Level.ERROR,
    "infinite_values": Level.ERROR,
    "negative_values": Level.ERROR,
    "negative_balances": Level.WARNING,  # overdrafts: PaySim 2 has them
    "values_out_of_range": Level.ERROR,
    "unknown_types": Level.ERROR,
    "bad_labels": Level.ERROR,
    # The dataset.
    "too_few_rows": Level.ERROR,
    "single_class": Level.ERROR,
    "too_few_of_a_class": Level.ERROR,
    "constant_column": Level.WARNING,
    "duplicate_column": Level.WARNING,
    "duplicated_rows": Level.WARNING,
    "fraud_rate_drift": Level.WARNING,
    "label_giveaway": Level.WARNING,
}


def finding(
    code: str, message: str, *, column: str | None = None, rows: int | None = None
) -> Finding:
    """A finding at its code's level."""
    return Finding(code=code, level=LEVELS[code], message=message, column=column, rows=rows)


class DatasetRejected(DatasetError):
    """A dataset with at least one finding of level error.

    Parameters
    ----------
    findings
        All findings, warnings too. The first error gives `code` and `message`.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        errors = [f for f in findings if f.level is Level.ERROR]
        message = errors[0].message
        others = dict.fromkeys(f.code for f in errors[1:])
        if others:
            message += f" Also found: {', '.join(others)}."
        super().__init__(message, code=errors[0].code)
        self.findings = tuple(findings)


def rejection(code: str, message: str) -> DatasetRejected:
    """The error of a file that cannot be read any further."""
    return DatasetRejected([finding(code, message)])


def counted(count: int, noun: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
