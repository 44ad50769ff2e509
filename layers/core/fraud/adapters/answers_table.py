"""Answers to requests that carry an Idempotency-Key, kept for a day: a retry gets the first one.

Powertools' idempotency utility over our own DynamoDB client. Importing it takes time, so that
wiring imports this module only when a request carries a key.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
    IdempotencyValidationError,
)
from aws_lambda_powertools.utilities.idempotency.serialization.custom_dict import (
    CustomDictSerializer,
)
from botocore.exceptions import ClientError

from fraud.adapters.aws_errors import CONDITION_FAILED, error_code
from fraud.domain.errors import Conflict, InFlight, InvalidValue, Unavailable

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_FOR_S = 24 * 3600
# A function that runs out of time may go on for most of a second before Lambda stops it.
GRACE_MS = 1_000
MAX_KEPT_BYTES = 400_000  # an item may have 409,600; keys, hashes and times take under 1,000
OK = range(200, 300)

IN_FLIGHT = (
    "the first request with this Idempotency-Key is still being carried out; send it again in a "
    "moment to get its answer"
)
OTHER_BODY = (
    "this Idempotency-Key was used with another body; send exactly the same body, or a new key"
)
NOT_NOTED = (
    "the Idempotency-Key could not be noted, so that nothing was carried out; send the request "
    "again in a moment, with the same key"
)
TOO_LARGE = (
    "the request with this Idempotency-Key was carried out, and its answer was too large to keep; "
    "it will not be carried out again. To have it done once more, send a new key"
)

type Answer = dict[str, Any]

logger = Logger(child=True)


class AnswersTable:
    """First answers by the hash of key, client, route and path; bodies as hashes only."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = table_name

    def once(
        self, same: Sequence[str], body: str, context: LambdaContext, run: Callable[[], Answer]
    ) -> tuple[Answer, bool]:
        """Answer a request that must take effect once.

        Parameters
        ----------
        same
            What makes requests the same: key, client, method and path.
        body
            What the same requests must have in common; it is compared character by character.
        context
            Its remaining time bounds how long a request that died keeps its key.
        run
            Carries the request out; called only after it is written that it is under way.

        Returns
        -------
        answer
            As an API Gateway proxy integration returns it. Kept when its status is 2xx.
        replayed
            Whether it is a kept one.

        Raises
        ------
        InFlight
            When the first request with this key has not been answered yet.
        InvalidValue
            When the first request with this key had another body.
        Conflict
            When it was carried out, but its answer was too large to keep.
        Unavailable
            When the table does not answer; nothing was carried out.
        """
        # A body may hold a lone surrogate; the route refuses it, hashing must not fail on it.
        body_hash = hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
        payload = {"same": list(same), "body": body_hash}
        made: list[Answer] = []

        def execute(*, payload: dict[str, Any]) -> Answer:  # noqa: ARG001 - Powertools hashes it
            made.append(run())
            if made[0]["statusCode"] not in OK:
                raise _NotToBeKept
            return made[0]

        try:
            answer: Answer = self._idempotent(execute, context)(payload=payload)
        except _NotToBeKept:
            return made[0], False
        except IdempotencyAlreadyInProgressError:
            raise InFlight(IN_FLIGHT) from None
        except IdempotencyValidationError:
            raise InvalidValue(OTHER_BODY, code="idempotency_key_reused") from None
        except (IdempotencyPersistenceLayerError, IdempotencyInconsistentStateError) as e:
            if not made:
                raise Unavailable(NOT_NOTED) from e
            # What was carried out is answered: an error would ask for it a second time.
            logger.warning("answer_not_kept", reason=str(e))
            return made[0], False
        return answer, not made

    def _idempotent(self, function: Callable[..., Answer], context: LambdaContext) -> Any:
        return idempotent_function(
            function,
            data_keyword_argument="payload",
            persistence_store=_Records(
                self._table, boto3_client=cast("DynamoDBClient", _OwnRecords(self._client))
            ),
            config=IdempotencyConfig(
                event_key_jmespath="same",
                payload_validation_jmespath="body",
                raise_on_no_idempotency_key=True,
                expires_after_seconds=KEPT_FOR_S,
                hash_function="sha256",
                lambda_context=context,
            ),
            output_serializer=CustomDictSerializer(to_dict=_packed, from_dict=_unpacked),
            key_prefix="answer",
        )


class _NotToBeKept(Exception):
    """Makes Powertools forget the request: its answer is an error, the key can be used again."""


class _Records(DynamoDBPersistenceLayer):
    """Powertools' records, where a request that died keeps its key a little longer."""

    def save_inprogress(
        self, data: dict[str, Any], remaining_time_in_millis: int | None = None
    ) -> None:
        super().save_inprogress(data, (remaining_time_in_millis or 0) + GRACE_MS)


class _OwnRecords:
    """The calls that Powertools makes for one request, which know the record that is their own.

    botocore repeats a put whose acknowledgement was lost, and the repetition is refused because
    of the first: Powertools would report a request in flight that nobody carries out. The owner
    in the record tells that from another request's. A record that another request took over,
    because this one's time was up, is neither completed nor deleted.
    """

    def __init__(self, client: DynamoDBClient) -> None:
        self._client = client
        self._owner = {"S": uuid.uuid4().hex}

    def put_item(self, *, Item: dict[str, Any], **request: Any) -> None:
        try:
            self._client.put_item(Item={**Item, "owner": self._owner}, **request)
        except ClientError as e:
            found: Any = e.response.get("Item", {})
            if error_code(e) != CONDITION_FAILED or found.get("owner") != self._owner:
                raise

    def get_item(self, **request: Any) -> Any:
        return self._client.get_item(**request)

    def update_item(
        self,
        *,
        ExpressionAttributeNames: dict[str, str],
        ExpressionAttributeValues: dict[str, Any],
        **request: Any,
    ) -> None:
        self._client.update_item(
            ConditionExpression="#owner = :owner",
            ExpressionAttributeNames={**ExpressionAttributeNames, "#owner": "owner"},
            ExpressionAttributeValues={**ExpressionAttributeValues, ":owner": self._owner},
            **request,
        )

    def delete_item(self, **request: Any) -> None:
        self._client.delete_item(
            ConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={":owner": self._owner},
            **request,
        )


def _packed(answer: Answer) -> dict[str, Any]:
    """1,000 predictions with reasons, 1 MB of JSON, pack into 0.17 MB."""
    packed = base64.b64encode(zlib.compress(json.dumps(answer).encode())).decode()
    if len(packed) > MAX_KEPT_BYTES:
        return {"too_large": len(packed)}
    return {"answer": packed}


def _unpacked(kept: dict[str, Any]) -> Answer:
    if "too_large" in kept:
        raise Conflict(TOO_LARGE, code="answer_not_kept")
    return cast("Answer", json.loads(zlib.decompress(base64.b64decode(kept["answer"]))))
