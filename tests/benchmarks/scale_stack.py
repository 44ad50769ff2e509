"""The functions of bulk work in this process, over tables and a bucket of the product's emulator.

They are the deployed ones, `functions/*/app.py`; the emulator is another process, so what they send
can be counted, and their own time on the processor told from waiting.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local_aws import clients, create_table, emulated, enable
from recorded_calls import Recorder
from workspace import PROJECT

BUCKET = "fraud-data"
FILE = "uploads/all/transactions.csv"
FOLDER = f"s3://{BUCKET}/uploads/all/"
UNLIMITED = 10**12
RANGE_BYTES = 64 << 20
"""The template's default."""
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "POWERTOOLS_SERVICE_NAME": "benchmark",
    "POWERTOOLS_METRICS_NAMESPACE": "Benchmark",
    "POWERTOOLS_METRICS_DISABLED": "true",
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
    "OPENBLAS_NUM_THREADS": "1",
    "MODELS_TABLE": "models",
    "SCORINGS_TABLE": "scorings",
    "TRAININGS_TABLE": "trainings",
    "DATA_BUCKET": BUCKET,
    "MAX_DATASET_BYTES": str(UNLIMITED),
    "SCORING_MEMORY_MB": "1769",
    "SCORING_MAX_UNPACKED_BYTES": str(2 << 30),
    "SCORING_MAX_MERGED_BYTES": str(5 << 30),
    "SCORING_RANGE_BYTES": str(RANGE_BYTES),
    "TRAINING_MAX_CONCURRENCY": "100",
    "TRAINING_TOLERATED_FAILURE_PERCENTAGE": "0",
    "TRAINING_MAX_ROWS": str(UNLIMITED),
    "TRAINING_MAX_COST_USD": str(UNLIMITED),
    "TRAINING_SHARD_MEMORY_MB": "1769",
    "TRAINER_MEMORY_MB": "3008",
}


class Context:
    """What the functions want to know of Lambda."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Fifteen minutes."""
        return 900_000


@contextmanager
def local_stack(state_dir: Path, model_dir: Path, csv: Path) -> Iterator[None]:
    """Tables, a bucket with the file, the model enabled; and the functions' environment."""
    with emulated(state_dir) as endpoint_url:
        os.environ.update({**ENVIRONMENT, "AWS_ENDPOINT_URL": endpoint_url})
        dynamodb, s3 = clients(endpoint_url)
        create_table(dynamodb, "models", pk="S", sk="S")
        create_table(dynamodb, "scorings", id="S")
        create_table(dynamodb, "trainings", id="N")
        s3.create_bucket(Bucket=BUCKET)
        enable(model_dir, dynamodb, s3)
        s3.upload_file(str(csv), BUCKET, FILE)
        yield


def run(recorder: Recorder, function: str, event: dict[str, Any]) -> Any:
    """Call a function as the engine does; the next step on record."""
    path = PROJECT / "functions" / function / "app.py"
    spec = importlib.util.spec_from_file_location(f"{function}_function", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with recorder.step():
        return module.handler(event, Context)
