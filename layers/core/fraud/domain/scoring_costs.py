"""What scoring so many rows in so many ranges costs, before it is done.

Prices are the public ones of us-east-1 for x86_64, without free tiers, as of November 2026: Lambda
0.0000166667 USD a GB-second and 0.20 a million requests; Step Functions Express 1.00 a million
requests and 0.00001667 a GB-second, Standard 25.00 a million transitions; S3 Standard 0.40 a
million GET and 5.00 a million PUT and LIST; DynamoDB on demand 0.625 a million writes. Storage is
not in it: 0.023 USD a GB and month until the result expires.
"""

from __future__ import annotations

from fraud.domain.scorings import CostEstimate

MILLION = 1_000_000
LAMBDA_USD_PER_GB_S = 0.0000166667
LAMBDA_USD_PER_REQUEST = 0.20 / MILLION
EXPRESS_USD_PER_REQUEST = 1.00 / MILLION
EXPRESS_USD_PER_GB_S = 0.00001667
EXPRESS_GB = 64 / 1024
"""An Express workflow is billed in chunks of 64 MB; one that waits for a function needs one."""
TRANSITION_USD = 25.00 / MILLION
GET_USD, PUT_USD = 0.40 / MILLION, 5.00 / MILLION
WRITE_USD = 0.625 / MILLION

ROWS_PER_S = 200_000
"""Rows that one worker scores in a second, half of what was measured (docs/scale.md)."""
ROWS_PER_S_WITH_REASONS = 6_000
SHARD_S = 1.5
"""Seconds a range takes beside its rows: requests to S3, and its share of cold starts."""
GETS_PER_SHARD, PUTS_PER_SHARD, WRITES_PER_SHARD = 5, 2, 1
TRANSITIONS = 6
"""Of the workflow around the map."""
CENTS = 6


def shard_seconds(rows: float, *, reasons: bool) -> float:
    """Seconds that a worker needs for a range of so many rows."""
    return SHARD_S + rows / (ROWS_PER_S_WITH_REASONS if reasons else ROWS_PER_S)


def estimated_cost(rows: int, shards: int, memory_mb: int, *, reasons: bool) -> CostEstimate:
    """Estimate the cost of a scoring.

    Parameters
    ----------
    rows, shards
        How many rows in how many ranges.
    memory_mb
        Of the scoring function.
    """
    busy_s = shards * shard_seconds(rows / max(shards, 1), reasons=reasons)
    lambda_usd = busy_s * memory_mb / 1024 * LAMBDA_USD_PER_GB_S + shards * LAMBDA_USD_PER_REQUEST
    children_usd = shards * EXPRESS_USD_PER_REQUEST + busy_s * EXPRESS_GB * EXPRESS_USD_PER_GB_S
    step_functions_usd = children_usd + TRANSITIONS * TRANSITION_USD
    s3_usd = shards * (GETS_PER_SHARD * GET_USD + PUTS_PER_SHARD * PUT_USD)
    dynamodb_usd = shards * WRITES_PER_SHARD * WRITE_USD
    costs = (lambda_usd, step_functions_usd, s3_usd, dynamodb_usd)
    return CostEstimate(
        lambda_usd=round(lambda_usd, CENTS),
        step_functions_usd=round(step_functions_usd, CENTS),
        s3_usd=round(s3_usd, CENTS),
        dynamodb_usd=round(dynamodb_usd, CENTS),
        total_usd=round(sum(costs), CENTS),
    )
