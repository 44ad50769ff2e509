"""The trainings table."""

from __future__ import annotations

from datetime import datetime

from fraud.adapters.jobs_table import JobPage, JobsTable
from fraud.domain.trainings import Training, TrainingRequest

type TrainingPage = JobPage[Training]


class TrainingsTable(JobsTable[Training]):
    """Trainings by id."""

    kind = "training"
    job_type = Training

    def register(self, request: TrainingRequest, client: str, now: datetime) -> Training:
        """Give a request its id and store it as pending."""
        return self.add(
            Training(
                id=self.next_id(), request=request, client=client, created_at=now, updated_at=now
            )
        )
