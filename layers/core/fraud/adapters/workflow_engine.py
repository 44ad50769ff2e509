"""A state machine that jobs run on: bulk scorings, or trainings over many files."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from fraud.adapters.aws_errors import translated
from fraud.domain.errors import Conflict, NotFound

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

RUNNING = "RUNNING"
ABANDONED = ("FAILED", "TIMED_OUT", "ABORTED")


class WorkflowEngine:
    """Executions of one state machine, named after the jobs they carry out."""

    def __init__(self, client: SFNClient, state_machine_arn: str) -> None:
        self._client = client
        self._arn = state_machine_arn

    def start(self, name: str, job_id: str | int | None = None) -> None:
        """Begin; a start that is sent again with the same name changes nothing.

        Parameters
        ----------
        job_id
            What the workflow is told; the name where it is None.
        """
        told = json.dumps({"id": name if job_id is None else job_id})
        with suppress(Conflict), translated("starting the workflow"):
            self._client.start_execution(stateMachineArn=self._arn, name=name, input=told)

    def stop(self, name: str, cause: str) -> None:
        """End an execution and all its children; one that has ended, or never began, is left."""
        if self._status(name) == RUNNING:
            with translated("stopping the workflow"):
                self._client.stop_execution(executionArn=self._execution(name), cause=cause)

    def abandoned(self, name: str) -> bool:
        """Whether the execution has ended without bringing its job to an end."""
        return self._status(name) in ABANDONED

    def _status(self, name: str) -> str | None:
        try:
            with translated("looking at the workflow"):
                answer = self._client.describe_execution(executionArn=self._execution(name))
        except NotFound:
            return None
        return answer["status"]

    def _execution(self, name: str) -> str:
        return f"{self._arn.replace(':stateMachine:', ':execution:', 1)}:{name}"
