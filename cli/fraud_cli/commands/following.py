"""A progress bar for whatever the API does in the background."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from fraud_cli.output import err

POLL_EVERY_S = 0.5


def follow(kind: str, job_id: int, look: Callable[[int], dict[str, Any]]) -> dict[str, Any]:
    """Follow a job until it has ended.

    Parameters
    ----------
    kind
        What is shown in front of its id.
    look
        Asks the API how it is going.
    """
    columns = (
        TextColumn(f"{kind} {job_id}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} % {task.fields[stage]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err) as progress:
        task = progress.add_task("", total=1.0, stage="queued")
        while True:
            job = look(job_id)
            stage = job.get("stage", job["status"])
            progress.update(task, completed=job["progress"], stage=stage)
            if job["status"] in {"processed", "error"}:
                return job
            time.sleep(POLL_EVERY_S)
