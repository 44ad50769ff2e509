"""SQS: end the trainings whose messages were tried as often as the queue allows."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from fraud.adapters.job_queue import TrainingQueue
from fraud.domain.errors import LeaseHeld, NotFound, Unavailable
from fraud.services.giving_up import GivenUp, bury
from fraud.services.sweep_metrics import given_up_metrics
from fraud.wiring import dead_letters as wiring

logger = Logger()
metrics = Metrics()
# One failed message must come back alone; an exception for the whole batch would bring all back.
processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)


def _tell(given_up: GivenUp) -> None:
    logger.error("training given up", **given_up._asdict())
    for name, unit, value in given_up_metrics([given_up]):
        metrics.add_metric(name=name, unit=unit, value=value)
    metrics.flush_metrics()


def handler(event: dict[str, Any], context: Any) -> Any:
    """Lambda entry point; answers with the messages that must come back."""

    def end(record: SQSRecord) -> None:
        try:
            training_id = TrainingQueue.job_id_of(record.body)
            now = datetime.now(UTC)
            given_up = bury(training_id, wiring.trainings(), wiring.models(), now)
        except (ValueError, NotFound):
            # It belongs to nothing, and would come back forever.
            logger.exception("dropped, not a training of ours", message_id=record.message_id)
        except (LeaseHeld, Unavailable) as e:
            logger.warning("will come back", reason=e.message)
            raise
        else:
            if given_up:
                _tell(given_up)

    return process_partial_response(event, end, processor, context)
