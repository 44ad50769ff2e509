"""What a field, a parameter or a tag means wherever it stands.

A model describes what is particular to it; what several share, and what a name alone would leave
open, is said once here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from fraud_cli.api_description.particular_fields import FIELDS_OF_SCHEMAS

TAGS = {
    "Status": "Whether anybody is there; without a key.",
    "Bulk scoring": "Score whole files of transactions of any size, and follow that.",
    "Training": "Ask for trainings from a CSV link or an uploaded file, and follow them.",
    "Model": "Predictions of the enabled model, and how it is doing.",
    "Models": "The registry: look, compare, promote, roll back, challenge, withdraw, archive.",
    "Predictions": "The log of every answered prediction, and what turned out.",
    "Replays": "What a model would have answered to the logged predictions of a time.",
}

FIELDS: Mapping[str, str] = {
    "accuracy": "Share of held-out rows whose label was predicted, 0 to 1.",
    "action": "What was done.",
    "algorithm": "Learning algorithm of the candidate that won.",
    "at": "When it happened, in UTC.",
    "auc": "Area under the ROC curve, 0 to 1; a coin has 0.5.",
    "auprc": "Area under the precision-recall curve, 0 to 1; a coin has the prevalence.",
    "brier": "Mean squared error of the probabilities, 0 to 1; lower is better.",
    "by": "The client whose key did it.",
    "challenger": "Name of the challenger; null without one.",
    "champion": "Name of the champion; null without one.",
    "challenger_value": "The metric of the challenger.",
    "champion_value": "The metric of the champion.",
    "client": "The client whose key asked.",
    "code": "Stable, for programs.",
    "created_at": "When it was made, in UTC.",
    "decision": "Whether its own training enabled it, and why; null while undecided.",
    "difference": "Challenger less champion.",
    "error": "What went wrong.",
    "f1": "Harmonic mean of precision and recall, 0 to 1.",
    "feature": "Name of the input.",
    "feature_set": "Name of the list of inputs, such as `basic`.",
    "field": "The first bad field, as a path.",
    "fields": "Every bad field.",
    "frauds": "Rows whose label is fraud.",
    "from_state": "State before.",
    "id": "Identifies it in every other route.",
    "interval": "95 % interval of `difference`; null where the two were not measured on the same "
    "rows.",
    "latency": "How long predictions took; null without any.",
    "log_loss": "Mean negative log-likelihood of the labels, in nats; lower is better.",
    "log_odds": "ln(p / (1 - p)) of the probability p.",
    "message": "For people: what was wrong, and what to do.",
    "metric": "Name of the metric.",
    "metrics": "Quality on held-out rows.",
    "model": "Name of the model.",
    "models": "Models, newest first.",
    "name": "Name, unique in the registry.",
    "other": "The other one of the two.",
    "precision": "Share of alerts that are frauds, 0 to 1; null without alerts.",
    "predictions": "Predictions in it.",
    "prevalence": "Share of frauds among the held-out rows, 0 to 1.",
    "reason": "Why, in the words of whoever did it.",
    "recall": "Share of frauds that were caught, 0 to 1; null without frauds.",
    "released_at": "When it was enabled, in UTC.",
    "rows": "Rows of the dataset.",
    "seed": "Seed of sampling, split and fit.",
    "share": "Share of live requests the challenger scores, 0 to 1; null for other models.",
    "split": "How rows were held out: `random`, or `time` for the latest ones.",
    "started_at": "When a worker first took it, in UTC; null before.",
    "state": "Where it is in its life.",
    "target": "What a targeting policy was to reach, 0 to 1; null for others.",
    "threshold": "Probability from which `is_fraud` is true, 0 to 1.",
    "time": "Seconds from reading the dataset to the last artifact.",
    "to_state": "State after.",
    "trained_at": "When it was trained, in UTC.",
    "training_id": "The training that made it.",
    "updated_at": "When it last changed, in UTC.",
    "version": "Counts up with every model registered.",
}

SCHEMAS: Mapping[str, str] = {
    "AnyTransaction": "A transaction in one of the two forms.",
    "MetricName": "A metric that can decide a release.",
    "Moment": "A time with its offset, RFC 3339, to the millisecond at the most.",
    "PredictedLabel": "1 means fraud.",
    "Part": "What was answered, or what the model would have.",
    "Role": "One of the two models of a trial.",
    "Share": "0 to 1.",
    "WindowName": "A stretch of time before the monitor looked.",
}

PARAMETERS: Mapping[str, tuple[str, Any]] = {
    "id": ("Number of the training, as `POST /api/v1/training` gave it.", "12"),
    "name": ("Name of the model.", "fraud-000001-ee6ed9c0"),
    "other": ("Name of the other model.", "fraud-000002-2b1a6f3d"),
    "prediction_id": (
        "Id of the prediction, as its answer gave it.",
        "pr_01M82MVDB1C5ZZ0VMYJFYDCW1H",
    ),
    "next": ("`next` of the page before, for the following one.", None),
}


def tags(used: Collection[str]) -> list[dict[str, str]]:
    """The tags that operations use, with their descriptions.

    Raises
    ------
    ValueError
        When one is not described.
    """
    unknown = set(used) - TAGS.keys()
    if unknown:
        raise ValueError(f"describe the tag {unknown.pop()} in {__name__}")
    return [{"name": name, "description": TAGS[name]} for name in used]


def describe_parameter(parameter: dict[str, Any]) -> None:
    """Give a parameter the description and example of its name, where it has none."""
    if "description" in parameter:  # its own route says more
        return
    words, example = PARAMETERS.get(parameter["name"], (None, None))
    if words:
        parameter.setdefault("description", words)
    if example is not None:
        parameter.setdefault("example", example)


def describe_fields(schemas: dict[str, Any]) -> None:
    """Give every schema and field that says nothing itself the words of this glossary."""
    for name, words in SCHEMAS.items():
        if name in schemas:
            schemas[name].setdefault("description", words)
    for name, schema in schemas.items():
        for field, described in schema.get("properties", {}).items():
            own = FIELDS_OF_SCHEMAS.get(f"{name}.{field}")
            if own is None and not _described_by_target(described, schemas):
                own = FIELDS.get(field)
            if own:
                described.setdefault("description", own)


def _described_by_target(described: dict[str, Any], schemas: dict[str, Any]) -> bool:
    target = described.get("$ref", "").rpartition("/")[2]
    return "description" in schemas.get(target, {})
