"""From transactions to the model's input matrix, by columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fraud.domain.errors import InvalidField
from fraud.domain.features import TYPE_CODES, FeatureSet
from fraud.domain.prediction_log import Value
from fraud.domain.transactions import PERSONAL, BasicTransaction, RawTransaction

type AnyForm = BasicTransaction | RawTransaction
type Refused = dict[int, list[InvalidField]]


@dataclass(frozen=True)
class ModelInputs:
    """Transactions as a model sees them: the n that are sound, in order.

    Attributes
    ----------
    X
        Features in the model's order, float32, shape (n, d).
    values
        The same before rounding to float32, shape (n, d).
    rows
        Which of the given transactions each row is, length n.
    sent
        Their fields as sent, columns of length n; None where one has none of that name.
    refused
        What every other transaction lacks, by its position.
    """

    X: NDArray[np.float32]
    values: NDArray[np.float64]
    rows: Sequence[int]
    sent: Mapping[str, Sequence[Value | None]]
    refused: Refused


def model_inputs(transactions: Sequence[AnyForm], feature_set: FeatureSet) -> ModelInputs:
    """Derive a model's inputs from transactions of either form, mixed as they come.

    Parameters
    ----------
    transactions
        At least one.
    feature_set
        The model's.
    """
    return inputs_of_fields(_as_columns(transactions), feature_set)


def inputs_of_fields(sent: Mapping[str, Sequence[Any]], feature_set: FeatureSet) -> ModelInputs:
    """Derive a model's inputs from the fields that were sent.

    Parameters
    ----------
    sent
        Columns of length n >= 1 by name, a type by its name; None where a transaction has none.
    feature_set
        The model's.
    """
    values, refused = _derived(tuple(sent), _as_numbers(sent), feature_set)
    with np.errstate(over="ignore"):
        X = values.astype(np.float32)
    finite = np.isfinite(X)
    if finite.all():
        return ModelInputs(X, values, range(len(values)), sent, refused)
    sound = finite.all(axis=1)
    for i in np.flatnonzero(~sound).tolist():
        refused.setdefault(i, _out_of_range(feature_set, finite[i]))
    rows = np.flatnonzero(sound).tolist()
    kept = {name: [cells[i] for i in rows] for name, cells in sent.items()}
    return ModelInputs(X[rows], values[rows], rows, kept, refused)


def _as_columns(transactions: Sequence[AnyForm]) -> dict[str, list[Any]]:
    """Fields by name, those that no transaction has left out."""
    n = len(transactions)
    columns: dict[str, list[Any]] = {}
    for form, rows in _by_form(transactions).items():
        names, read = _fields(form)
        cells = zip(*[read(transactions[i]) for i in rows], strict=True)
        for name, column in zip(names, cells, strict=True):
            if len(rows) == n:
                columns[name] = list(column)
            else:
                whole = columns.setdefault(name, [None] * n)
                for i, cell in zip(rows, column, strict=True):
                    whole[i] = cell
    columns["type"] = [kind.value for kind in columns["type"]]
    return {name: cells for name, cells in columns.items() if cells.count(None) < n}


def _by_form(transactions: Sequence[AnyForm]) -> dict[type[AnyForm], Sequence[int]]:
    """Which transactions are of which form."""
    forms = set(map(type, transactions))
    if len(forms) == 1:
        return {forms.pop(): range(len(transactions))}
    return {form: [i for i, t in enumerate(transactions) if type(t) is form] for form in forms}


@cache
def _fields(form: type[AnyForm]) -> tuple[tuple[str, ...], Callable[[AnyForm], tuple[Any, ...]]]:
    """Names of a form's impersonal fields, and what reads them all."""
    names = tuple(name for name in form.model_fields if name not in PERSONAL)
    return names, attrgetter(*names)


def _as_numbers(sent: Mapping[str, Sequence[Any]]) -> NDArray[np.float64]:
    """The columns as a matrix, shape (columns, n); NaN where a transaction lacks the field."""
    columns = (
        [TYPE_CODES[kind] for kind in cells] if name == "type" else cells
        for name, cells in sent.items()
    )
    return np.array([*columns], dtype=np.float64)


def _derived(
    names: tuple[str, ...], numbers: NDArray[np.float64], feature_set: FeatureSet
) -> tuple[NDArray[np.float64], Refused]:
    """Features of every transaction that has what they are derived from, NaN for the others."""
    n = numbers.shape[1]
    values = np.full((n, len(feature_set.features)), np.nan)
    refused: Refused = {}
    for present, rows in _alike(numbers):
        columns = {names[i]: numbers[i, rows] for i in present}
        missing = feature_set.missing_from(set(columns))
        if missing:
            fields = [InvalidField(name, "is missing") for name in missing]
            refused.update(dict.fromkeys(np.arange(n)[rows].tolist(), fields))
        else:
            values[rows] = np.array(feature_set.derive(columns, np)).T
    return values, refused


def _alike(numbers: NDArray[np.float64]) -> list[tuple[list[int], slice | NDArray[np.intp]]]:
    """The rows that have the same fields, with the fields' places."""
    lacking = np.isnan(numbers)
    if not lacking.any():
        return [([*range(len(numbers))], slice(None))]
    patterns, inverse = np.unique(~lacking.T, axis=0, return_inverse=True)
    return [
        (np.flatnonzero(pattern).tolist(), np.flatnonzero(inverse == k))
        for k, pattern in enumerate(patterns)
    ]


def _out_of_range(feature_set: FeatureSet, finite: NDArray[np.bool_]) -> list[InvalidField]:
    bad = [name for name, ok in zip(feature_set.names, finite.tolist(), strict=True) if not ok]
    return [InvalidField(name, "is out of the model's range") for name in bad]
