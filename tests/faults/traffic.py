"""Requests to the predict service, and what it answered to them."""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import batched
from threading import Lock
from typing import Any

from fraud.domain.errors import Unavailable
from fraud.domain.features import TYPE_CODES
from fraud.domain.prediction_log import PredictionEntry
from fraud.domain.predictions import BatchRequest
from fraud.domain.transactions import MAX_BATCH, Transaction
from fraud.http.responses import error_response
from fraud_serving.predicting import Asked, predict, predict_batch
from fraud_serving.prediction_writing import PredictionLog
from fraud_serving.served_model import ServedModel

THREADS = 8
CLIENT = "shop"
TYPES = sorted(TYPE_CODES)

type Fields = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One request: a single transaction, or a batch."""

    id: str
    transactions: Sequence[Fields]
    batch: bool
    reasons: bool


def requests(predictions: int, single_share: float, rng: random.Random) -> list[Request]:
    """Requests for a number of predictions, single ones and batches of every size mixed."""
    sizes: list[int | None] = [None] * round(predictions * single_share)
    left = predictions - len(sizes)
    while left:
        sizes.append(min(left, round(math.exp(rng.uniform(0, math.log(MAX_BATCH))))))
        left -= sizes[-1] or 0
    rng.shuffle(sizes)
    return [
        Request(
            id=f"request-{i}",
            transactions=[_transaction(rng) for _ in range(size or 1)],
            batch=size is not None,
            reasons=size is None or rng.random() < 0.5,
        )
        for i, size in enumerate(sizes)
    ]


@dataclass
class Answers:
    """What was answered: a digest of every prediction by its id; and what was refused.

    Attributes
    ----------
    refused
        Predictions; a batch is refused whole.
    refused_requests
        Requests.
    """

    digests: dict[str, bytes] = field(default_factory=dict)
    refused: int = 0
    refused_requests: int = 0
    lock: Lock = field(default_factory=Lock)

    def keep(self, request: Request, answer: Mapping[str, Any]) -> None:
        """Remember an answer."""
        results = answer["results"] if request.batch else [answer]
        facts = {name: answer[name] for name in ("threshold", "model")}
        digests = {
            result["prediction_id"]: _digest(request.id, sent, {**result, **facts})
            for result, sent in zip(results, request.transactions, strict=True)
        }
        with self.lock:
            self.digests.update(digests)

    def refuse(self, request: Request, error: Unavailable) -> None:
        """Count a request that got no prediction, and see that it says when to come back."""
        response = error_response(error, request.id)
        if response.status_code != 503 or int(response.headers["Retry-After"]) < 1:
            raise AssertionError(f"{request.id} was refused with {response.status_code}")
        with self.lock:
            self.refused += len(request.transactions)
            self.refused_requests += 1


def send(
    asked: Sequence[Request], model: ServedModel, log: PredictionLog, answers: Answers
) -> Iterator[int]:
    """Ask from several threads; yields how many predictions were asked for since the last yield."""

    def one(request: Request) -> int:
        caller = Asked.now(CLIENT, request.id)
        try:
            answers.keep(request, _answer(request, caller, model, log))
        except Unavailable as e:
            answers.refuse(request, e)
        return len(request.transactions)

    with ThreadPoolExecutor(THREADS) as pool:
        for some in batched(asked, 2 * THREADS, strict=False):
            yield sum(pool.map(one, some))


def digest_of(entry: PredictionEntry) -> bytes:
    """The digest that the answer to a logged prediction must have had."""
    answer = {
        "prediction_id": str(entry.id),
        "is_fraud": entry.is_fraud,
        "probability": entry.probability,
        "risk_score": entry.risk_score,
        "outcome": entry.outcome,
        "threshold": entry.threshold,
        "model": {"name": entry.model_name, "version": entry.model_version},
    }
    if entry.reasons is not None:
        answer["reasons"] = list(entry.reasons)
    return _digest(entry.request_id, dict(entry.inputs), answer)


def _answer(
    request: Request, asked: Asked, model: ServedModel, log: PredictionLog
) -> Mapping[str, Any]:
    if not request.batch:
        (fields,) = request.transactions
        return predict(Transaction.model_validate(fields).root, asked, model, log)
    body = {"transactions": request.transactions, "reasons": request.reasons}
    return predict_batch(BatchRequest.model_validate(body), asked, model, log)


def _digest(request_id: str, sent: Fields, answer: Mapping[str, Any]) -> bytes:
    # A single answer repeats is_fraud in the original's form; the log need not.
    kept = {name: value for name, value in answer.items() if name != "predictions"}
    text = json.dumps([request_id, sent, kept], sort_keys=True)
    return hashlib.sha256(text.encode()).digest()


def _transaction(rng: random.Random) -> Fields:
    amount = round(rng.lognormvariate(11, 2), 2)
    if rng.random() < 0.5:
        return {
            "day_of_month": rng.randint(1, 31),
            "type": rng.choice(TYPES),
            "amount_log": round(math.log1p(amount), 6),
            "amount_dest": round(rng.lognormvariate(11, 2), 2),
        }
    return {
        "step": rng.randint(1, 744),
        "type": rng.choice(TYPES),
        "amount": amount,
        "oldbalanceDest": round(rng.lognormvariate(12, 2), 2),
        "newbalanceDest": round(rng.lognormvariate(12, 2), 2),
    }
