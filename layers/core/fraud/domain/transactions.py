"""What may be sent for a prediction: the original's four fields, or a raw transaction.

Every number has a range, because what lies outside it cannot be a transaction: it would overflow
the model's 32-bit inputs or turn into NaN on the way.

Validators are built on first use, here and wherever `defer_build` stands: a form that is only ever
read as a part of something else needs none of its own, and a cold start is waited for.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, RootModel, Tag

from fraud.domain.features import HOURS_PER_DAY, TransactionType

MAX_AMOUNT = 1e15
MAX_DAYS = 31
MAX_BATCH = 1000
PERSONAL = frozenset({"nameOrig", "nameDest"})
"""Fields that identify people: no model sees them and nothing stores them."""

Money = Annotated[
    float, Field(ge=0, le=MAX_AMOUNT, allow_inf_nan=False, json_schema_extra={"x-unit": "currency"})
]
AccountName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["C1231006815"])]
TypeName = Annotated[
    TransactionType, Field(strict=False, description="Kind of transaction.", examples=["TRANSFER"])
]


class BasicTransaction(BaseModel):
    """The original's four features, computed by the caller."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        defer_build=True,
        json_schema_extra={
            "examples": [
                {
                    "day_of_month": 5,
                    "type": "TRANSFER",
                    "amount_log": 12.1,
                    "amount_dest": 180000.0,
                }
            ]
        },
    )

    day_of_month: Annotated[
        int, Field(ge=1, le=MAX_DAYS, description="Day of the month, ceil(step / 24).")
    ]
    type: TypeName
    amount_log: Annotated[
        float,
        Field(
            ge=0,
            le=math.log1p(MAX_AMOUNT),
            allow_inf_nan=False,
            description="ln(1 + amount), amount in currency units.",
        ),
    ]
    amount_dest: Annotated[
        Money,
        Field(description="|oldbalanceDest - newbalanceDest|, in currency units."),
    ]


class RawTransaction(BaseModel):
    """A transaction in PaySim's columns; the enabled model's inputs are derived from it."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        defer_build=True,
        json_schema_extra={
            "examples": [
                {
                    "step": 97,
                    "type": "TRANSFER",
                    "amount": 181000.0,
                    "oldbalanceOrg": 181000.0,
                    "oldbalanceDest": 0.0,
                    "newbalanceDest": 181000.0,
                }
            ]
        },
    )

    step: Annotated[
        int, Field(ge=1, le=MAX_DAYS * HOURS_PER_DAY, description="Hour since the month began.")
    ]
    type: TypeName
    amount: Annotated[Money, Field(description="Amount moved, in currency units.")]
    oldbalanceOrg: Annotated[  # noqa: N815 - PaySim's own column name
        Money | None, Field(description="Sender's balance before, in currency units.")
    ] = None
    newbalanceOrig: Annotated[  # noqa: N815
        Money | None, Field(description="Sender's balance after, in currency units.")
    ] = None
    oldbalanceDest: Annotated[  # noqa: N815
        Money | None, Field(description="Receiver's balance before, in currency units.")
    ] = None
    newbalanceDest: Annotated[  # noqa: N815
        Money | None, Field(description="Receiver's balance after, in currency units.")
    ] = None
    nameOrig: Annotated[  # noqa: N815
        AccountName | None, Field(description="Sender; accepted and not kept.", exclude=True)
    ] = None
    nameDest: Annotated[  # noqa: N815
        AccountName | None, Field(description="Receiver; accepted and not kept.", exclude=True)
    ] = None


def form_of(value: Any) -> str:
    """Which form a request is in, so that its errors speak of one form only."""
    if isinstance(value, dict):
        return "basic" if {"amount_log", "amount_dest", "day_of_month"} & value.keys() else "raw"
    return "basic" if isinstance(value, BasicTransaction) else "raw"


type AnyTransaction = Annotated[
    Annotated[BasicTransaction, Tag("basic")] | Annotated[RawTransaction, Tag("raw")],
    Discriminator(form_of),
]


# RootModel[AnyTransaction] would be a class of its own, built at once.
class Transaction(RootModel):  # type: ignore[type-arg]
    """One transaction in either form."""

    model_config = ConfigDict(defer_build=True)

    root: AnyTransaction

    def __repr__(self) -> str:
        """Without amounts and names: Powertools formats every argument for its debug log."""
        return "Transaction(...)"
