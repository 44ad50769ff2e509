"""SQS: move predictions from the buffer to the log."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from fraud.domain.errors import Unavailable
from fraud.services.draining import Drained, drain
from fraud.wiring import log_writer as wiring

logger = Logger()
# One failed message must come back alone; an exception for the whole batch would bring all back.
processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)


def handler(event: dict[str, Any], context: Any) -> Any:
    """Lambda entry point; answers with the messages that failed. Their content is never logged."""
    counts: Counter[Drained] = Counter()

    def write(record: SQSRecord) -> None:
        try:
            now = datetime.now(UTC)
            drained = drain(record.body, wiring.log(), wiring.dead_letters(), now)
        except Unavailable as e:
            logger.warning("will come back", message_id=record.message_id, reason=e.message)
            raise
        counts[drained] += 1
        if drained is Drained.NOT_OURS:
            logger.error("put aside, not a prediction", message_id=record.message_id)

    answer = process_partial_response(event, write, processor, context)
    logger.info("drained", **{drained: counts[drained] for drained in Drained})
    return answer
