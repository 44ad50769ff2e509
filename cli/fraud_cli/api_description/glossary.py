"""What a field, a parameter or a tag means wherever it stands.

A model describes what is particular to it; what several share, and what a name alone would leave
open, is said once here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

TAGS = {
    "Status": "Whether anybody is there; without a key.",
    "Training": "Ask for trainings from a CSV link or an uploaded file, and follow them.",
    "Model": "Predictions of the enabled model, and how it is doing.",
    "Models": "The registry: look, compare, promote, roll back, challenge, withdraw, archive.",
    "Predictions": "The log of every answered prediction, and what turned out.",
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

FIELDS_OF_SCHEMAS: Mapping[str, str] = {
    "Bands.major": "Index from which drift is major; it turns the state.",
    "Bands.moderate": "Index from which drift is moderate.",
    "BatchAnswer.results": "One for each transaction of the request, in its order.",
    "Candidate.auprc": "Mean over the search's repeats; null where it was not measured.",
    "Candidate.name": "Name of the candidate.",
    "Candidate.won": "Whether the model was fitted from it.",
    "CandidatePair.model": "Candidates of the first model's training.",
    "CandidatePair.other": "Candidates of the other one's.",
    "DatasetPair.model": "Of the first model.",
    "DatasetPair.other": "Of the other one.",
    "DatasetPair.same_file": "Whether both have the same SHA-256.",
    "DecisionInShort.decided_at": "When that was decided, in UTC.",
    "DecisionInShort.promote": "Whether the model was enabled.",
    "DecisionInShort.reason": "The main reason.",
    "Drift.moved_most": "Null without an index.",
    "DriftReport.bands": "Where the bands begin.",
    "DriftReport.features": "The inputs, by name.",
    "DriftReport.score": "The model's probabilities.",
    "ErrorBody.error": "What went wrong.",
    "FeaturePair.model_feature_set": "Feature set and version of the first model.",
    "FeaturePair.only_model": "Inputs of the first model alone.",
    "FeaturePair.only_other": "Inputs of the other one alone.",
    "FeaturePair.other_feature_set": "Feature set and version of the other one.",
    "FeaturePair.shared": "Inputs of both.",
    "FieldProblem.message": "What is wrong with it.",
    "Finding.column": "The column it is about; null for the whole file.",
    "Finding.message": "A sentence to act on.",
    "Finding.rows": "Rows affected; null where that makes no sense.",
    "HealthNow.drift": "Null where the model's card holds nothing to compare with.",
    "HealthNow.last_prediction_at": "When the newest counted prediction was made, in UTC.",
    "HealthNow.live": "Null before any prediction is mature.",
    "HeldOutComparison.basis": "Measured on the same held-out rows, or each on its own.",
    "HeldOutComparison.challenger": "The later model.",
    "HeldOutComparison.champion": "The model it was compared with.",
    "HeldOutComparison.others": "The other metrics, by name.",
    "HeldOutComparison.rows": "Rows both were scored on; null where there were none.",
    "HeldOutComparison.why": "Why there were none; null otherwise.",
    "HistoryEntry.other": "The model that changed places with it; null for none.",
    "HistoryEntry.share": "Share of live requests, where it became the challenger.",
    "LiveComparison.by_labels": "Both models by the labels so far.",
    "LiveComparison.challenger": "Name of the challenger.",
    "LiveComparison.champion": "Name of the champion.",
    "LiveQuality.intervals": "95 % intervals of the three.",
    "LiveQuality.last_day": "The last of them, UTC.",
    "MetricPair.model": "Of the first model.",
    "MetricPair.other": "Of the other one.",
    "ModelAnswer.policy": "How its probabilities become outcomes.",
    "ModelComparison.candidates": "What either training tried.",
    "ModelComparison.datasets": "What they were trained on.",
    "ModelComparison.features": "Their inputs.",
    "ModelComparison.held_out": "Null where neither was trained against the other.",
    "ModelComparison.live": "Null where neither was the other's challenger.",
    "ModelComparison.metrics": "Metrics that both have.",
    "ModelComparison.model": "Name of the first model.",
    "ModelComparison.other": "Name of the other one.",
    "ModelComparison.policies": "How their probabilities become outcomes.",
    "ModelHealth.enabled": "Always true: a model that is not enabled is not shown here.",
    "ModelHealth.modelname": "Name of the enabled model.",
    "ModelHealth.release_reason": "Why it was enabled.",
    "Outcomes.approve": "Predictions to approve.",
    "Outcomes.block": "Predictions to block.",
    "Outcomes.review": "Predictions to review.",
    "PolicyPair.model": "Of the first model.",
    "PolicyPair.other": "Of the other one.",
    "PredictionList.predictions": "Predictions, newest first.",
    "QualityIntervals.f1": "Of F1; null without labels.",
    "QualityIntervals.precision": "Of the precision; null without alerts.",
    "QualityIntervals.recall": "Of the recall; null without frauds.",
    "Refusal.message": "What is wrong with the first bad field.",
    "RefusedField.field": "Where, as a path.",
    "RefusedField.message": "What is wrong with it.",
    "RefusedResult.error": "Why it was refused.",
    "Retraining.because": "What called for it, in words.",
    "Retraining.claimed_at": "When the monitor decided, in UTC.",
    "ServerErrors.count": "Answers with status 5xx.",
    "ServerErrors.rate": "Their share of all answers, 0 to 1.",
    "ShiftBin.high": "Log-odds; null means no upper bound.",
    "ShiftBin.low": "Log-odds; null means no lower bound.",
    "ShiftBin.rows": "Rows in between.",
    "StatusAnswer.message": "The original's words.",
    "StatusAnswer.status": "The original's word.",
    "ThresholdPolicy.block": "Probability from which the outcome is `block`, 0 to 1.",
    "ThresholdPolicy.name": "What the threshold was chosen by.",
    "ThresholdPolicy.review": "Probability from which the outcome is `review`, 0 to 1.",
    "Traffic.outcomes": "How many of each.",
    "Traffic.since": "Beginning, in UTC, included.",
    "Traffic.until": "End, in UTC, not included.",
    "TrainedOn.form": "Which of the two forms of CSV the file had.",
    "TrainedOn.sha256": "SHA-256 of the file's bytes.",
    "TrainedOn.source": "The link it came from; null for a local file.",
    "TrainingAnswer.attempts": "How often a worker took it.",
    "TrainingAnswer.dataset": "The link that was asked for.",
    "TrainingAnswer.error": "Null unless the status is `error`.",
    "TrainingAnswer.feature_set": "As asked for; null leaves the choice to the training.",
    "TrainingAnswer.finished_at": "When it ended, in UTC; null before.",
    "TrainingAnswer.id": "Number of the training.",
    "TrainingAnswer.policy": "How the threshold is to be chosen; null for the best F1.",
    "TrainingAnswer.promote": "`auto` or `never`, as asked for.",
    "TrainingAnswer.stage": "What is being done.",
    "TrainingAnswer.status": "The original's four states.",
    "TrainingList.trainings": "Trainings, newest first.",
}

SCHEMAS: Mapping[str, str] = {
    "AnyTransaction": "A transaction in one of the two forms.",
    "MetricName": "A metric that can decide a release.",
    "Moment": "A time with its offset, RFC 3339, to the millisecond at the most.",
    "PredictedLabel": "1 means fraud.",
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


def tags(used: Iterable[str]) -> list[dict[str, str]]:
    """The tags that operations use, with their descriptions.

    Raises
    ------
    KeyError
        When one is not described.
    """
    return [{"name": name, "description": TAGS[name]} for name in used]


def describe_parameter(parameter: dict[str, Any]) -> None:
    """Give a parameter the description and example of its name, where it has none."""
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
