"""What AWS asks for predictions, from measured milliseconds and its price formulas.

`uv run python tests/benchmarks/cost.py [--ms MS]` prints what a month costs; `serving.py` measures
the milliseconds, and prints what Lambda alone asks for a million predictions.

Public prices of us-east-1, first tier, free tiers left out, from https://aws.amazon.com/
lambda/pricing, api-gateway/pricing, dynamodb/pricing/on-demand, s3/pricing, cloudwatch/pricing and
xray/pricing. They change: compare before you rely on them.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from math import ceil
from pathlib import Path
from typing import Any

from tables import print_table

USD_PER_GB_S = {"x86_64": 0.0000166667, "arm64": 0.0000133334}
USD_PER_MILLION_REQUESTS = 0.20
MEMORY_MB = (512, 1024, 1769, 3008)
FULL_CORE_MB = 1769
"""Where a function has one whole processor; below, its share falls with memory."""
MILLION = 1_000_000


def cents_per_million(busy_ms: float, memory_mb: int, architecture: str, a_request: int) -> float:
    """Cents for a million predictions.

    Parameters
    ----------
    busy_ms
        Duration of one request on one whole processor.
    a_request
        Predictions in each request.
    """
    duration_ms = busy_ms * max(1.0, FULL_CORE_MB / memory_mb)
    gb_s = memory_mb / 1024 * ceil(duration_ms) / 1000
    requests = MILLION / a_request
    compute = requests * gb_s * USD_PER_GB_S[architecture]
    return 100 * (compute + requests / MILLION * USD_PER_MILLION_REQUESTS)


def show(busy_ms: Mapping[str, tuple[float, int]]) -> list[dict[str, Any]]:
    """Print the table.

    Parameters
    ----------
    busy_ms
        For each kind of request: its duration as billed, and the predictions in it.
    """
    table = [
        {"memory_mb": memory_mb, "architecture": architecture}
        | {
            name: cents_per_million(ms, memory_mb, architecture, size)
            for name, (ms, size) in busy_ms.items()
        }
        for memory_mb in MEMORY_MB
        for architecture in USD_PER_GB_S
    ]
    columns = [f"{name} ({ms:.2f} ms)" for name, (ms, _) in busy_ms.items()]
    rows = [
        (f"{row['memory_mb']} MB {row['architecture']}", *(f"{row[name]:.2f}" for name in busy_ms))
        for row in table
    ]
    print_table("Cents per million predictions, Lambda alone", ("", *columns), rows)
    return table


MONTHS = (1_000, 1_000_000, 100_000_000)
"""Predictions a month."""

USD_PER_MILLION_API_REQUESTS = 3.50  # REST
USD_PER_MILLION_WRITE_UNITS = 0.625
USD_PER_MILLION_READ_UNITS = 0.125
USD_PER_GB_MONTH_TABLE = 0.25
USD_PER_GB_MONTH_RECOVERY = 0.20  # point-in-time recovery
USD_PER_GB_MONTH_BUCKET = 0.023
USD_PER_GB_LOGGED = 0.50
USD_PER_METRIC = 0.30
USD_PER_ALARM = 0.10
USD_PER_DASHBOARD = 3.00
USD_PER_MILLION_TRACES = 5.00

PREDICT_MS = 6.8
"""One prediction with reasons, handler p50 under the Lambda runtime, DynamoDB emulated on the same
machine; shared, 2 cores."""
ITEM_BYTES = 1_300
ITEM_WRITE_UNITS = 2  # of 1 KB each
ITEM_OVERHEAD_BYTES = 100  # that DynamoDB bills for storage
KEPT_MONTHS = 400 / 30.4  # PredictionTtlDays
LOG_BYTES = 850  # a line of the access log, Lambda's START, END and REPORT: estimated
API_METRICS = 5  # of the route in use: the stage has detailed metrics
OWN_METRICS = 17  # 13 of the monitor, 3 of the trainer, ModelNotLoaded; the sweeper's are rare
BUCKET_GB = 1.0  # datasets and models: an assumption
TRAININGS, TRAINING_MS = 4, 60_000.0  # an assumption: PaySim takes 31 s

MONTH_S = 30 * 24 * 3600
MONITOR_RUNS = 30 * 24
MONITOR_RUN_MS = 2_000.0  # without predictions: an estimate
SWEEPER_RUNS = 30 * 24
SWEEPER_RUN_MS = 500.0  # a few dozen trainings and models: an estimate
MONITOR_MS = 0.06  # for each prediction counted, on a whole processor; measured
COUNTED = 3  # times: running, ended, settled
SHARDS = 32  # each a query, at least half a read unit
READ_UNIT_BYTES = 4096
AUTHORIZER_S = 60  # an answer is cached that long; one busy client

PREDICT_MB, API_MB, MONITOR_MB, TRAINER_MB = 1769, 512, 1024, 3008


def month(predictions: int, predict_ms: float, alarms: int) -> dict[str, float]:
    """US dollars for a month of single predictions with reasons, evenly spread, x86.

    Parameters
    ----------
    predict_ms
        Duration of one on one whole processor.
    alarms
        How many the stack has.
    """
    n = predictions
    authorized = min(n, MONTH_S // AUTHORIZER_S)
    monitor_ms = MONITOR_RUN_MS + n / MONITOR_RUNS * COUNTED * MONITOR_MS
    lambdas = (
        _lambda(n, predict_ms, PREDICT_MB)
        + _lambda(authorized, predict_ms, API_MB)
        + _lambda(MONITOR_RUNS, monitor_ms, MONITOR_MB)
        + _lambda(SWEEPER_RUNS, SWEEPER_RUN_MS, API_MB)
        + _lambda(TRAININGS, TRAINING_MS, TRAINER_MB)
    )
    counted_units = MONITOR_RUNS * SHARDS + n * ITEM_BYTES / READ_UNIT_BYTES
    read_units = COUNTED * counted_units / 2  # eventually consistent
    stored_gb = n * KEPT_MONTHS * (ITEM_BYTES + ITEM_OVERHEAD_BYTES) / 1e9
    traces = min(n, MONTH_S) + 0.05 * max(0, n - MONTH_S)  # one a second, and 5 % of the others
    return {
        "Lambda": lambdas,
        "API Gateway": n / MILLION * USD_PER_MILLION_API_REQUESTS,
        "DynamoDB writes": n * ITEM_WRITE_UNITS / MILLION * USD_PER_MILLION_WRITE_UNITS,
        "DynamoDB reads": (authorized + read_units) / MILLION * USD_PER_MILLION_READ_UNITS,
        "DynamoDB storage, 400 days": stored_gb * USD_PER_GB_MONTH_TABLE,
        "point-in-time recovery": stored_gb * USD_PER_GB_MONTH_RECOVERY,
        "S3": BUCKET_GB * USD_PER_GB_MONTH_BUCKET,
        "CloudWatch logs": n * LOG_BYTES / 1e9 * USD_PER_GB_LOGGED,
        "CloudWatch metrics": (API_METRICS + OWN_METRICS) * USD_PER_METRIC,
        "CloudWatch alarms, dashboard": alarms * USD_PER_ALARM + USD_PER_DASHBOARD,
        "X-Ray": traces / MILLION * USD_PER_MILLION_TRACES,
    }


def show_months(predict_ms: float) -> dict[int, dict[str, float]]:
    """Print what a month costs."""
    template = Path(__file__).resolve().parents[2] / "template.yaml"
    alarms = template.read_text(encoding="utf-8").count("Type: AWS::CloudWatch::Alarm")
    found = {n: month(n, predict_ms, alarms) for n in MONTHS}
    rows = [(name, *(f"{found[n][name]:,.2f}" for n in MONTHS)) for name in found[MONTHS[0]]]
    rows.append(("total", *(f"{sum(found[n].values()):,.2f}" for n in MONTHS)))
    columns = ("", *(f"{n:,} predictions" for n in MONTHS))
    print_table(f"US dollars a month, {predict_ms:.1f} ms a prediction", columns, rows)
    return found


def _lambda(requests: float, busy_ms: float, memory_mb: int) -> float:
    """US dollars; `requests` calls of one prediction each."""
    cents = cents_per_million(busy_ms, memory_mb, "x86_64", 1)
    return requests / MILLION * cents / 100


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What a month of predictions costs on AWS.")
    parser.add_argument("--ms", type=float, default=PREDICT_MS, help="of one prediction")
    show_months(parser.parse_args().ms)
