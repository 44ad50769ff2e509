"""Whether scores and inputs still look like the training data, and which of them decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from fraud.domain.drift_references import Bins, DriftReference
from fraud.domain.drift_windows import CALENDAR, WINDOWS, WindowCounts, needed_cover
from fraud.domain.hour_counts import ModelCounts
from fraud.domain.stability import (
    MAJOR,
    MODERATE,
    Band,
    band_of,
    rows_needed,
    smoothed,
    stability_index,
)

INDEX_DECIMALS = 4
SHARE_DECIMALS = 4

type WindowName = Literal["last_day", "last_week"]
type Index = Annotated[
    float, Field(ge=0, description="Population stability index: 0 means unchanged.")
]


class MovedBin(BaseModel):
    """The bin that moved most."""

    bin: Annotated[str, Field(description="A category, or a range of values.")]
    training: Annotated[float, Field(ge=0, le=1, description="Its share of the training data.")]
    live: Annotated[float, Field(ge=0, le=1, description="Its share now.")]


class Drift(BaseModel):
    """How far one distribution has moved from the training data's."""

    psi: Annotated[
        Index | None,
        Field(description="In `window`; null while there are too few predictions to tell."),
    ] = None
    band: Annotated[
        Band | None, Field(description="stable below 0.1, moderate from 0.1, major from 0.25.")
    ] = None
    window: Annotated[
        WindowName | None, Field(description="The shortest window with enough predictions.")
    ] = None
    decides: Annotated[
        bool,
        Field(
            description="Whether it can turn the state: not before the model has answered a day's "
            "predictions; the hour of day after two days, the day of month never."
        ),
    ] = False
    rows_needed: Annotated[
        int | None,
        Field(
            description="Predictions below which chance alone would pass 0.1 more than once in "
            "10,000 looks; null where the training data itself is too small."
        ),
    ]
    moved_most: MovedBin | None = None
    why_not: Annotated[
        str | None, Field(description="Why it has no index, or does not decide.")
    ] = None


class Bands(BaseModel):
    """Where the bands begin."""

    moderate: float = MODERATE
    major: float = MAJOR


class DriftReport(BaseModel):
    """Scores and inputs of the enabled model's predictions against its training data."""

    bands: Bands = Bands()
    rows: Annotated[
        dict[WindowName, int], Field(description="The enabled model's predictions, by window.")
    ]
    score: Drift
    features: dict[str, Drift]

    def deciding(self) -> dict[str, Drift]:
        """What can turn the state, by name: the score and the features."""
        found = {"the score": self.score, **self.features}
        return {name: drift for name, drift in found.items() if drift.decides}


def drift_report(reference: DriftReference, windows: Mapping[str, WindowCounts]) -> DriftReport:
    """Compare the predictions of each window with the training data.

    Parameters
    ----------
    windows
        By the names of `WINDOWS`.
    """

    def of_feature(feature: str) -> Callable[[ModelCounts], Sequence[int]]:
        return lambda counts: counts.features.get(feature, [])

    return DriftReport.model_validate(
        {
            "rows": {name: window.counts.predictions for name, window in windows.items()},
            "score": drift_of(None, reference.scores, windows, lambda counts: counts.scores),
            "features": {
                feature: drift_of(feature, bins, windows, of_feature(feature))
                for feature, bins in reference.features.items()
            },
        }
    )


def drift_of(
    feature: str | None,
    bins: Bins,
    windows: Mapping[str, WindowCounts],
    rows_of: Callable[[ModelCounts], Sequence[int]],
) -> Drift:
    """How one distribution moved, in the shortest window that can tell.

    Parameters
    ----------
    feature
        Its name, None for the score.
    rows_of
        Its live rows by bin.
    """
    needed = rows_needed(bins)
    if needed is None:
        few = f"the training data has only {bins.rows:,} rows"
        return Drift(rows_needed=None, why_not=few)
    rows = {name: rows_of(windows[name].counts) for name in WINDOWS if name in windows}
    enough = [name for name, counts in rows.items() if sum(counts) >= needed]
    judged = [name for name in enough if windows[name].covered >= needed_cover(feature)]
    if not enough:
        most = max(map(sum, rows.values()), default=0)
        return Drift(rows_needed=needed, why_not=f"{most:,} of {needed:,} predictions needed")
    window = (judged or enough)[0]
    return Drift.model_validate(
        {
            **_measured(bins, rows[window]),
            "window": window,
            "decides": bool(judged),
            "rows_needed": needed,
            "why_not": None if judged else _uncovered(feature),
        }
    )


def _measured(bins: Bins, counts: Sequence[int]) -> dict[str, object]:
    index = round(stability_index(bins, counts), INDEX_DECIMALS)
    live, training = smoothed(counts), bins.shares
    place = max(range(len(live)), key=lambda i: abs(live[i] - training[i]))
    moved = MovedBin(
        bin=bins.name(place),
        training=round(training[place], SHARE_DECIMALS),
        live=round(counts[place] / sum(counts), SHARE_DECIMALS),
    )
    return {
        "psi": index,
        "band": band_of(index),
        "moved_most": moved.model_dump(),
    }


def _uncovered(feature: str | None) -> str:
    hours = needed_cover(feature) // timedelta(hours=1)
    why = "it is the calendar" if feature in CALENDAR else "night and noon differ"
    return f"{why}: it takes {hours} hours of predictions to tell"
