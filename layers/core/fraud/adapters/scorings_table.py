"""The scorings table: bulk scorings, and what their workers have done so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

from pydantic import BaseModel

from fraud.adapters.aws_errors import translated
from fraud.adapters.items import from_item, to_attributes, to_item
from fraud.adapters.job_leases import sortable
from fraud.adapters.page_tokens import MOMENT, TokenForm, decode_token, encode_token
from fraud.domain.errors import Conflict, NotFound
from fraud.domain.score_counts import ScoreCounts
from fraud.domain.scorings import ID_PATTERN, Scoring, ScoringProgress, ScoringStatus, Shard

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KIND = "scoring"
NEWEST_FIRST_INDEX = "by_created"
TOKEN_FORM: TokenForm = {
    "id": ("S", ID_PATTERN),
    "kind": ("S", KIND),
    "created_at": ("S", MOMENT),
}
COUNTERS = 16
"""Items that a scoring's progress is added up in: DynamoDB takes 1,000 writes a second for each,
and 10,000 workers may end within a few seconds."""
FIRST = "first_failure"
"""Of many that may be written the first stays."""
KEEP_COUNTERS = timedelta(days=30)


@dataclass(frozen=True)
class ScoringPage:
    """Some scorings, newest first, and where the next page starts."""

    scorings: list[Scoring]
    next_token: str | None


class ScoringsTable:
    """Scorings by id; `<id>#<n>` are the counters of their progress."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = table_name

    def register(self, scoring: Scoring) -> None:
        """Store a new scoring."""
        try:
            with translated("registering the scoring"):
                self._client.put_item(
                    TableName=self._table,
                    Item=to_item(scoring, kind=KIND, created_at=sortable(scoring.created_at)),
                    ConditionExpression="attribute_not_exists(id)",
                )
        except Conflict:
            # The SDK sends a write again whose answer was lost, and then finds the first one.
            if self.get(scoring.id) != scoring:
                raise

    def get(self, scoring_id: str) -> Scoring:
        """Read one scoring.

        Raises
        ------
        NotFound
            When there is none of that id.
        """
        with translated("reading the scoring"):
            answer = self._client.get_item(
                TableName=self._table, Key={"id": {"S": scoring_id}}, ConsistentRead=True
            )
        if "Item" not in answer:
            raise NotFound(f"there is no scoring {scoring_id}")
        return Scoring.model_validate(from_item(answer["Item"]))

    def newest(self, limit: int, only_client: str | None, token: str | None) -> ScoringPage:
        """A page of scorings, newest first, of one client or of all."""
        query: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": NEWEST_FIRST_INDEX,
            "KeyConditionExpression": "kind = :kind",
            "ExpressionAttributeValues": {":kind": {"S": KIND}},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if only_client is not None:
            query["FilterExpression"] = "client = :client"
            query["ExpressionAttributeValues"][":client"] = {"S": only_client}
        if token is not None:
            query["ExclusiveStartKey"] = decode_token(token, TOKEN_FORM)
        with translated("listing scorings"):
            answer = self._client.query(**query)
        last = answer.get("LastEvaluatedKey")
        return ScoringPage(
            [Scoring.model_validate(from_item(item)) for item in answer["Items"]],
            encode_token(last) if last else None,
        )

    def change(
        self, scoring_id: str, only_from: Iterable[ScoringStatus], now: datetime, **changes: Any
    ) -> Scoring:
        """Write changes, if the scoring is in one of the given states.

        Raises
        ------
        Conflict
            When it is in another one, or there is no such scoring.
        """
        values = {name: _plain(value) for name, value in changes.items()}
        values["updated_at"] = now.isoformat()
        states = {f":from{i}": state for i, state in enumerate(only_from)}
        assignments = ", ".join(
            f"#{i} = if_not_exists(#{i}, :{i})" if name == FIRST else f"#{i} = :{i}"
            for i, name in enumerate(values)
        )
        with translated("updating the scoring"):
            answer = self._client.update_item(
                TableName=self._table,
                Key={"id": {"S": scoring_id}},
                UpdateExpression=f"SET {assignments}",
                ConditionExpression=f"#status IN ({', '.join(states)})",
                ExpressionAttributeNames={
                    **{f"#{i}": name for i, name in enumerate(values)},
                    "#status": "status",
                },
                ExpressionAttributeValues=to_attributes(
                    {**{f":{i}": value for i, value in enumerate(values.values())}, **states}
                ),
                ReturnValues="ALL_NEW",
            )
        return Scoring.model_validate(from_item(answer["Attributes"]))

    def count(self, scoring_id: str, shard: Shard, counts: ScoreCounts, now: datetime) -> None:
        """Add a range that has been scored to the progress."""
        added = {"shards": 1, "files": 1 / shard.shards, "refused": counts.refused_rows}
        added |= {f"outcome_{name}": rows for name, rows in counts.outcomes.items()}
        expires_at = int((now + KEEP_COUNTERS).timestamp())
        names = {f"#{i}": name for i, name in enumerate(added)}
        with translated("counting the range"):
            self._client.update_item(
                TableName=self._table,
                Key={"id": {"S": f"{scoring_id}#{crc32(shard.name.encode()) % COUNTERS}"}},
                UpdateExpression=(
                    f"SET expires_at = :expires ADD {', '.join(f'{n} :{n[1:]}' for n in names)}"
                ),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=to_attributes(
                    {f":{i}": value for i, value in enumerate(added.values())}
                    | {":expires": expires_at}
                ),
            )

    def progress(self, scoring_id: str) -> ScoringProgress:
        """What is done so far; a worker that died after its range was written is not in it."""
        keys = [{"id": {"S": f"{scoring_id}#{n}"}} for n in range(COUNTERS)]
        with translated("reading the progress"):
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys}})
        total: dict[str, float] = {}
        for item in answer["Responses"].get(self._table, []):
            for name, value in from_item(item).items():
                if name != "id":
                    total[name] = total.get(name, 0) + value
        outcomes = {n.removeprefix("outcome_"): int(v) for n, v in total.items() if "_" in n}
        outcomes.pop("expires_at", None)
        refused = int(total.get("refused", 0))
        return ScoringProgress(
            shards=int(total.get("shards", 0)),
            # Thirds of a file add up to a whole one but for the last digit.
            files=int(total.get("files", 0) + 1e-6),
            counts=ScoreCounts(outcomes=outcomes, refused={"all": refused} if refused else {}),
        )


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
