"""From spool records to the model's inputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fraud.domain.errors import DatasetError
from fraud.domain.features import HOURS_PER_DAY, FeatureSet, feature_set_named
from fraud_training.ingest.layout import FORMS, FormName

type Records = NDArray[np.void]
"""Rows of a spool: `key`, `label` and the form's columns."""
type Matrix = NDArray[np.float32]
type Vector = NDArray[np.float64]
type Flags = NDArray[np.bool_]

DEFAULT_FEATURE_SETS: dict[FormName, str] = {"basic": "basic", "paysim": "transaction"}
"""What a form of file is trained with unless told otherwise: the richest that is known before a
transaction settles."""


def chosen_feature_set(
    name: str | None, preferred: str | None, form: FormName, columns: Sequence[str]
) -> FeatureSet:
    """The feature set to train: the one asked for, else the preferred one where the file has its
    columns, else the form's default.

    Raises
    ------
    InvalidValue
        When there is none of that name.
    DatasetError
        When the file lacks columns it needs.
    """
    if name is None and preferred is not None:
        known = feature_set_named(preferred)
        name = None if known.missing_from(set(columns)) else preferred
    feature_set = feature_set_named(name or DEFAULT_FEATURE_SETS[form])
    missing = feature_set.missing_from(set(columns))
    if missing:
        raise DatasetError(
            f"the feature set {feature_set.name!r} also needs the columns {', '.join(missing)}; "
            f"this file has {', '.join(columns)}: send them or use the feature set "
            f"{DEFAULT_FEATURE_SETS[form]!r}",
            code="feature_set_needs_columns",
        )
    return feature_set


def input_matrix(records: Records, feature_set: FeatureSet) -> Matrix:
    """The feature set's columns of records.

    Parameters
    ----------
    records
        Shape (n,).

    Returns
    -------
    ndarray
        float32, shape (n, d), C-contiguous, columns in the feature set's order.
    """
    present = records.dtype.names or ()
    wanted = {name for f in feature_set.features for name in (f.name, *f.sources)}
    columns = {name: records[name].astype(np.float64) for name in present if name in wanted}
    X = np.empty((len(records), len(feature_set.names)), dtype=np.float32)
    for i, column in enumerate(feature_set.derive(columns, np)):
        X[:, i] = column
    return X


def labels(records: Records) -> Flags:
    """Which records are frauds, shape (n,)."""
    fraud: Flags = records["label"] == 1
    return fraud


def amounts(records: Records) -> Vector:
    """Amounts in currency units, shape (n,)."""
    if "amount" in (records.dtype.names or ()):
        return records["amount"].astype(np.float64)
    return np.expm1(records["amount_log"].astype(np.float64))


def summable(amount: Vector) -> Vector:
    """Amounts to less than a cent, whose sums do not depend on the order of the rows.

    Multiples of 1/128 add up without rounding as long as a sum stays below 2**46 currency units, so
    the metrics of a dataset are the same to the last bit however it was cut into shards.
    """
    return np.round(amount * 128) / 128


def days(records: Records) -> NDArray[np.int64]:
    """Day of the month, 1 to 31, shape (n,)."""
    if "step" in (records.dtype.names or ()):
        return -(-records["step"].astype(np.int64) // HOURS_PER_DAY)
    return records["day_of_month"].astype(np.int64)


def time_column(form: FormName) -> str:
    """The column that orders a form's rows in time, in whole hours or days."""
    return FORMS[form].time
