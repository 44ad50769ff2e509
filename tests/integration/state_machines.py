"""The workflows' steps over moto, run one by one as the state machines run them.

moto has no distributed map, so this plays the engine: items from the plan, a child for each, and
the record of the map where its ResultWriter leaves it.
"""

from __future__ import annotations

import json
import os
from typing import Any

import boto3

BUCKET = "fraud-data"
MAPPED = {"survey": "shards", "draw": "used", "score": "used"}
"""Steps of a training that are mapped, and where their shards are listed."""


def stored(key: str) -> bytes:
    """An object of the data bucket."""
    return boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()


def put(key: str, content: bytes) -> str:
    """Store an object; the link to it."""
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content)
    return f"s3://{BUCKET}/{key}"


def stop_training(training_id: int) -> None:
    """Stop the workflow of a training, as an operator might."""
    machine = os.environ["TRAINING_STATE_MACHINE_ARN"]
    executions = machine.replace(":stateMachine:", ":execution:")
    arn = f"{executions}:training-{training_id}"
    boto3.client("stepfunctions").stop_execution(executionArn=arn)


class TrainingWorkflow:
    """A training over many files."""

    def __init__(self, stack: Any, training_id: int) -> None:
        self._stack, self._id = stack, training_id
        self.plan: dict[str, Any] = {}

    def join(self, step: str, remaining_ms: int = 900_000) -> dict[str, Any]:
        """Run a step between the maps."""
        event = {"id": self._id, "step": step, "fence": self.plan.get("fence")}
        context = self._stack.context(remaining_ms)
        answer = self._stack.function("training_join").handler(event, context)
        if step == "plan":
            self.plan = answer
        return dict(answer)

    def fail(self, error: str = "States.TaskFailed") -> bool:
        """Run the step after a failure; whether it was to be expected."""
        event = {"id": self._id, "step": "fail", "error": error}
        answer = self._stack.function("training_join").handler(event, self._stack.context())
        return bool(answer["expected"])

    def mapped(self, step: str, items: str) -> int:
        """Run a step for every shard; how many there are."""
        shards = json.loads(stored(self.plan[items]))
        for shard in shards:
            event = {"id": self._id, "fence": self.plan["fence"], "step": step, "shard": shard}
            self._stack.function("training_shard").handler(event, self._stack.context())
        return len(shards)

    def step(self, step: str) -> int:
        """Run a step as the workflow does; for how many shards."""
        if step in MAPPED:
            return self.mapped(step, MAPPED[step])
        self.join(step)
        return 0

    def run(self) -> int:
        """Run it to its end; how many shards there were."""
        steps = ("plan", "survey", "weigh", "draw", "draft", "score", "finish")
        return max([self.step(step) for step in steps])


class ScoringWorkflow:
    """A bulk scoring."""

    def __init__(self, stack: Any, scoring_id: str) -> None:
        self._stack, self._id = stack, scoring_id
        self.plan: dict[str, Any] = {}
        self.shards: list[dict[str, Any]] = []

    def planned(self) -> list[dict[str, Any]]:
        """Plan it; its ranges."""
        self.plan = self._stack.function("scoring_plan").handler({"id": self._id}, None)
        self.shards = json.loads(stored(self.plan["plan"]))
        return self.shards

    def scored(self, shard: dict[str, Any]) -> dict[str, Any]:
        """Score a range; its report."""
        event = {name: self.plan[name] for name in ("id", "model", "reasons")} | {"shard": shard}
        return dict(self._stack.function("scoring_range").handler(event, None))

    def mapped(self) -> str:
        """Score every range; where the engine's record of that is."""
        succeeded, failed = [], []
        for shard in self.shards:
            try:
                succeeded.append(self.scored(shard))
            except Exception as e:  # noqa: BLE001 - the engine takes note of any
                child = {"Input": json.dumps({"shard": shard}), "Error": type(e).__name__}
                failed.append(child)
        files = {}
        for status, records in (("SUCCEEDED", succeeded), ("FAILED", failed)):
            key = f"{self.plan['records']}/run/{status}_0.json"
            put(key, "\n".join(map(json.dumps, records)).encode())
            files[status] = [{"Key": key, "Size": 1}] if records else []
        record = f"{self.plan['records']}/run/manifest.json"
        put(record, json.dumps({"ResultFiles": files}).encode())
        return record

    def finish(self, record: str) -> None:
        """Run the last step."""
        self._stack.function("scoring_finish").handler({"id": self._id, "records": record}, None)

    def fail(self, error: str = "DatasetError") -> bool:
        """Run the step after a failure; whether it was to be expected."""
        event = {"id": self._id, "error": error}
        return bool(self._stack.function("scoring_finish").handler(event, None)["expected"])

    def run(self) -> None:
        """Run it to its end."""
        self.planned()
        self.finish(self.mapped())
