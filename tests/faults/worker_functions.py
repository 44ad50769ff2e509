"""The deployed functions, imported once by the fork server; every worker is a fork of it."""

from __future__ import annotations

import logging
import os
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import handlers
from kill_points import Points
from world_clock import WorldClock

import fraud_training.fit
from fraud.adapters import aws_clients
from fraud_training.learn.effort import QUICK

LAMBDA_S = 900
NAMES = ("training", "trainer", "dead_letters", "sweeper")
FUNCTIONS = {name: handlers.function(name) for name in NAMES}
TELL_TIME = (
    "fraud_training.job",
    "fraud_training.progress",
    "fraud_training.registry",
    "fraud_training.source",
    "fraud.services.leased_jobs",
    "fraud.services.trainings",
)
CLIENTS = (
    aws_clients.dynamodb_client,
    aws_clients.s3_client,
    aws_clients.s3_transfer_client,
    aws_clients.sqs_client,
)
# The whole of a training, its report included, with as little search as there can be.
fraud_training.fit.FULL = QUICK
logging.disable()
if "AWS_ENDPOINT_URL" in os.environ:
    for make in CLIENTS:
        make()  # opens no connection


@dataclass
class LambdaContext:
    """What Lambda hands a handler."""

    begun: float
    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id: str = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        """What is left of a function's longest time."""
        return int(1000 * (LAMBDA_S - time.monotonic() + self.begun))


def invoked(name: str, event: Any, points: Points, clock: WorldClock) -> Any:
    """Run a function's handler, in the time of a world, with points in its way."""
    function = FUNCTIONS[name]
    shifted = clock.datetime_class()
    for module in (function, *(sys.modules[name] for name in TELL_TIME)):
        if vars(module).get("datetime") is datetime:
            module.datetime = shifted  # type: ignore[attr-defined]
    for make in CLIENTS:
        points.watch(make())
    return function.handler(event, LambdaContext(time.monotonic()))
