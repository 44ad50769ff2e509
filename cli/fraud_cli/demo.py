"""What `fraud up` shows on a fresh stack: a sample, a first model, a prediction."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fraud_cli.client import ApiClient
from fraud_cli.commands.model import EXAMPLE
from fraud_cli.commands.trainings import watch_training
from fraud_cli.errors import CliError

SAMPLE_ROWS = 60_000
SAMPLE_SEED = 7


def first_model(client: ApiClient, on_stage: Callable[[str], None]) -> dict[str, Any]:
    """The enabled model's health; trains one on generated transactions when there is none.

    Raises
    ------
    CliError
        When the training failed.
    """
    health = client.health()
    if health is not None:
        return health
    from fraud_cli.sampling import write_sample  # noqa: PLC0415 - polars takes a while to import

    with tempfile.TemporaryDirectory(prefix="fraud-sample-") as directory:
        on_stage(f"generating {SAMPLE_ROWS:,} PaySim-like transactions")
        sample = Path(directory) / "sample.csv"
        write_sample(sample, SAMPLE_ROWS, seed=SAMPLE_SEED)
        on_stage("training a first model on them, through the API")
        # `basic` takes the original's four fields, and raw transactions too.
        request = {"dataset": client.upload(sample), "feature_set": "basic"}
        training_id = client.train(request)
    training = watch_training(client, training_id)
    if training["status"] != "processed":
        raise CliError(f"the first training failed: {training['error']['message']}")
    health = client.health()
    if health is None:
        raise CliError("the first model was trained but not enabled")
    return health


def first_prediction(client: ApiClient) -> dict[str, Any]:
    """One prediction, for the example transaction."""
    return client.predict(EXAMPLE)
