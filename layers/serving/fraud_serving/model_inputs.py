"""From transactions to the model's input matrix, by columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    sent = _as_columns(transactions)
    numbers = {
        name: np.array(
            [TYPE_CODES[kind] for kind in cells] if name == "type" else cells, dtype=np.float64
        )
        for name, cells in sent.items()
    }
    values, refused = _derived(numbers, len(transactions), feature_set)
    with np.errstate(over="ignore"):
        X = values.astype(np.float32)
    finite = np.isfinite(X)
    if finite.all():
        return ModelInputs(X, values, range(len(transactions)), sent, refused)
    sound = finite.all(axis=1)
    for i in np.flatnonzero(~sound).tolist():
        refused.setdefault(i, _out_of_range(feature_set, finite[i]))
    rows = np.flatnonzero(sound).tolist()
    kept = {name: [cells[i] for i in rows] for name, cells in sent.items()}
    return ModelInputs(X[rows], values[rows], rows, kept, refused)


def _as_columns(transactions: Sequence[AnyForm]) -> dict[str, list[Any]]:
    """Fields by name, those that no transaction has left out."""
    n = len(transactions)
    members: dict[type[AnyForm], list[int]] = {}
    for i, transaction in enumerate(transactions):
        members.setdefault(type(transaction), []).append(i)
    columns: dict[str, list[Any]] = {}
    for form, rows in members.items():
        names = tuple(name for name in form.model_fields if name not in PERSONAL)
        read = attrgetter(*names)
        cells = zip(*[read(transactions[i]) for i in rows], strict=True)
        for name, column in zip(names, cells, strict=True):
            if len(rows) == n:
                columns[name] = list(column)
            else:
                whole = columns.setdefault(name, [None] * n)
                for i, cell in zip(rows, column, strict=True):
                    whole[i] = cell
    columns["type"] = list(map(str, columns["type"]))
    return {name: cells for name, cells in columns.items() if cells.count(None) < n}


def _derived(
    numbers: Mapping[str, NDArray[np.float64]], n: int, feature_set: FeatureSet
) -> tuple[NDArray[np.float64], Refused]:
    """Features of every transaction that has what they are derived from, NaN for the others."""
    values = np.full((n, len(feature_set.names)), np.nan)
    refused: Refused = {}
    for names, rows in _alike(numbers, n):
        missing = feature_set.missing_from(set(names))
        if missing:
            fields = [InvalidField(name, "is missing") for name in missing]
            refused.update(dict.fromkeys(np.arange(n)[rows].tolist(), fields))
        else:
            derived = feature_set.derive({name: numbers[name][rows] for name in names}, np)
            values[rows] = np.array(derived).T
    return values, refused


def _alike(
    numbers: Mapping[str, NDArray[np.float64]], n: int
) -> list[tuple[tuple[str, ...], slice | NDArray[np.intp]]]:
    """The rows that have the same fields, with the fields' names."""
    names = tuple(numbers)
    present = ~np.isnan(np.array(list(numbers.values())).T)
    if present.all():
        return [(names, slice(0, n))]
    patterns, inverse = np.unique(present, axis=0, return_inverse=True)
    return [
        (
            tuple(name for name, has in zip(names, pattern.tolist(), strict=True) if has),
            np.flatnonzero(inverse == k),
        )
        for k, pattern in enumerate(patterns)
    ]


def _out_of_range(feature_set: FeatureSet, finite: NDArray[np.bool_]) -> list[InvalidField]:
    bad = [name for name, ok in zip(feature_set.names, finite.tolist(), strict=True) if not ok]
    return [InvalidField(name, "is out of the model's range") for name in bad]
