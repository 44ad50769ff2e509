"""The two forms a dataset may have, told apart by the header."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fraud.domain.findings import Finding
from fraud_training.ingest.findings import finding

type FormName = Literal["basic", "paysim"]


@dataclass(frozen=True, slots=True)
class Form:
    """Columns of one form: `columns` are kept, `label` is 0 or 1, `optional` may be there."""

    name: FormName
    columns: tuple[str, ...]
    label: str
    optional: tuple[str, ...]
    time: str

    @property
    def required(self) -> tuple[str, ...]:
        """What a file of this form must have."""
        return (*self.columns, self.label)


BASIC = Form(
    name="basic",
    columns=("day_of_month", "type", "amount_log", "amount_dest"),
    label="is_fraud",
    optional=(),
    time="day_of_month",
)
PAYSIM = Form(
    name="paysim",
    columns=(
        "step",
        "type",
        "amount",
        "oldbalanceOrg",
        "newbalanceOrig",
        "oldbalanceDest",
        "newbalanceDest",
    ),
    label="isFraud",
    optional=("nameOrig", "nameDest", "isFlaggedFraud"),
    time="step",
)
FORMS: Mapping[FormName, Form] = {form.name: form for form in (PAYSIM, BASIC)}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of a form are in a file: `positions` of the kept ones and the label."""

    form: Form
    fields: int
    positions: tuple[int, ...]
    label_position: int


def read_header(line: str) -> tuple[Layout | None, list[Finding]]:
    """Recognise a header line.

    Parameters
    ----------
    line
        The first line, without byte order mark and line end.

    Returns
    -------
    tuple
        The layout, None where columns are missing or doubled; and what is to be said about the
        header.
    """
    try:
        names = [name.strip() for name in next(csv.reader([line], strict=True))]
    except csv.Error as error:
        return None, [finding("not_csv", f"The header line is not valid CSV: {error}.")]
    form = max(FORMS.values(), key=lambda f: _completeness(f, names))
    findings = [*_doubled(names), *_missing(form, names, line)]
    if findings:
        return None, findings
    extra = [n for n in names if n not in form.required and n not in form.optional]
    findings = [
        finding("extra_columns", f"The column {name!r} is not known and is ignored.", column=name)
        for name in extra
    ]
    absent = [n for n in form.optional if n not in names]
    if absent:
        message = f"Columns of PaySim that are absent and not needed: {', '.join(absent)}."
        findings.append(finding("absent_columns", message))
    positions = tuple(names.index(name) for name in form.columns)
    return Layout(form, len(names), positions, names.index(form.label)), findings


def _completeness(form: Form, names: Sequence[str]) -> tuple[bool, int]:
    present = sum(name in names for name in form.required)
    return present == len(form.required), present


def _doubled(names: Sequence[str]) -> list[Finding]:
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
