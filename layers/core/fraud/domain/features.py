"""Feature sets: which inputs a model sees, and how they follow from a transaction.

One derivation serves training (numpy columns of millions of rows) and prediction (columns of one
to a thousand rows): it is written against an array namespace `xp`, so this package needs no numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fraud.domain.errors import InvalidField, InvalidValue

type Column = Any
"""A one-dimensional array of `xp` (float64, shape (n,))."""

HOURS_PER_DAY = 24


class TransactionType(StrEnum):
    """PaySim's five kinds of transaction."""

    CASH_IN = "CASH_IN"
    DEBIT = "DEBIT"
    PAYMENT = "PAYMENT"
    CASH_OUT = "CASH_OUT"
    TRANSFER = "TRANSFER"


# Ordered by how far the money leaves its owner's reach, so that one threshold of a tree separates
# the kinds in which frauds occur (Lopez-Rojas et al., EMSS 2016: CASH_OUT and TRANSFER only).
TYPE_CODES: Mapping[str, int] = {kind.value: code for code, kind in enumerate(TransactionType)}


class Feature(BaseModel):
    """One input of a model.

    `sources` are the raw columns it is derived from; a request or dataset that carries the
    feature under its own name needs none of them.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    kind: Literal["number", "category"] = "number"
    unit: str = ""
    description: str = ""
    sources: tuple[str, ...]
    categories: tuple[str, ...] = ()


class FeatureSet(BaseModel):
    """A named, versioned list of features, stored inside every model's card."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: int = Field(ge=1)
    features: tuple[Feature, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names in the order of the model's input columns."""
        return tuple(feature.name for feature in self.features)

    def missing_from(self, columns: set[str]) -> tuple[str, ...]:
        """Columns that would still be needed to derive every feature from `columns`."""
        missing: dict[str, None] = {}
        for feature in self.features:
            if feature.name not in columns:
                missing.update(dict.fromkeys(s for s in feature.sources if s not in columns))
        return tuple(missing)

    def derive(self, columns: Mapping[str, Column], xp: Any) -> list[Column]:
        """Compute every feature.

        Parameters
        ----------
        columns
            Raw columns by name, float64, shape (n,); `type` holds the codes of `TYPE_CODES`.
        xp
            The array namespace the columns belong to (numpy).

        Returns
        -------
        list
            One column of shape (n,) per feature, in the order of `names`.

        Raises
        ------
        InvalidValue
            When a feature can neither be read nor derived; names the columns it needs.
        """
        missing = self.missing_from(set(columns))
        if missing:
            raise InvalidValue(
                f"the feature set {self.name!r} also needs {', '.join(missing)}",
                [InvalidField(name, "is needed by the enabled model") for name in missing],
            )
        return [
            columns[f.name] if f.name in columns else DERIVATIONS[f.name](columns, xp)
            for f in self.features
        ]


type Derivation = Callable[[Mapping[str, Column], Any], Column]

# An overdrawn account counts as empty: its logarithm would be undefined.
DERIVATIONS: Mapping[str, Derivation] = {
    "day_of_month": lambda c, xp: xp.ceil(c["step"] / HOURS_PER_DAY),
    "hour_of_day": lambda c, xp: c["step"] % HOURS_PER_DAY,
    "amount_log": lambda c, xp: xp.log1p(c["amount"]),
    "amount_dest": lambda c, xp: xp.abs(c["oldbalanceDest"] - c["newbalanceDest"]),
    "origin_balance_log": lambda c, xp: xp.log1p(xp.maximum(c["oldbalanceOrg"], 0.0)),
    "dest_balance_log": lambda c, xp: xp.log1p(xp.maximum(c["oldbalanceDest"], 0.0)),
    "origin_shortfall": lambda c, xp: c["amount"] - c["oldbalanceOrg"],
}

_TYPE = Feature(
    name="type",
    kind="category",
    description="kind of transaction",
    sources=("type",),
    categories=tuple(TransactionType),
)
_AMOUNT_LOG = Feature(
    name="amount_log", unit="ln(1 + currency)", description="size", sources=("amount",)
)

BASIC = FeatureSet(
    name="basic",
    version=1,
    features=(
        Feature(
            name="day_of_month",
            unit="day, 1 to 31",
            description="day of the month",
            sources=("step",),
        ),
        _TYPE,
        _AMOUNT_LOG,
        Feature(
            name="amount_dest",
            unit="currency",
            description="change of the receiver's balance",
            sources=("oldbalanceDest", "newbalanceDest"),
        ),
    ),
)

TRANSACTION = FeatureSet(
    name="transaction",
    version=1,
    features=(
        Feature(
            name="hour_of_day",
            unit="hour, 0 to 23",
            description="hour of the day",
            sources=("step",),
        ),
        _TYPE,
        _AMOUNT_LOG,
        Feature(
            name="origin_balance_log",
            unit="ln(1 + currency)",
            description="sender's balance before",
            sources=("oldbalanceOrg",),
        ),
        Feature(
            name="dest_balance_log",
            unit="ln(1 + currency)",
            description="receiver's balance before",
            sources=("oldbalanceDest",),
        ),
        Feature(
            name="origin_shortfall",
            unit="currency",
            description="amount beyond the sender's balance",
            sources=("amount", "oldbalanceOrg"),
        ),
    ),
)

FEATURE_SETS: Mapping[str, FeatureSet] = {fs.name: fs for fs in (BASIC, TRANSACTION)}


def feature_set_named(name: str) -> FeatureSet:
    """The current version of one of our feature sets.

    Raises
    ------
    InvalidValue
        When there is no feature set of that name.
    """
    try:
        return FEATURE_SETS[name]
    except KeyError:
        known = ", ".join(FEATURE_SETS)
        raise InvalidValue(
            f"feature_set {name!r} is not known; use one of {known}",
            [InvalidField("feature_set", f"must be one of {known}")],
        ) from None
