"""SQS: run the replays that were asked for."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from fraud.adapters.job_queue import ReplayQueue
from fraud.domain.errors import LeaseHeld
from fraud_serving import replay_wiring as wiring

logger = Logger()
# One failed message must come back alone; an exception for the whole batch would bring all back.
processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)


def handler(event: dict[str, Any], context: Any) -> Any:
    """Lambda entry point; answers with the messages that failed."""

    def remaining_s() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    def run(record: SQSRecord) -> None:
        try:
            replay_id = ReplayQueue.job_id_of(record.body)
            logger.append_keys(replay_id=replay_id)
            came_to = wiring.job().run(replay_id, remaining_s)
            if came_to:
                logger.info("replay stopped", **came_to._asdict())
        except LeaseHeld:
            # Not sooner than its visibility timeout: by then the lease has ended, whoever had it.
            raise
        except Exception:
            logger.exception("replay failed, will be tried again")
            wiring.queue().retry_after(record.receipt_handle, wiring.RETRY_AFTER_S)
            raise
        finally:
            logger.remove_keys(["replay_id"])

    return process_partial_response(event, run, processor, context)
