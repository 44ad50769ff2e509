"""One value of one metric, as CloudWatch takes it."""

from __future__ import annotations

from typing import NamedTuple

COUNT = "Count"
MILLISECONDS = "Milliseconds"
SECONDS = "Seconds"
NONE = "None"


class Measurement(NamedTuple):
    """A value; those of one name within one run are a distribution."""

    name: str
    unit: str
    value: float
