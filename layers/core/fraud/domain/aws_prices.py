"""Public prices of AWS, in US dollars, that estimates are made with.

Those of us-east-1 for x86_64, first tier, without free tiers, as of November 2026, from
https://aws.amazon.com/lambda/pricing, step-functions/pricing, s3/pricing and
dynamodb/pricing/on-demand. They change: compare before you rely on them.
"""

from __future__ import annotations

MILLION = 1_000_000
LAMBDA_USD_PER_GB_S = 0.0000166667
LAMBDA_USD_PER_REQUEST = 0.20 / MILLION
EXPRESS_USD_PER_REQUEST = 1.00 / MILLION
EXPRESS_USD_PER_GB_S = 0.00001667
EXPRESS_GB = 64 / 1024
"""An Express workflow is billed in chunks of 64 MB; one that waits for a function needs one."""
TRANSITION_USD = 25.00 / MILLION
GET_USD, PUT_USD = 0.40 / MILLION, 5.00 / MILLION
"""LIST costs what PUT does."""
WRITE_USD = 0.625 / MILLION


def lambda_usd(busy_s: float, memory_mb: float, requests: float) -> float:
    """What functions cost that are busy for so long in all."""
    return busy_s * memory_mb / 1024 * LAMBDA_USD_PER_GB_S + requests * LAMBDA_USD_PER_REQUEST


def express_usd(busy_s: float, children: float) -> float:
    """What the children of a Distributed Map cost, each of which waits for one function."""
    return children * EXPRESS_USD_PER_REQUEST + busy_s * EXPRESS_GB * EXPRESS_USD_PER_GB_S
