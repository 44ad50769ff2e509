"""The whole loop, by a client that was generated from the API's description.

``python loop.py ROOT_URL API_KEY CSV_FILE EXCHANGES_FILE``, with `fraud_api_client` importable.
Every call is typed by the description, so that what is untrue in it shows here: in the type
checker, in an answer that cannot be parsed, or in what is written to EXCHANGES_FILE, which the test
holds against the schemas.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fraud_api_client import AuthenticatedClient, Client
from fraud_api_client.api.bulk_scoring import (
    cancel_scoring,
    get_scoring,
    list_parts,
    list_scorings,
    post_scoring,
)
from fraud_api_client.api.model import get_model_health, post_prediction, post_prediction_batch
from fraud_api_client.api.models import (
    archive_model,
    challenge_model,
    compare_models,
    get_model,
    get_model_report,
    list_models,
    promote_model,
    rollback_model,
    withdraw_model,
)
from fraud_api_client.api.predictions import get_prediction, list_predictions, post_label
from fraud_api_client.api.replays import get_replay, list_replays, post_replay
from fraud_api_client.api.status import get_status
from fraud_api_client.api.training import (
    get_training,
    list_trainings,
    post_dataset,
    post_training,
)
from fraud_api_client.models import (
    BasicTransaction,
    BatchRequest,
    BatchRequestOnError,
    BatchResult,
    CancelRequest,
    ChallengeRequest,
    ChangeRequest,
    ErrorBody,
    JobStatus,
    LabelRequest,
    PolicyRequest,
    PolicyRequestName,
    RawTransaction,
    RefusedResult,
    ReplayAccepted,
    ReplayAnswer,
    ReplayRequest,
    ScoringAccepted,
    ScoringAnswer,
    ScoringCancelled,
    ScoringLinks,
    ScoringParts,
    ScoringRequest,
    ScoringRequestOutput,
    ScoringResult,
    ScoringStatus,
    TrainingAnswer,
    TrainingFailure,
    TrainingRequest,
    TrainingRequestFeatureSetType0,
    TrainingRequestPromote,
    TransactionType,
    UploadRequest,
)

TRAINING_TIMEOUT_S = 300
BASIC = BasicTransaction(
    day_of_month=1, type_=TransactionType.TRANSFER, amount_log=15.13, amount_dest=3718624.49
)
RAW = RawTransaction(
    step=97,
    type_=TransactionType.TRANSFER,
    amount=181000.0,
    oldbalance_org=181000.0,
    newbalance_orig=0.0,
    oldbalance_dest=0.0,
    newbalance_dest=181000.0,
)
TOO_MUCH = RawTransaction(step=97, type_=TransactionType.PAYMENT, amount=-1.0)


class Recorder:
    """Writes down every exchange as it went over the wire."""

    def __init__(self) -> None:
        self.exchanges: list[dict[str, Any]] = []

    def __call__(self, answer: httpx.Response) -> None:
        """Write one down; an event hook of httpx."""
        answer.read()
        sent = answer.request.content
        kind = answer.headers.get("content-type", "").partition(";")[0]
        self.exchanges.append(
            {
                "method": answer.request.method,
                "path": answer.request.url.path,
                "request": json.loads(sent) if sent else None,
                "status": answer.status_code,
                "headers": dict(answer.headers),
                "content_type": kind,
                "answer": answer.json() if kind == "application/json" else answer.text,
            }
        )


def of_type[T](answer: object, expected: type[T]) -> T:
    """The answer, which must be of the described success.

    Raises
    ------
    TypeError
        When it is an error or nothing that was described.
    """
    if not isinstance(answer, expected):
        raise TypeError(f"{expected.__name__} expected, got {answer}")
    return answer


def uploaded(client: AuthenticatedClient, content: bytes) -> str:
    """Upload a file; the link to train from."""
    upload = post_dataset.sync(client=client, body=UploadRequest())
    assert upload is not None
    assert not isinstance(upload, ErrorBody)
    httpx.put(upload.upload_url, content=content, trust_env=False).raise_for_status()
    return upload.dataset


def train(client: AuthenticatedClient, csv: Path) -> str:
    """Upload, train, wait; the new model's name."""
    request = TrainingRequest(
        dataset=uploaded(client, csv.read_bytes()),
        feature_set=TrainingRequestFeatureSetType0.BASIC,
        promote=TrainingRequestPromote.NEVER,
    )
    key = f"loop-{time.time_ns()}"
    first = post_training.sync_detailed(client=client, body=request, idempotency_key=key)
    again = post_training.sync_detailed(client=client, body=request, idempotency_key=key)
    assert first.parsed == again.parsed
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.parsed is not None
    assert not isinstance(first.parsed, ErrorBody)
    assert first.headers["Location"].endswith(f"/training/{first.parsed.id}")
    return of_type(ended(client, first.parsed.id).model, str)


