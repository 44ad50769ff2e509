"""Collaborators of the log writer."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from fraud.adapters.aws_clients import prompt_dynamodb_client, prompt_sqs_client
from fraud.adapters.prediction_buffer import DeadLetters
from fraud.adapters.predictions_table import PredictionsTable
from fraud.settings import Settings


class LogWriterSettings(Settings):
    """Environment of the log writer."""

    predictions_table: str
    prediction_ttl_days: int
    log_buffer_dead_letter_queue_url: str


@cache
def settings() -> LogWriterSettings:
    """The function's settings."""
    return LogWriterSettings.from_environment()


@cache
def log() -> PredictionsTable:
    """The prediction log.

    Nobody waits for this function, but trying a busy table again minutes later, when the queue
    hands out the message again, is better for the table than seconds later.
    """
    keep = timedelta(days=settings().prediction_ttl_days)
    return PredictionsTable(prompt_dynamodb_client(), settings().predictions_table, keep)


@cache
def dead_letters() -> DeadLetters:
    """Where messages go that are no predictions."""
    return DeadLetters(prompt_sqs_client, settings().log_buffer_dead_letter_queue_url)
