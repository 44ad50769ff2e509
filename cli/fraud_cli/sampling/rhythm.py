"""When transactions happen: PaySim's 743 hours, busy evenings, quiet nights, slower weekends."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HOURS = 743
# Two slots an hour let a mule cash out within the hour in which the money arrived.
SLOTS_PER_HOUR = 2
SLOTS = HOURS * SLOTS_PER_HOUR

# Share of a day's transactions by hour; step 1 is the hour after midnight.
_DAY = np.array(
    [14, 8, 5, 4, 4, 6, 14, 28, 44, 56, 62, 66, 68, 64, 60, 60, 64, 72, 82, 86, 76, 58, 40, 24],
    dtype=np.float64,
)
_WEEKEND = 0.8
_SHIFT_H = 8  # at shift 1 the day's rhythm has moved by this much, into the night
_ROUND_THE_CLOCK = 0.4  # share of frauds that ignore the victims' day


@dataclass(frozen=True)
class Slot:
    """Half an hour: how many legitimate rows, and how many frauds are due by its end."""

    index: int
    step: int
    legitimate: int
    frauds_due: int


def plan_slots(
    legitimate: int, frauds: int, *, shift: float, rng: np.random.Generator
) -> list[Slot]:
    """Spread rows over the month.

    Parameters
    ----------
    legitimate, frauds : int
        Rows of each kind in the whole file.
    shift : float
        0 for the usual rhythm, 1 for one moved into the night.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    list of Slot
        Every half hour of the month in order. ``legitimate`` sums to `legitimate`;
        ``frauds_due`` rises to `frauds`.
    """
    weight = slot_weights(shift)
    rows = rng.multinomial(legitimate, weight)
    fraud_weight = _ROUND_THE_CLOCK / SLOTS + (1 - _ROUND_THE_CLOCK) * weight
    due = np.cumsum(rng.multinomial(frauds, fraud_weight / fraud_weight.sum()))
    return [
        Slot(index, 1 + index // SLOTS_PER_HOUR, int(rows[index]), int(due[index]))
        for index in range(SLOTS)
    ]


def slot_weights(shift: float) -> NDArray[np.float64]:
    """Return each slot's share of the month's legitimate transactions, summing to 1."""
    day = (1 - shift) * _DAY + shift * np.roll(_DAY, _SHIFT_H)
    hour = np.arange(SLOTS) // SLOTS_PER_HOUR
    weekend = (hour // 24) % 7 >= 5  # noqa: PLR2004 - the sixth and seventh day
    weight = day[hour % 24] * np.where(weekend, _WEEKEND, 1.0)
    share: NDArray[np.float64] = weight / weight.sum()
    return share
