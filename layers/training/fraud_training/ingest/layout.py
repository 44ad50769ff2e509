"""The two forms a dataset may have, and where their columns are in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

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
    """Where a form's required columns are in a file: positions from 0, of `fields` in a row."""

    form: Form
    fields: int
    positions: Mapping[str, int]
