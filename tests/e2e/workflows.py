"""State machines of the deployed stack, seen and disturbed from outside."""

import json
import os
import signal
from pathlib import Path
from typing import Any

from fraud_cli.local import StackInfo, processes


class Workflow:
    """One state machine, its executions by name.

    Parameters
    ----------
    output
        The stack's output that names it.
    state_dir
        Of the stack, which marks the processes that it started.
    """

    def __init__(self, info: StackInfo, output: str, state_dir: Path) -> None:
        self._engine = info.session().client("stepfunctions")
        self._executions = info.outputs[output].replace(":stateMachine:", ":execution:")
        self._state_dir = state_dir

    def failures(self, name: str) -> int:
        """How many tasks have failed so far."""
        events = self._history(name)
        return sum(event["type"] == "TaskFailed" for event in events)

    def shards(self, name: str) -> set[int]:
        """The numbers of the shards that its maps' tasks have worked off."""
        ended = (event.get("taskSucceededEventDetails") for event in self._history(name))
        payloads = (json.loads(details["output"])["Payload"] for details in ended if details)
        return {payload["shard"] for payload in payloads if "shard" in payload}

    def stop(self, name: str) -> None:
        """End an execution, as from AWS's own console."""
        self._engine.stop_execution(executionArn=self._arn(name), cause="a test")

    def kill_one_worker(self, function: str) -> None:
        """End a process that runs a function, as Lambda might."""
        for pid in processes.marked(self._state_dir):
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            if function.encode() in environment:
                os.kill(pid, signal.SIGKILL)
                return

    def _arn(self, name: str) -> str:
        return f"{self._executions}:{name}"

    def _history(self, name: str) -> list[Any]:
        """What happened so far; nothing, before the execution has begun."""
        pages = self._engine.get_paginator("get_execution_history")
        try:
            found = list(pages.paginate(executionArn=self._arn(name)))
        except self._engine.exceptions.ExecutionDoesNotExist:
            return []
        return [event for page in found for event in page["events"]]
