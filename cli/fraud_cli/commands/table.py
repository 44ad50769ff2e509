"""Every command: its place in the help, and how it is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from fraud_cli.commands import (
    data,
    doctor,
    keys,
    model,
    monitoring,
    openapi,
    predictions,
    registry,
    replays,
    scorings,
    stack,
    trainings,
)

STACK = "The stack"
WORK = "Trainings and predictions"
MODELS = "Models"
FILES = "On files, without any stack"
PROJECT = "For contributors"


class Entry(NamedTuple):
    """A command; `name` where it is not its function's, `group` where it stands below another."""

    panel: str
    run: Callable[..., Any]
    examples: tuple[str, ...]
    name: str | None = None
    group: str | None = None


COMMANDS: tuple[Entry, ...] = (
    Entry(STACK, stack.up, ("fraud up", "fraud up --port 4600 --no-demo", "fraud up --json")),
    Entry(STACK, stack.down, ("fraud down",)),
    Entry(STACK, stack.status, ("fraud status", "fraud status --json")),
    Entry(STACK, doctor.doctor, ("fraud doctor", "fraud doctor --port 4600 --json")),
    Entry(STACK, stack.env, ("fraud env > .fraud/env.json",)),
    Entry(
        STACK,
        keys.create,
        (
            "fraud keys create shop -s predict -s read",
            "fraud keys create trainer -s train --expires-days 30 --stack fraud-detection",
        ),
        group="keys",
    ),
    Entry(STACK, keys.list_keys, ("fraud keys list", "fraud keys list --json"), "list", "keys"),
    Entry(
        STACK,
        keys.revoke,
        ("fraud keys revoke shop", "fraud keys revoke fd_live_9mQw"),
        group="keys",
    ),
    Entry(
        WORK,
        trainings.train,
        (
            "fraud train transactions.csv --wait",
            "fraud train https://example.com/transactions.csv.gz --policy target_precision "
            "--target 0.9",
            "fraud train transactions.csv --promote never --split time --wait --json",
        ),
    ),
    Entry(WORK, trainings.trainings, ("fraud trainings", "fraud trainings 7 --json")),
    Entry(
        WORK,
        model.predict,
        (
            "fraud predict",
            """fraud predict '{"step": 97, "type": "TRANSFER", "amount": 181000.0, """
            """"oldbalanceDest": 0.0, "newbalanceDest": 0.0}'""",
            "fraud predict - --json < transaction.json",
        ),
    ),
    Entry(
        WORK,
        scorings.score,
        (
            "fraud score transactions.csv -o scored.csv",
            "fraud score s3://bucket/transactions/ --reasons --no-wait",
            "fraud score transactions/ --local --model model -o scored.csv",
        ),
    ),
    Entry(
        WORK,
        scorings.scorings,
        (
            "fraud scorings",
            "fraud scorings sc_01M8FXVKWHRQVRW60KV7GAC1N3 -o scored.csv",
            "fraud scorings sc_01M8FXVKWHRQVRW60KV7GAC1N3 --cancel",
        ),
    ),
    Entry(
        WORK,
        predictions.logs,
        ("fraud logs", "fraud logs --since 7d --outcome block -n 100", "fraud logs --json"),
    ),
    Entry(
        WORK,
        predictions.label,
        (
            "fraud label pr_01M82MVDB1C5ZZ0VMYJFYDCW1H fraud",
            "fraud label pr_01M82MVDB1C5ZZ0VMYJFYDCW1H legitimate --at 2026-11-30T09:30:00Z",
        ),
    ),
    Entry(MODELS, monitoring.health, ("fraud health", "fraud health --json")),
    Entry(MODELS, monitoring.drift, ("fraud drift",)),
    Entry(MODELS, registry.models, ("fraud models", "fraud models --limit 100 --json")),
    Entry(MODELS, registry.compare, ("fraud compare fraud-000002-2b1a6f3d fraud-000001-ee6ed9c0",)),
    Entry(
        MODELS,
        registry.promote,
        ("fraud promote fraud-000002-2b1a6f3d --reason 'better recall by labels'",),
    ),
    Entry(MODELS, registry.rollback, ("fraud rollback --reason 'alerts doubled since Monday'",)),
    Entry(
        MODELS,
        registry.challenge,
        ("fraud challenge fraud-000002-2b1a6f3d --share 0.1 --reason 'new balances'",),
    ),
    Entry(
        MODELS,
        registry.withdraw,
        ("fraud withdraw fraud-000002-2b1a6f3d --reason 'trial is over'",),
    ),
    Entry(
        MODELS,
        registry.archive,
        ("fraud archive fraud-000002-2b1a6f3d --reason 'trained on half a month'",),
    ),
    Entry(
        MODELS,
        replays.replay,
        (
            "fraud replay fraud-000002-2b1a6f3d --from 7d --wait",
            "fraud replay fraud-000002-2b1a6f3d --from 2026-11-01T00:00:00Z --to 1d",
        ),
    ),
    Entry(MODELS, replays.replays, ("fraud replays", "fraud replays 3 --json")),
    Entry(
        FILES,
        data.sample,
        (
            "fraud sample --rows 100000 --seed 1 -o transactions.csv",
            "fraud sample --rows 50000 --fraud-rate 0.02 --shift 0.5 -o shifted.csv.gz",
        ),
    ),
    Entry(
        FILES,
        data.fit,
        (
            "fraud fit transactions.csv --out model",
            "fraud fit transactions.csv --out model --quick --json",
            "fraud fit transactions.csv --out model --policy lowest_cost --false-alarm-cost 25",
        ),
    ),
    Entry(PROJECT, openapi.openapi, ("fraud openapi", "fraud openapi --check")),
)
