"""Where first answers are kept, for every function with routes that take an Idempotency-Key."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from fraud.adapters.aws_clients import prompt_dynamodb_client
from fraud.settings import IdempotencySettings

if TYPE_CHECKING:
    from fraud.adapters.answers_table import AnswersTable


@cache
def answers() -> AnswersTable:
    """The table of first answers."""
    from fraud.adapters.answers_table import AnswersTable  # noqa: PLC0415 - slow, and rarely needed

    settings = IdempotencySettings.from_environment()
    return AnswersTable(prompt_dynamodb_client(), settings.idempotency_table)
