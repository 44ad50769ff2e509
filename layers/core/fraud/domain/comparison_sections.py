"""What a comparison of two models is made of; a section with nothing to say is left out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from fraud.domain.comparisons import Comparison
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


class LiveSide(_Section):
    """One model by the labels of the rows that both scored; absent shares have no rows."""

    precision: Share | None = None
    recall: Share | None = None
    alerts: Annotated[int, Field(description="Labelled rows that it calls fraud.")]
    caught: Annotated[int, Field(description="Frauds among them.")]


class ShiftBin(_Section):
    """Rows whose shift lies from `low` to below `high`; absent bounds are infinite."""

    low: float | None = None
    high: float | None = None
    rows: int


class LiveComparison(_Section):
    """Challenger and champion on the same live transactions, as the monitor counted them."""

    challenger: str
    champion: str
    rows: Annotated[int, Field(description="Live transactions that both scored.")]
    left_out: Annotated[
        int, Field(description="Transactions whose inputs the challenger lacks, or out of time.")
    ]
    same_is_fraud: Annotated[Share | None, Field(description="Rows with the same is_fraud.")] = None
    same_outcome: Annotated[Share | None, Field(description="Rows with the same outcome.")] = None
    is_fraud: Annotated[
        dict[str, dict[str, int]],
        Field(description="Rows by the champion's is_fraud, then by the challenger's."),
    ]
    outcomes: Annotated[
        dict[str, dict[str, int]],
        Field(description="Rows by the champion's outcome, then by the challenger's."),
    ]
    mean_shift: Annotated[
        float | None, Field(description="Log-odds, challenger less champion.")
    ] = None
    shifts: Annotated[tuple[ShiftBin, ...], Field(description="Rows by shift of log-odds.")]
    labels: Annotated[int, Field(description="Rows with a label, of whatever age.")]
    frauds: Annotated[int, Field(description="Frauds among them.")]
    by_labels: dict[Role, LiveSide]


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
