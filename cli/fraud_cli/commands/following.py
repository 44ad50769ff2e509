"""A progress bar for whatever the API does in the background."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from fraud_cli.output import err

POLL_EVERY_S = 0.5
ENDED = frozenset({"processed", "error", "cancelled"})


def follow[Id: (int, str)](
    kind: str, job_id: Id, look: Callable[[Id], dict[str, Any]]
) -> dict[str, Any]:
    """Follow a job until it has ended.

    Parameters
    ----------
    kind
        What is shown in front of its id.
    look
        Asks the API how it is going.
    """
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} % {task.fields[stage]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err) as progress:
        task = progress.add_task(f"{kind} {job_id}", total=1.0, stage="queued")
        while True:
            job = look(job_id)
            stage = job.get("stage", job["status"])
            progress.update(task, completed=job["progress"], stage=stage)
            if job["status"] in ENDED:
                return job
            time.sleep(POLL_EVERY_S)
