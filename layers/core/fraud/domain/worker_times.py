"""How long a worker in Lambda takes, from its work on one core and its traffic with S3.

References
----------
Amazon S3 User Guide, "Best practices design patterns: optimizing Amazon S3 performance" (100 to 200
ms until the first byte) and "Performance guidelines for Amazon S3" (85 to 90 MB/s a connection).
AWS Lambda Developer Guide, "Configure Lambda function memory" (one vCPU at 1,769 MB).
"""

from __future__ import annotations

S3_REQUEST_S = 0.15
S3_BYTES_PER_S = 85_000_000
FULL_CORE_MB = 1769
READS_AT_ONCE = 8
"""Small reads of many objects that one function has under way."""


def s3_seconds(round_trips: float, moved_bytes: float) -> float:
    """Seconds of waiting for S3: requests one after the other, and bytes in either direction."""
    return round_trips * S3_REQUEST_S + moved_bytes / S3_BYTES_PER_S


def core_seconds(core_s: float, memory_mb: float) -> float:
    """Seconds that take `core_s` on a whole core: with less memory there is less of one."""
    return core_s * max(1.0, FULL_CORE_MB / memory_mb)
