"""No answered prediction is unlogged: the table first, then the buffer, else no answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aws_lambda_powertools import Logger

from fraud.domain.errors import Unavailable
from fraud.domain.prediction_log import LoggedPredictions

logger = Logger(child=True)

NOT_LOGGED = "the prediction could not be logged, so it is not answered; try again in a moment"


class PredictionSink(Protocol):
    """Takes the predictions of one request, durably, or raises."""

    def put(self, predictions: LoggedPredictions) -> None:
        """Keep the predictions.

        Raises
        ------
        Unavailable
            When they may not have been kept.
        """


@dataclass(frozen=True)
class PredictionLog:
    """The table, and the queue that takes over while the table refuses."""

    table: PredictionSink
    buffer: PredictionSink | None = None

    def write(self, predictions: LoggedPredictions) -> None:
        """Log the predictions of one request; when this returns they are kept.

        Raises
        ------
        Unavailable
            When neither table nor buffer took them.
        """
        try:
            self.table.put(predictions)
        except Unavailable as e:
            if self.buffer is None:
                raise Unavailable(NOT_LOGGED) from e
            model = predictions.model_name
            logger.warning("prediction_buffered", reason=e.message, model=model)
            self._write_to(self.buffer, predictions)

    @staticmethod
    def _write_to(buffer: PredictionSink, predictions: LoggedPredictions) -> None:
        try:
            buffer.put(predictions)
        except Unavailable as e:
            raise Unavailable(NOT_LOGGED) from e
