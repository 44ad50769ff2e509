"""Named points in a worker's life at which it can be killed or frozen.

The product knows nothing of them: they are the moments before, during and after its calls to AWS,
named by what each call does, seen through botocore's own events; and the beginning and the end of
the invocation. A call is killed before it is sent (nothing has happened), while its body is on its
way in or out, or after it was answered (it has happened, and nobody has noticed).
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

BEGUN = "invoked"
ENDED = "ended"
CHUNK_BYTES = 1024
ADDED_TO = (("attempts", "claim"), ("last_id", "number"), ("trainings", "count against the quota"))
"""Counters that only one kind of update adds to, and what that one does."""


@dataclass(frozen=True)
class Plan:
    """Where a worker dies or freezes; nowhere without a point."""

    point: str | None = None
    signal: signal.Signals = signal.SIGKILL


class Points:
    """Writes down every point that is passed, and sends the planned signal at one of them.

    Parameters
    ----------
    journal
        Gets a line for every point: the process, what it works on, and the point. Written before
        the signal, by one system call each, so that the dead are in it too.
    """

    def __init__(self, plan: Plan, subject: str, journal: Path) -> None:
        self._plan = plan
        self._subject = subject
        self._sent_signal = False
        self._journal = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def passed(self, point: str) -> None:
        """Come to a point."""
        os.write(self._journal, f"{os.getpid()}\t{self._subject}\t{point}\n".encode())
        if point == self._plan.point and not self._sent_signal:
            self._sent_signal = True  # one that was frozen is not frozen again
            os.kill(os.getpid(), self._plan.signal)

    def watch(self, client: Any) -> None:
        """Come to points whenever this client calls its service."""
        service = client.meta.service_model.service_name
        events = client.meta.events
        events.register(f"before-parameter-build.{service}", self._named)
        events.register_first(f"before-call.{service}", self._before)
        events.register_first(f"before-send.{service}", self._sent)
        events.register_first(f"after-call.{service}", self._after)

    def _named(self, params: Any, model: Any, context: Any, **_: Any) -> None:
        context["point"] = name_of(model.service_model.service_name, model.name, params)

    def _before(self, context: Any, **_: Any) -> None:
        self.passed(f"before {context['point']}")

    def _sent(self, request: Any, event_name: str, **_: Any) -> None:
        """Send a part of an upload, where that is the planned point."""
        if not event_name.endswith("PutObject") or not self._plan.point:
            return
        point = f"during {name_of('s3', 'PutObject', {'Key': urlsplit(request.url).path})}"
        if point == self._plan.point:
            with _half_sent(request):
                self.passed(point)

    def _after(self, parsed: Any, context: Any, **_: Any) -> None:
        self.passed(f"after {context['point']}")
        if "Body" in parsed:
            body = parsed["Body"]
            point = f"during {context['point']}"
            body._raw_stream = _SlowBody(body._raw_stream, lambda: self.passed(point))


def name_of(service: str, operation: str, params: Mapping[str, Any]) -> str:
    """What a call does, in the product's words."""
    if service == "s3":
        return _file_name(operation, params)
    if operation == "UpdateItem":
        return _update_name(params)
    if operation == "TransactWriteItems":
        return _transaction_name(params["TransactItems"])
    names = {"SendMessage": "queue", "PutItem": "ask", "GetItem": "look", "Query": "list"}
    return names.get(operation, operation)


def _file_name(operation: str, params: Mapping[str, Any]) -> str:
    key = str(params.get("Key", params.get("Prefix", "")))
    verb = {"PutObject": "store", "GetObject": "read", "HeadObject": "find"}.get(operation)
    verb = verb or {"DeleteObject": "remove", "ListObjectsV2": "list"}[operation]
    if "uploads/" in key:
        return f"{verb} the upload"
    if "datasets/" in key:
        return f"{verb} the copy"
    return f"{verb} {key.rsplit('/', 1)[-1] or 'models'}"


def _update_name(params: Mapping[str, Any]) -> str:
    for field, name in ADDED_TO:
        if field in params["UpdateExpression"]:
            return name
    names = {*params["ExpressionAttributeNames"].values()}
    values = [*params["ExpressionAttributeValues"].values()]
    if "finished_at" in names:
        return "finish" if {"S": "processed"} in values else "end"
    for field, name in (("dataset_copy", "note the copy"), ("lease_until", "give back")):
        if field in names:
            return name
    if "stage" in names:
        return f"note {_stage(params)}"
    return "note the findings" if "findings" in names else "note the queueing"


def _stage(params: Mapping[str, Any]) -> str:
    placeholder = next(k for k, v in params["ExpressionAttributeNames"].items() if v == "stage")
    return str(params["ExpressionAttributeValues"][f":{placeholder[1:]}"]["S"])


def _transaction_name(parts: Any) -> str:
    first = parts[0]
    if "Update" in first and ":decision" in first["Update"]["ExpressionAttributeValues"]:
        return "note the decision"
    return (
        "register"
        if first.get("Put", {}).get("Item", {}).get("pk") == {"S": "model"}
        else "release"
    )


class _SlowBody:
    """A body that comes in small pieces; tells when the second is asked for."""

    def __init__(self, stream: Any, half_read: Any) -> None:
        self._stream = stream
        self._half_read = half_read
        self._reads = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def read(self, amount: int | None = None, *args: Any, **kwargs: Any) -> bytes:
        self._reads += 1
        if self._reads == 2:
            self._half_read()
        wanted = CHUNK_BYTES if amount is None or amount > CHUNK_BYTES else amount
        if amount is None and self._reads == 1:
            first = self._stream.read(wanted, *args, **kwargs)
            self._half_read()
            return bytes(first + self._stream.read(None, *args, **kwargs))
        return bytes(self._stream.read(wanted, *args, **kwargs))


class _half_sent:  # noqa: N801 - used as a function is
    """A request of which the service has the head and half the body."""

    def __init__(self, request: Any) -> None:
        body = request.body
        content = body.read() if hasattr(body, "read") else body
        to = urlsplit(request.url)
        head = "".join(f"{k}: {_text(v)}\r\n" for k, v in request.headers.items())
        self._socket = socket.create_connection((to.hostname or "", to.port or 80))
        start = f"PUT {to.path} HTTP/1.1\r\nHost: {to.netloc}\r\n{head}\r\n".encode()
        self._socket.sendall(start + content[: len(content) // 2])

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
