"""SQS: run the trainings that were asked for."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from fraud.adapters.job_queue import TrainingQueue
from fraud.domain.errors import LeaseHeld
from fraud_training import wiring
from fraud_training.job import Ended
from fraud_training.training_metrics import training_metrics

logger = Logger()
metrics = Metrics()
# One failed message must come back alone; an exception for the whole batch would bring all back.
processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)


def _tell(ended: Ended) -> None:
    logger.info("training ended", **ended._asdict())
    for name, unit, value in training_metrics(ended):
        metrics.add_metric(name=name, unit=unit, value=value)
    metrics.flush_metrics()


def handler(event: dict[str, Any], context: Any) -> Any:
    """Lambda entry point; answers with the messages that failed."""

    def remaining_s() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    def run(record: SQSRecord) -> None:
        try:
            training_id = TrainingQueue.job_id_of(record.body)
            logger.append_keys(training_id=training_id)
            ended = wiring.job().run(training_id, remaining_s)
            if ended:
                _tell(ended)
        except LeaseHeld:
            # Not sooner than its visibility timeout: by then the lease has ended, whoever had it.
            raise
        except Exception:
            logger.exception("training failed, will be tried again")
            wiring.queue().retry_after(record.receipt_handle, wiring.RETRY_AFTER_S)
            raise
        finally:
            logger.remove_keys(["training_id"])

    return process_partial_response(event, run, processor, context)
