"""A progress bar for whatever the API does in the background."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from fraud_cli.errors import CliError
from fraud_cli.output import err
from fraud_cli.polling import poll

ENDED = frozenset({"processed", "error", "cancelled"})


def follow[Id: (int, str)](
    kind: str, job_id: Id, look: Callable[[Id], dict[str, Any]]
) -> dict[str, Any]:
    """Follow a job until it has ended.

    Parameters
    ----------
    kind
        What is shown in front of its id; its plural is the command that shows it.
    look
        Asks the API how it is going.

    Raises
    ------
    CliError
        When the API no longer says how it is going; the hint names the command to go on with.
    """
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} % {task.fields[stage]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err) as progress:
        task = progress.add_task(f"{kind} {job_id}", total=1.0, stage="queued")
        answers = poll(
            lambda: look(job_id), lambda: progress.update(task, stage="no answer, asking again")
        )
        try:
            while True:
                job = next(answers)
                stage = job.get("stage", job["status"])
                progress.update(task, completed=job["progress"], stage=stage)
                if job["status"] in ENDED:
                    return job
        except CliError as e:
            later = f"see later how {kind} {job_id} is going: fraud {kind}s {job_id}"
            e.hint = f"{e.hint}; {later}" if e.hint else later
            raise
