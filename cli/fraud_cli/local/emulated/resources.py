"""Resources that MiniStack's CloudFormation makes without all of their properties.

A queue gets its redrive policy and a table its TTL, and neither loses its content when the
template changes it, nor a function its versions: MiniStack makes what has changed anew. Metric
filters it does not know as resources: they are kept where DescribeMetricFilters finds them, but
nothing counts log lines.
"""

# ruff: noqa: SLF001 - MiniStack offers no other way in

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from .patching import Function


def with_redrive(sqs: Any, create: Function) -> Function:
    """Return a creation of AWS::SQS::Queue that knows RedrivePolicy and keeps messages."""

    def run(logical_id: str, props: Mapping[str, Any], stack: str) -> Any:
        before = dict(sqs._queues)
        url, attributes = create(logical_id, props, stack)
        queue = sqs._queues[url]
        if url in before:
            queue["messages"] = before[url]["messages"]
        if props.get("RedrivePolicy"):
            queue["attributes"]["RedrivePolicy"] = json.dumps(props["RedrivePolicy"])
        return url, attributes

    return run


def with_ttl(dynamodb: Any, create: Function) -> Function:
    """Return a creation of AWS::DynamoDB::Table that knows TTL and keeps items."""

    def run(logical_id: str, props: Mapping[str, Any], stack: str) -> Any:
        before = dict(dynamodb._tables)
        name, attributes = create(logical_id, props, stack)
        table = dynamodb._tables[name]
        if name in before:
            for kept in ("items", "ItemCount", "TableSizeBytes"):
                table[kept] = before[name][kept]
        if props.get("TimeToLiveSpecification"):
            ttl = props["TimeToLiveSpecification"]
            dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": ttl})
        return name, attributes

    return run


def with_versions(lambdas: Any, create: Function) -> Function:
    """Return a creation of AWS::Lambda::Function that keeps what was published of one made anew.

    An alias is not made anew where it names the same version as before: without both, and the
    count, it would be gone, or name a version that is.
    """

    def run(logical_id: str, props: Mapping[str, Any], stack: str) -> Any:
        before = dict(lambdas._functions)
        name, attributes = create(logical_id, props, stack)
        if name in before:
            for kept in ("aliases", "versions", "next_version"):
                lambdas._functions[name][kept] = before[name][kept]
        return name, attributes

    return run


def metric_filters(logs: Any) -> dict[str, Function]:
    """Return a creation and a deletion of AWS::Logs::MetricFilter."""

    def create(logical_id: str, props: Mapping[str, Any], stack: str) -> Any:
        name = props.get("FilterName") or f"{stack}-{logical_id}"
        transformations = [
            {key[0].lower() + key[1:]: value for key, value in transformation.items()}
            for transformation in props["MetricTransformations"]
        ]
        request = {
            "logGroupName": props["LogGroupName"],
            "filterName": name,
            "filterPattern": props["FilterPattern"],
            "metricTransformations": transformations,
        }
        status, _, body = logs._put_metric_filter(request)
        if status != HTTPStatus.OK:
            raise ValueError(f"{logical_id}: {body.decode()}")
        return name, {}

    def delete(physical_id: str, props: Mapping[str, Any]) -> None:
        logs._delete_metric_filter(
            {"logGroupName": props["LogGroupName"], "filterName": physical_id}
        )

    return {"create": create, "delete": delete}


def install(sqs: Any, dynamodb: Any, logs: Any, lambdas: Any, provisioners: Any) -> None:
    """Let MiniStack's CloudFormation make whole queues and tables, and metric filters."""
    handlers = provisioners._RESOURCE_HANDLERS
    handlers["AWS::Logs::MetricFilter"] = metric_filters(logs)
    queue, table = handlers["AWS::SQS::Queue"], handlers["AWS::DynamoDB::Table"]
    queue["create"] = with_redrive(sqs, queue["create"])
    table["create"] = with_ttl(dynamodb, table["create"])
    function = handlers["AWS::Lambda::Function"]
    function["create"] = with_versions(lambdas, function["create"])
