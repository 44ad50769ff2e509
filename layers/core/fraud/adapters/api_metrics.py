"""What CloudWatch knows about the API: answers, errors, models that could not be loaded.

Nothing of it is in the log of predictions: what failed was never logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from fraud.adapters.aws_errors import translated
from fraud.domain.traffic import ServerErrors

PERIOD_S = 300
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
RATE_DECIMALS = 6


class MetricsClient(Protocol):
    """The part of boto3's CloudWatch client that is used."""

    def get_metric_data(self, **request: Any) -> Mapping[str, Any]:
        """Values of some metrics."""


@dataclass(frozen=True)
class ApiHealth:
    """Errors of the last hour and day, and failed loads of a model within the last hour.

    None where the metric has no values: nothing was asked, or nobody counts it, as on the emulator.
    """

    last_hour: ServerErrors | None = None
    last_day: ServerErrors | None = None
    failed_loads: int | None = None


class ApiMetrics:
    """API Gateway's own counts of a stage, and the product's own of failed loads."""

    def __init__(self, client: MetricsClient, api_name: str, stage: str, namespace: str) -> None:
        self._client = client
        api = [{"Name": "ApiName", "Value": api_name}, {"Name": "Stage", "Value": stage}]
        self._queries = [
            _query("answers", "AWS/ApiGateway", "Count", api),
            _query("errors", "AWS/ApiGateway", "5XXError", api),
            _query("loads", namespace, "ModelNotLoaded", []),
        ]

    def health(self, now: datetime) -> ApiHealth:
        """Read the last day, to the five minutes; one request.

        Raises
        ------
        Unavailable
            When CloudWatch does not answer.
        """
        begun = now.timestamp() // PERIOD_S * PERIOD_S
        end = datetime.fromtimestamp(begun, now.tzinfo) + timedelta(seconds=PERIOD_S)
        with translated("reading the API's metrics"):
            answer = self._client.get_metric_data(
                MetricDataQueries=self._queries, StartTime=end - DAY, EndTime=end
            )
        found = {
            result["Id"]: list(zip(result["Timestamps"], result["Values"], strict=True))
            for result in answer["MetricDataResults"]
        }
        return ApiHealth(
            last_hour=_errors(found, end - HOUR),
            last_day=_errors(found, end - DAY),
            failed_loads=_sum(found.get("loads", []), end - HOUR),
        )


type Points = list[tuple[datetime, float]]


def _query(
    name: str, namespace: str, metric: str, dimensions: list[dict[str, str]]
) -> dict[str, Any]:
    stat = {
        "Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions},
        "Period": PERIOD_S,
        "Stat": "Sum",
    }
    return {"Id": name, "MetricStat": stat}


def _errors(found: Mapping[str, Points], since: datetime) -> ServerErrors | None:
    requests = _sum(found.get("answers", []), since)
    if not requests:
        return None
    count = _sum(found.get("errors", []), since) or 0
    return ServerErrors(count=count, requests=requests, rate=round(count / requests, RATE_DECIMALS))


def _sum(points: Points, since: datetime) -> int | None:
    values = [value for at, value in points if at >= since]
    return round(sum(values)) if values else None
