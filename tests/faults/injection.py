"""Faults between the product's AWS clients and the service, below botocore's retries.

A hook on botocore's `before-send` event decides over every write that is about to be sent: it goes
through, it is throttled without being sent, it is sent and its answer lost (the connection breaks
after the service has committed), or only a part of it is taken.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError

WRITES = {"PutItem", "BatchWriteItem", "SendMessage", "SendMessageBatch"}
MAX_ENTRIES = 25
IN_PARTS = {"BatchWriteItem", "SendMessageBatch"}
THROTTLES = {
    "dynamodb": (
        "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "com.amazon.coral.availability#ThrottlingException",
    ),
    "sqs": ("com.amazonaws.sqs#RequestThrottled",),
}


class Fate(StrEnum):
    """What becomes of a call."""

    SENT = "sent"
    THROTTLED = "throttled"
    LOST = "answer lost"
    PARTIAL = "taken in part"


@dataclass
class Faults:
    """Draws the fate of every write, and counts.

    Attributes
    ----------
    throttled
        Share of calls that are throttled; also the share of calls with several entries, among
        those that are not throttled, of which a part is left.
    lost
        Share of calls whose answer is lost.
    down_until
        Moments of the monotonic clock until which a service refuses every write.
    counts
        Calls by phase, service and fate.
    """

    throttled: float
    lost: float
    random: random.Random

    def __post_init__(self) -> None:
        self.down_until: dict[str, float] = {}
        self.phase = ""
        self.counts: Counter[tuple[str, str, Fate]] = Counter()
        self._lock = Lock()

    def install(self, client: Any) -> None:
        """Stand between a client and its service."""
        service = client.meta.service_model.service_name

        def before_send(request: AWSPreparedRequest, event_name: str, **_: Any) -> Any:
            operation = event_name.rpartition(".")[2]
            return self._apply(client, service, operation, request) if operation in WRITES else None

        client.meta.events.register_first(f"before-send.{service}", before_send)

    def calls(self, phase: str, service: str, *fates: Fate) -> int:
        """How many calls had one of these fates, or any."""
        return sum(self.counts[phase, service, fate] for fate in fates or Fate)

    def _apply(
        self, client: Any, service: str, operation: str, request: AWSPreparedRequest
    ) -> AWSResponse | None:
        with self._lock:
            fate = self._fate(service, operation)
            kind = self.random.choice(THROTTLES[service])
            order = self.random.sample(range(MAX_ENTRIES), MAX_ENTRIES)
            self.counts[self.phase, service, fate] += 1
        send = client._endpoint.http_session.send
        if fate is Fate.THROTTLED:
            return answered(request, 400, {"__type": kind, "message": "injected"})
        if fate is Fate.LOST:
            send(request)
            raise ConnectionClosedError(endpoint_url=request.url)
        if fate is Fate.PARTIAL:
            return _in_part(request, send, order)
        return None

    def _fate(self, service: str, operation: str) -> Fate:
        drawn = self.random.random()
        down = time.monotonic() < self.down_until.get(service, 0)
        if down or drawn < self.throttled:
            return Fate.THROTTLED
        if drawn < self.throttled + self.lost:
            return Fate.LOST
        if operation in IN_PARTS and self.random.random() < self.throttled:
            return Fate.PARTIAL
        return Fate.SENT


def answered(request: AWSPreparedRequest, status: int, body: Any) -> AWSResponse:
    """An answer as the HTTP session would give it."""
    return AWSResponse(
        request.url,
        status,
        {"Content-Type": "application/x-amz-json-1.0"},
        _Raw(json.dumps(body).encode()),
    )


class _Raw:
    """What botocore reads a body from."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Sequence[bytes]:
        return [self._body]


def _in_part(request: AWSPreparedRequest, send: Any, order: Sequence[int]) -> AWSResponse:
    """Have the service take some of the entries, and answer that the others are left."""
    content = json.loads(request.body)
    if "Entries" in content:
        left, taken = _divided(content["Entries"], order)
        failed = [{"Id": e["Id"], "Code": "InternalError", "SenderFault": False} for e in left]
        answer = _forwarded(request, send, content | {"Entries": taken}) if taken else {}
        return answered(
            request, 200, {"Successful": answer.get("Successful", []), "Failed": failed}
        )
    ((table, entries),) = content["RequestItems"].items()
    left, taken = _divided(entries, order)
    if taken:
        _forwarded(request, send, content | {"RequestItems": {table: taken}})
    return answered(request, 200, {"UnprocessedItems": {table: left}})


def _divided(entries: list[Any], order: Sequence[int]) -> tuple[list[Any], list[Any]]:
    """Some entries that are left, at least one, and the rest."""
    left = {order[0] % len(entries), *(i for i in order[: len(order) // 2] if i < len(entries))}
    return (
        [e for i, e in enumerate(entries) if i in left],
        [e for i, e in enumerate(entries) if i not in left],
    )


def _forwarded(request: AWSPreparedRequest, send: Any, content: Any) -> dict[str, Any]:
    body = json.dumps(content).encode()
    headers = {k: v for k, v in request.headers.items() if k.lower() != "content-length"}
    smaller = AWSPreparedRequest(
        request.method,
        request.url,
        headers | {"Content-Length": str(len(body))},
        body,
        request.stream_output,
    )
    response = send(smaller)
    if response.status_code != 200:
        raise AssertionError(f"the service refused a part: {response.text}")
    return dict(json.loads(response.content))
