"""What a model says about itself: the card stored beside it, and its row in the registry."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from fraud.domain.features import FeatureSet

ONNX_FILE = "model.onnx"
"""Input `X` float32 (n, d), the feature set's columns in order; outputs `log_odds` and
`probability`, float32 (n,), calibrated and corrected for sampling."""
JOBLIB_FILE = "model.joblib"
"""The scikit-learn estimator, for data scientists; nothing that serves reads it."""
CARD_FILE = "card.json"
GOLDEN_FILE = "golden.json"
"""`{"X": [[...]], "probability": [...], "tolerance": 1e-5}`: what the ONNX file must answer."""
REPORT_FILE = "report.html"
SERVED_FILES = (ONNX_FILE, CARD_FILE, GOLDEN_FILE)
"""The artifacts that serving reads."""


def name_prefix(training_id: int) -> str:
    """What the names of all models of a training begin with; a dash follows."""
    return f"fraud-{training_id:06d}"


class Metrics(BaseModel):
    """Quality on held-out rows, at the threshold in force. All but `time` lie in [0, 1].

    `accuracy`, `recall`, `precision`, `f1`, `auc` and `time` are the original's six; `auc` is the
    area under the ROC curve, `time` the seconds from reading the dataset to the last artifact.
    """

    model_config = ConfigDict(extra="allow", defer_build=True)

    accuracy: float
    recall: float
    precision: float
    f1: float
    auc: float
    auprc: float
    log_loss: float
    brier: float
    prevalence: float
    time: float


class ThresholdPolicy(BaseModel):
    """How a probability becomes an outcome.

    `approve` below `review`, `review` from there to below `block`, `block` from there on; and
    `is_fraud` from `threshold` on.
    """

    model_config = ConfigDict(defer_build=True)

    name: Literal["best_f1", "target_precision", "target_alert_rate", "lowest_cost"] = "best_f1"
    threshold: float = Field(ge=0, le=1)
    review: float = Field(ge=0, le=1)
    block: float = Field(ge=0, le=1)
    target: float | None = None


class DatasetFacts(BaseModel):
    """What a model was trained on."""

    model_config = ConfigDict(defer_build=True)

    sha256: str
    rows: int
    frauds: int
    form: Literal["basic", "paysim"]
    source: str | None = None


class ModelCard(BaseModel):
    """`card.json`: everything needed to serve a model and to judge it, beside the ONNX file.

    `score_quantiles` are the legitimate held-out probabilities at the per-mille points 0 to 1000
    (1001 values, ascending): a `risk_score` of 950 means that 95 % of legitimate transactions score
    lower. `baseline` is one row of the model's inputs, the reference that reasons compare with.
    """

    model_config = ConfigDict(defer_build=True)

    schema_version: Literal[1] = 1
    name: str
    created_at: datetime
    training_id: int | None = None
    algorithm: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    feature_set: FeatureSet
    seed: int
    split: Literal["random", "time"]
    dataset: DatasetFacts
    metrics: Metrics
    policy: ThresholdPolicy
    baseline: tuple[float, ...]
    score_quantiles: tuple[float, ...] = Field(min_length=1001, max_length=1001)
    library_versions: dict[str, str]
    evaluation: dict[str, Any] = Field(default_factory=dict)


class ModelState(StrEnum):
    """Where a model is in its life."""

    CANDIDATE = "candidate"
    CHAMPION = "champion"
    CHALLENGER = "challenger"
    ARCHIVED = "archived"


class ModelRecord(BaseModel):
    """One model in the registry; `files` maps each artifact's name to its SHA-256 (hex)."""

    model_config = ConfigDict(defer_build=True)

    name: str
    version: int = Field(ge=1)
    state: ModelState = ModelState.CANDIDATE
    created_at: datetime
    training_id: int
    feature_set: str
    algorithm: str
    metrics: Metrics
    policy: ThresholdPolicy
    files: dict[str, str]
    decision: dict[str, Any] = Field(default_factory=dict)

    @property
    def enabled(self) -> bool:
        """Whether predictions come from this model."""
        return self.state is ModelState.CHAMPION


class Champion(BaseModel):
    """The pointer predictions follow: which model is enabled, and which were before it.

    `revision` counts releases; every release is conditional on the revision it saw. `earlier` names
    the models that a rollback goes back to, the latest last: a release adds the one it replaces, a
    rollback takes one away.
    """

    model_config = ConfigDict(defer_build=True)

    name: str
    earlier: tuple[str, ...] = ()
    revision: int = Field(ge=1)
    released_at: datetime
    released_by: str
    reason: str

    @property
    def previous(self) -> str | None:
        """The model that a rollback enables."""
        return self.earlier[-1] if self.earlier else None


class Challenger(BaseModel):
    """The pointer shadow scoring follows: which model is tried, on what share of requests.

    `revision` counts changes of the challenger, its end included: it only ever grows.
    """

    name: str
    share: float = Field(gt=0, le=1)
    revision: int = Field(ge=1)
    set_at: datetime
    set_by: str
    reason: str


class Pointers(NamedTuple):
    """Both pointers as one consistent read found them.

    `challenger_revision` is that of the last change of the challenger, also while there is none.
    """

    champion: Champion | None = None
    challenger: Challenger | None = None
    challenger_revision: int = 0
