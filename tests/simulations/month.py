"""A month of a deployed model in some minutes: a shift in the middle, labels that come late.

The product's own services, adapters and trainer over DynamoDB, S3 and SQS in memory, with the clock
of the simulation. Every hour some transactions are predicted, twice a day the monitor looks, and
what it queues is trained, from an export of what is known by then. At the end the replaced model is
enabled again for a day, and then the new one.

Run `uv run python tests/simulations/month.py [--days 30] [--json]`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from played_month import Plan, PlayedMonth
from simulated_aws import BUCKET, simulated_aws

EXPORT = "uploads/export.csv"
SETTINGS = {
    "API_NAME": "fraud",
    "API_STAGE": "live",
    "POWERTOOLS_METRICS_NAMESPACE": "FraudDetection/simulation",
    "STALE_MODEL_DAYS": "90",
    "RETRAINING_DATASET": f"s3://{BUCKET}/{EXPORT}",
    "RETRAINING_PSI": "0.25",
    "RETRAINING_F1_LOSS": "0.05",
    "MAX_DATASET_BYTES": "1000000000",
    "PREDICTION_TTL_DAYS": "400",
}


def arguments() -> argparse.Namespace:
    """What may be changed about the month."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--shift-day", type=int, default=15, help="from 1")
    parser.add_argument("--first-rows", type=int, default=40_000, help="the first model's")
    parser.add_argument("--rows-per-day", type=int, default=2000)
    parser.add_argument("--fraud-rate", type=float, default=0.02)
    parser.add_argument("--shift", type=float, default=1.0)
    parser.add_argument("--maturity-days", type=int, default=7)
    parser.add_argument("--cool-down-days", type=int, default=5)
    parser.add_argument("--look-every", type=int, default=12, help="hours between looks")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one object at the end")
    return parser.parse_args()


def main() -> None:
    """Play the month and tell what happened."""
    options = arguments()
    began = time.perf_counter()
    settings = {
        **SETTINGS,
        "LABEL_MATURITY_DAYS": str(options.maturity_days),
        "RETRAINING_COOL_DOWN_DAYS": str(options.cool_down_days),
    }
    plan = Plan(
        days=options.days,
        shift_day=options.shift_day - 1,
        first_rows=options.first_rows,
        rows_per_day=options.rows_per_day,
        fraud_rate=options.fraud_rate,
        shift=options.shift,
        look_every=options.look_every,
        seed=options.seed,
        export=EXPORT,
    )
    with tempfile.TemporaryDirectory() as directory, simulated_aws(settings):
        tempfile.tempdir = directory  # the trainer's, too: another one may run on this machine
        month = PlayedMonth(plan, Path(directory), quiet=options.json)
        month.play()
        story = month.story() | {"seconds": round(time.perf_counter() - began, 1)}
    if options.json:
        sys.stdout.write(json.dumps(story, default=str) + "\n")
        return
    for name, value in story.items():
        lines = value if isinstance(value, list) else [value]
        sys.stdout.write(f"{name.replace('_', ' ')}: " + "\n  ".join(map(str, lines)) + "\n")


if __name__ == "__main__":
    main()
