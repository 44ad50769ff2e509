"""One prediction over HTTP, one connection: ours, FastAPI with scikit-learn, the original's way."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from emulated_lambda import EmulatedLambda, Server, free_port
from samples import Times, interleaved
from tables import print_table
from workspace import HERE, Transaction, Workspace, api_event, joblib_file

PATH = "/api/v1/model/predict"
OURS = "ours, with reasons"
OURS_LOGGED = "ours, with reasons and DynamoDB call"
OURS_EMULATED = "ours, through Lambda's emulator"
FASTAPI = "FastAPI and scikit-learn, no reasons"
ORIGINAL = "the original's way, no reasons"
TOLERANCE = 1e-5
A_ROUND = 20
A_SLOW_ROUND = 4


def measure(workspace: Workspace, aws: Mapping[str, str], samples: int) -> dict[str, Times]:
    """Answer the same transactions in turns; print times and ratios."""
    bodies = [basic(t) for t in workspace.transactions[:1000]]
    plain = [json.dumps(body).encode() for body in bodies]
    events = [api_event(PATH, body) for body in bodies]
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(server) for name, server in _servers(workspace, aws).items()
        }
        _check_same_model(servers[OURS], servers[FASTAPI], plain[:50])
        function = stack.enter_context(
            EmulatedLambda(workspace, "in_memory", workspace.serving_layers)
        )

        def turn(name: str) -> Any:
            return lambda i: servers[name].post(PATH, plain[i % len(plain)])[1]

        turns: dict[str, Any] = {
            name: (turn(name), A_SLOW_ROUND if name == ORIGINAL else A_ROUND) for name in servers
        }
        turns[OURS_EMULATED] = (lambda i: function.invoke(events[i % len(events)])[1], A_ROUND)
        times = interleaved(turns, max(2, samples // A_ROUND), warm_up=2)
    _show(times)
    return times


def basic(raw: Transaction) -> Transaction:
    """The original's four features of a raw transaction."""
    return {
        "day_of_month": math.ceil(raw["step"] / 24),
        "type": raw["type"],
        "amount_log": math.log1p(raw["amount"]),
        "amount_dest": abs(raw["oldbalanceDest"] - raw["newbalanceDest"]),
    }


def _servers(workspace: Workspace, aws: Mapping[str, str]) -> dict[str, Server]:
    in_lambda = workspace.lambda_environment(workspace.serving_layers, **aws)
    contestant = {"PATH": os.defpath, "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"}
    ours, theirs = workspace.python, workspace.contestants_python

    def server(script: str, python: Path, what: str | Path, env: dict[str, str]) -> Server:
        port = free_port()
        command = [str(python), str(HERE / "servers" / script), str(what), str(port)]
        return Server(command, env, port, workspace.root / f"{script}-{port}.log")

    return {
        OURS: server("handler_server.py", ours, "in_memory", in_lambda),
        OURS_LOGGED: server("handler_server.py", ours, "app", in_lambda),
        FASTAPI: server("fastapi_server.py", theirs, joblib_file(workspace), contestant),
        ORIGINAL: server("original_server.py", theirs, workspace.forest, contestant),
    }


def _check_same_model(ours: Server, theirs: Server, bodies: list[bytes]) -> None:
    """A race between different models would say nothing."""
    for body in bodies:
        p, q = (json.loads(server.post(PATH, body)[0])["probability"] for server in (ours, theirs))
        if abs(p - q) > TOLERANCE:
            raise RuntimeError(f"the same transaction gets {p} from ours and {q} from FastAPI")


def _show(times: Mapping[str, Times]) -> None:
    ours = times[OURS].p50
    rows = [
        (name, f"{len(t.ms):,}", f"{t.p50:.2f}", f"{t.p95:.2f}", f"{t.p50 / ours:.1f}x")
        for name, t in sorted(times.items(), key=lambda item: item[1].p50)
    ]
    title = "One prediction over HTTP, one connection, one worker"
    print_table(title, ("", "samples", "p50 ms", "p95 ms", "of ours"), rows)
