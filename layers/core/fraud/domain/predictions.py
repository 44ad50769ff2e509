"""What a prediction is: how it is asked for, and what is answered.

Answers are typed dictionaries: a batch makes a thousand of them, and what we computed ourselves
needs no validation on its way out. Their schema is in the API's description all the same.
"""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from pydantic import BaseModel, ConfigDict, Field, with_config

from fraud.domain.batch_rows import BatchRows
from fraud.domain.transactions import MAX_BATCH

_CLOSED = ConfigDict(extra="forbid")

PROBABILITY_DECIMALS = 9
"""Decimals of an answered probability: what float32, the model's own precision, can tell apart."""


type Outcome = Annotated[
    Literal["approve", "review", "block"],
    Field(description="What to do with the transaction, by the policy in force."),
]
type PredictedLabel = Literal[0, 1]
type PredictionIdText = Annotated[
    str, Field(description="Finds this prediction in the log.", examples=["pr_06DT4N9M9R0000…"])
]
type Probability = Annotated[
    float, Field(ge=0, le=1, description="Calibrated probability that it is fraud.")
]
type RiskScore = Annotated[
    int,
    Field(
        ge=0,
        le=1000,
        description="Share of legitimate transactions scoring lower, in per mille.",
    ),
]
type IsFraud = Annotated[bool, Field(description="Whether probability >= threshold.")]
type Threshold = Annotated[float, Field(ge=0, le=1, description="Where `is_fraud` begins.")]


@with_config(_CLOSED)
class ModelRef(TypedDict):
    """The model that answered."""

    name: str
    version: int


@with_config(_CLOSED)
class Reason(TypedDict):
    """What one input did to the score.

    `contribution` is its Shapley value: signed, in log-odds of fraud against the model's baseline
    transaction; all contributions of a prediction add up to the difference between the two.
    """

    feature: str
    value: Annotated[float | str, Field(description="The input's value, a type by its name.")]
    contribution: Annotated[float, Field(description="Log-odds; positive raises the risk.")]
    text: Annotated[
        str,
        Field(
            description="The same in words.",
            examples=["amount_dest of 0.00 raises the odds of fraud 3.4 times"],
        ),
    ]


type Reasons = Annotated[list[Reason], Field(description="Largest contribution first.")]


@with_config(_CLOSED)
class PredictionAnswer(TypedDict):
    """The answer for one transaction."""

    predictions: Annotated[
        list[PredictedLabel], Field(min_length=1, max_length=1, description="1 means fraud.")
    ]
    prediction_id: PredictionIdText
    is_fraud: IsFraud
    probability: Probability
    risk_score: RiskScore
    outcome: Outcome
    threshold: Threshold
    model: ModelRef
    reasons: Reasons


@with_config(_CLOSED)
class BatchResult(TypedDict):
    """The answer for one transaction of a batch."""

    prediction_id: PredictionIdText
    is_fraud: IsFraud
    probability: Probability
    risk_score: RiskScore
    outcome: Outcome
    reasons: NotRequired[Reasons]


@with_config(_CLOSED)
class RefusedField(TypedDict):
    """One bad value of a refused transaction."""

    field: str
    message: str


@with_config(_CLOSED)
class Refusal(TypedDict):
    """Why a transaction of a batch has no prediction."""

    code: str
    message: str
    field: str
    fields: Annotated[
        list[RefusedField],
        Field(description="The first five bad values; where there are more, how many they are."),
    ]


@with_config(_CLOSED)
class RefusedResult(TypedDict):
    """What stands in a batch's results where a transaction was skipped."""

    error: Refusal


@with_config(_CLOSED)
class BatchAnswer(TypedDict):
    """The answer for a batch, in the order of the request."""

    predictions: Annotated[
        list[PredictedLabel | None], Field(description="1 means fraud, null was skipped.")
    ]
    results: list[BatchResult | RefusedResult]
    prediction_id: Annotated[
        str, Field(description="The batch's id, which its members begin with.")
    ]
    threshold: Threshold
    model: ModelRef


class BatchRequest(BaseModel):
    """Up to a thousand transactions, in either form."""

    model_config = ConfigDict(strict=True, extra="forbid", defer_build=True)

    on_error: Annotated[
        Literal["fail", "skip"],
        Field(
            description="`fail` refuses the request for one bad transaction, naming its index and "
            "field; `skip` answers the others, with an error in its place."
        ),
    ] = "fail"
    reasons: Annotated[bool, Field(description="Whether to give reasons with every result.")] = (
        False
    )
    # After on_error, which says how bad rows are to be read.
    transactions: Annotated[
        BatchRows,
        # Powertools formats every argument for a debug line it does not write.
        Field(description=f"1 to {MAX_BATCH} transactions, in either form.", repr=False),
    ]
