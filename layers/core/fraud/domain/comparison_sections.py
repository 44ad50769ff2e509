"""What a comparison of two models is made of; a section with nothing to say is left out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from fraud.domain.comparisons import Comparison
from fraud.domain.labelled_quality import LabelledQuality
from fraud.domain.model_cards import DatasetFacts, ThresholdPolicy


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True)


class MetricPair(_Section):
    """One metric of both models, each on its own held-out rows."""

    metric: str
    model: float
    other: float
    difference: Annotated[float, Field(description="`model` less `other`.")]
    better: Annotated[
        Literal["model", "other", "equal"] | None,
        Field(description="Absent for what is no measure of quality, such as prevalence."),
    ] = None


class PolicyPair(_Section):
    """How either model's probabilities become outcomes."""

    model: ThresholdPolicy
    other: ThresholdPolicy


class FeaturePair(_Section):
    """The inputs of both models."""

    model_feature_set: str
    other_feature_set: str
    shared: tuple[str, ...]
    only_model: tuple[str, ...]
    only_other: tuple[str, ...]


class TrainedOn(DatasetFacts):
    """A model's dataset, and how its rows were split."""

    prevalence: Annotated[float, Field(description="Share of frauds in the file.")]
    split: str
    seed: int


class DatasetPair(_Section):
    """What the models were trained on."""

    model: TrainedOn
    other: TrainedOn
    same_file: bool


class Candidate(_Section):
    """One candidate of a training's search; `auprc` is its mean over the search's repeats."""

    name: str
    algorithm: str
    auprc: float | None = None
    won: bool


class CandidatePair(_Section):
    """What either training tried."""

    model: tuple[Candidate, ...]
    other: tuple[Candidate, ...]


class HeldOutComparison(Comparison):
    """Both models on the same held-out rows, as the later one's training measured them."""

    challenger: str


type Share = Annotated[float, Field(ge=0, le=1)]
type Role = Literal["challenger", "champion"]


class ShiftBin(_Section):
    """Rows whose shift lies from `low` to below `high`; absent bounds are infinite."""

    low: float | None = None
    high: float | None = None
    rows: int


class SameTransactions(_Section):
    """Two models on the same transactions: the champion, or whoever answered, and another."""

    rows: Annotated[int, Field(description="Transactions that both scored.")]
    left_out: Annotated[
        int, Field(description="Transactions whose inputs the other model lacks, or out of time.")
    ]
    same_is_fraud: Annotated[Share | None, Field(description="Rows with the same is_fraud.")] = None
    same_outcome: Annotated[Share | None, Field(description="Rows with the same outcome.")] = None
    is_fraud: Annotated[
        dict[str, dict[str, int]],
        Field(description="Rows by is_fraud as answered, then by the other model's."),
    ]
    outcomes: Annotated[
        dict[str, dict[str, int]],
        Field(description="Rows by outcome as answered, then by the other model's."),
    ]
    mean_shift: Annotated[
        float | None, Field(description="Log-odds, the other model's less those answered with.")
    ] = None
    shifts: Annotated[tuple[ShiftBin, ...], Field(description="Rows by shift of log-odds.")]
    labels: Annotated[int, Field(description="Rows with a label, of whatever age.")]
    frauds: Annotated[int, Field(description="Frauds among them.")]


class LiveComparison(SameTransactions):
    """Challenger and champion on the same live transactions, as the monitor counted them."""

    challenger: str
    champion: str
    by_labels: dict[Role, LabelledQuality]


class ModelComparison(_Section):
    """Two models side by side; a section that there is nothing to say in is absent."""

    model: str
    other: str
    summary: Annotated[tuple[str, ...], Field(description="The main differences, in words.")]
    metrics: tuple[MetricPair, ...]
    policies: PolicyPair
    features: FeaturePair
    datasets: DatasetPair
    candidates: CandidatePair
    held_out: HeldOutComparison | None = None
    live: LiveComparison | None = None
