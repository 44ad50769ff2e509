"""The enabled model in memory before the first request, where Lambda starts instances ahead of it.

With provisioned concurrency the model is loaded while an instance is initialised. With SnapStart
it is loaded before the snapshot is taken; every instance resumes a copy of that memory, perhaps
days later, and looks at the pointer again before its first request. What a copied process must not
take with it (AWS, "Handling uniqueness with Lambda SnapStart"):

- sockets: they are closed before the snapshot, and the clients open new ones; credentials that ran
  out are renewed by botocore when it signs the next request;
- the state of `random`, which spreads botocore's retries: seeded anew after the restore. `secrets`,
  behind prediction ids, asks the kernel each time, and the kernel's generator is made different in
  each copy;
- clocks: the look after the restore happens whatever they say.

ONNX Runtime's session has no threads, files or sockets: it survives as the memory it is.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from importlib import import_module

from aws_lambda_powertools import Logger

from fraud.adapters.aws_clients import close_connections
from fraud_serving.champion import ChampionCache

logger = Logger(child=True)

INITIALIZATION_TYPE = "AWS_LAMBDA_INITIALIZATION_TYPE"
HOOKS = "snapshot_restore_py"
"""Part of Lambda's runtime and of nothing else, so it is imported by name where it is needed."""

type MadeOnFirstUse = Callable[[], ChampionCache]


def prepare(champion: MadeOnFirstUse) -> None:
    """Load the model ahead of requests, if this instance is started ahead of them.

    To be called once, while the function's module is imported. Without a model, or without
    anything to load it from, the instance starts all the same: requests will be told.
    """
    kind = os.environ.get(INITIALIZATION_TYPE)
    if kind == "provisioned-concurrency":
        _load(champion)
    elif kind == "snap-start":
        hooks = import_module(HOOKS)
        hooks.register_before_snapshot(_before_snapshot, champion)
        hooks.register_after_restore(_after_restore, champion)


def _before_snapshot(champion: MadeOnFirstUse) -> None:
    _load(champion)
    close_connections()


def _after_restore(champion: MadeOnFirstUse) -> None:
    random.seed()
    champion().look_again()


def _load(champion: MadeOnFirstUse) -> None:
    try:
        champion().current()
        champion().settle()
    except Exception as e:  # noqa: BLE001 - a deployment must not fail for want of a model
        logger.warning("no_model_at_start", reason=str(e))