def train_in_vain(client: AuthenticatedClient) -> None:
    """What is no dataset ends in an error to act on."""
    policy = PolicyRequest(PolicyRequestName.TARGET_PRECISION, target=0.9)
    page = uploaded(client, b"<!doctype html><html><body>Sign in</body></html>")
    accepted = post_training.sync(client=client, body=TrainingRequest(page, policy=policy))
    assert accepted is not None
    assert not isinstance(accepted, ErrorBody)
    assert of_type(ended(client, accepted.id).error, TrainingFailure).code == "html_page"


def ended(client: AuthenticatedClient, training_id: int) -> TrainingAnswer:
    """Poll a training until it has ended."""
    deadline = time.monotonic() + TRAINING_TIMEOUT_S
    while time.monotonic() < deadline:
        training = of_type(get_training.sync(str(training_id), client=client), TrainingAnswer)
        if training.status in {JobStatus.PROCESSED, JobStatus.ERROR}:
            return training
        time.sleep(0.2)
    raise TimeoutError(f"training {training_id} did not end")


def predict(client: AuthenticatedClient) -> None:
    """One in either form, a batch with a bad row, the log and a label."""
    basic = post_prediction.sync(client=client, body=BASIC)
    assert basic is not None
    assert not isinstance(basic, ErrorBody)
    assert basic.is_fraud is (basic.probability >= basic.threshold)
    raw = post_prediction.sync(client=client, body=RAW)
    assert not isinstance(raw, ErrorBody)
    skipping = BatchRequest([RAW, TOO_MUCH], BatchRequestOnError.SKIP, reasons=True)
    batch = post_prediction_batch.sync(client=client, body=skipping)
    assert batch is not None
    assert not isinstance(batch, ErrorBody)
    assert [type(result) for result in batch.results] == [BatchResult, RefusedResult]
    whole = post_prediction_batch.sync(client=client, body=BatchRequest([RAW, BASIC]))
    assert not isinstance(whole, ErrorBody)
    refused = post_prediction.sync(client=client, body=TOO_MUCH)
    assert of_type(refused, ErrorBody).error.field == "amount"
    label = post_label.sync(
        basic.prediction_id, client=client, body=LabelRequest(is_fraud=True, labelled_at=None)
    )
    assert label is not None
    assert not isinstance(label, ErrorBody)
    logged = get_prediction.sync(basic.prediction_id, client=client)
    assert logged is not None
    assert not isinstance(logged, ErrorBody)
    assert logged.label is not None
    assert logged.label.is_fraud is True
    since = datetime.now(UTC) - timedelta(hours=1)
    page = list_predictions.sync(client=client, from_=since, limit=5)
    assert page is not None
    assert not isinstance(page, ErrorBody)
    assert basic.prediction_id in {row.prediction_id for row in page.predictions}


def replay(client: AuthenticatedClient, name: str) -> None:
    """Score the last hour's predictions with another model."""
    now = datetime.now(UTC)
    window = ReplayRequest(from_=now - timedelta(hours=1), to=now)
    asked = post_replay.sync(name, client=client, body=window)
    replay_id = str(of_type(asked, ReplayAccepted).id)
    deadline = time.monotonic() + TRAINING_TIMEOUT_S
    while time.monotonic() < deadline:
        found = of_type(get_replay.sync(replay_id, client=client), ReplayAnswer)
        assert found.status is not JobStatus.ERROR, found.error
        if found.status is JobStatus.PROCESSED:
            assert not isinstance(list_replays.sync(client=client), ErrorBody)
            return
        time.sleep(0.2)
    raise TimeoutError(f"replay {replay_id} did not end")


def score(client: AuthenticatedClient, csv: Path) -> None:
    """Score a whole file, fetch the result, and call another scoring off."""
    dataset = uploaded(client, csv.read_bytes())
    done = scored(client, dataset)
    links = of_type(done.links, ScoringLinks)
    merged = httpx.get(of_type(links.merged, str), trust_env=False).raise_for_status()
    assert merged.text.count("\n") == of_type(done.rows, int) + 1
    parts = scored(client, dataset, ScoringRequest(dataset, output=ScoringRequestOutput.PARTS))
    assert of_type(parts.result, ScoringResult).merged is False
    listed = of_type(list_parts.sync(of_type(parts.id, str), client=client), ScoringParts).parts
    texts = [httpx.get(part.link, trust_env=False).raise_for_status().text for part in listed]
    rows = [text.partition("\n") for text in texts]
    assert rows[0][0] + "\n" + "".join(below for *_, below in rows) == merged.text
    request = ScoringRequest(dataset, max_rows=5)
    assert scored(client, dataset, request).status is ScoringStatus.ERROR
    accepted = of_type(
        post_scoring.sync(client=client, body=ScoringRequest(dataset, reasons=True)),
        ScoringAccepted,
    )
    cancelled = cancel_scoring.sync(accepted.id, client=client, body=CancelRequest())
    assert of_type(cancelled, ScoringCancelled).status is ScoringStatus.CANCELLED
    assert not isinstance(list_scorings.sync(client=client), ErrorBody)


def scored(
    client: AuthenticatedClient, dataset: str, request: ScoringRequest | None = None
) -> ScoringAnswer:
    """Ask for a scoring and poll it until it has ended."""
    asked = post_scoring.sync(client=client, body=request or ScoringRequest(dataset))
    scoring_id = of_type(asked, ScoringAccepted).id
    deadline = time.monotonic() + TRAINING_TIMEOUT_S
    while time.monotonic() < deadline:
        found = of_type(get_scoring.sync(scoring_id, client=client), ScoringAnswer)
        if found.status not in {ScoringStatus.PENDING, ScoringStatus.PROCESSING}:
            return found
        time.sleep(0.2)
    raise TimeoutError(f"scoring {scoring_id} did not end")


def release(client: AuthenticatedClient, champion: str, candidate: str) -> None:
    """Look at both models, try, promote, roll back, put away: the champion is as before."""
    models = list_models.sync(client=client)
    assert models is not None
    assert not isinstance(models, ErrorBody)
    assert {champion, candidate} <= {model.name for model in models.models}
    assert not isinstance(get_model.sync(candidate, client=client), ErrorBody)
    assert "<html" in of_type(get_model_report.sync(candidate, client=client), str)
    compared = compare_models.sync(candidate, champion, client=client)
    assert compared is not None
    assert not isinstance(compared, ErrorBody)
    assert compared.summary
    because = ChangeRequest("the generated client goes through the loop")
    tried = challenge_model.sync(
        candidate, client=client, body=ChallengeRequest(because.reason, share=0.5)
    )
    assert tried is not None
    assert not isinstance(tried, ErrorBody)
    assert tried.challenger == candidate
    changes = [
        withdraw_model.sync(candidate, client=client, body=because),
        archive_model.sync(candidate, client=client, body=because),
        promote_model.sync(candidate, client=client, body=because),
        rollback_model.sync(client=client, body=because),
    ]
    for change in changes:
        assert change is not None
        assert not isinstance(change, ErrorBody), change
    assert not isinstance(get_model.sync(candidate, client=client), ErrorBody)
    again = promote_model.sync(champion, client=client, body=because)
    assert of_type(again, ErrorBody).error.code == "conflict"
    health = get_model_health.sync(client=client)
    assert health is not None
    assert not isinstance(health, ErrorBody)
    assert health.modelname == champion


def main(root_url: str, key: str, csv: Path, exchanges: Path) -> None:
    """Run the loop, and write down what went over the wire."""
    recorder = Recorder()
    arguments: dict[str, Any] = {
        "raise_on_unexpected_status": True,
        "timeout": httpx.Timeout(60),
        "httpx_args": {"event_hooks": {"response": [recorder]}, "trust_env": False},
    }
    try:
        anonymous = Client(root_url, **arguments)
        assert get_status.sync(client=anonymous) is not None
        client = AuthenticatedClient(
            root_url, token=key, prefix="", auth_header_name="X-Api-Key", **arguments
        )
        stranger = AuthenticatedClient(
            root_url, token="nonsense", prefix="", auth_header_name="X-Api-Key", **arguments
        )
        refused = get_model_health.sync(client=stranger)
        assert of_type(refused, ErrorBody).error.code == "unauthenticated"
        missing = get_training.sync("999999", client=client)
        assert of_type(missing, ErrorBody).error.code == "not_found"
        health = get_model_health.sync(client=client)
        assert health is not None
        assert not isinstance(health, ErrorBody)
        candidate = train(client, csv)
        train_in_vain(client)
        assert not isinstance(list_trainings.sync(client=client), ErrorBody)
        predict(client)
        replay(client, candidate)
        score(client, csv)
        release(client, health.modelname, candidate)
    finally:
        exchanges.write_text(json.dumps(recorder.exchanges), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
