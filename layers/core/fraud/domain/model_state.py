"""Is the enabled model healthy? The rules, with their limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from fraud.domain.drift import DriftReport
from fraud.domain.live_quality import LiveQuality
from fraud.domain.release_following import LeftBehind
from fraud.domain.stability import MAJOR
from fraud.domain.traffic import ServerErrors


class HealthState(StrEnum):
    """How the enabled model is now.

    `degraded` when it is known to do harm: worse by its labels than at training, answers fail, it
    cannot be loaded, or another one goes on answering. `drifting` when transactions or scores no
    longer look like the training data, so that its quality may have changed unseen. `unknown` while
    there is too little to tell.
    """

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DRIFTING = "drifting"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Limits:
    """From where on something is wrong.

    Attributes
    ----------
    psi
        A population stability index from here on is drift; the usual start of the upper band.
    f1_loss
        F1 has fallen when even the upper end of its live interval lies more than this below the
        held-out F1. The interval allows for few labels; the margin for what a deployed model loses
        anyway to the time between training and use, so that it does not ring for every model.
    min_judged
        Labelled predictions that are frauds, alerts or both, from which F1 is judged. Wilson's
        interval holds for fewer, but one busy afternoon of labelling is not a sample of a month.
    error_rate, min_requests
        Share of 5xx answers within the last hour that is too much, among at least so many: 1 %
        burns a monthly objective of 99.9 % ten times too fast (Google, "The Site Reliability
        Workbook", 2018, ch. 5).
    stale_after
        An older model is worth a retraining; it is named among the reasons, but age alone is no
        fault and changes no state.
    """

    psi: float = MAJOR
    f1_loss: float = 0.05
    min_judged: int = 30
    error_rate: float = 0.01
    min_requests: int = 100
    stale_after: timedelta = timedelta(days=90)


@dataclass(frozen=True)
class Signs:
    """What is known about the enabled model.

    Attributes
    ----------
    files_problem
        What is wrong with its files, in words; None when they are sound.
    failed_loads
        Failed attempts to load a model within the last hour; None where nobody counts them.
    age
        Since it was trained.
    left_behind
        Another model that still answers instead of it.
    """

    drift: DriftReport | None
    live: LiveQuality | None
    errors: ServerErrors | None
    files_problem: str | None
    failed_loads: int | None
    age: timedelta
    left_behind: LeftBehind | None = None


@dataclass(frozen=True)
class Verdict:
    """The state, and why, in words."""

    state: HealthState
    reasons: tuple[str, ...]


def judge(signs: Signs, limits: Limits) -> Verdict:
    """Known harm outranks drift, and drift outranks the rest; reasons of all kinds are given."""
    harm = [*_broken(signs), *_failing(signs, limits)]
    if signs.live and (fallen := f1_fallen(signs.live, limits)):
        harm.insert(0, fallen)
    drifted = drifted_from(signs.drift, limits) if signs.drift else []
    reasons = (*harm, *drifted, *_stale(signs, limits))
    if harm:
        return Verdict(HealthState.DEGRADED, reasons)
    if drifted:
        return Verdict(HealthState.DRIFTING, reasons)
    unseen = _unseen(signs, limits)
    if unseen:
        return Verdict(HealthState.UNKNOWN, (unseen, *reasons))
    return Verdict(HealthState.HEALTHY, reasons)


def drifted_from(report: DriftReport, limits: Limits) -> list[str]:
    """What has drifted, in words, furthest first."""
    found = [
        (drift.psi, name, drift)
        for name, drift in report.deciding().items()
        if drift.psi is not None and drift.psi >= limits.psi
    ]
    said = []
    for psi, name, drift in sorted(found, key=lambda f: (-f[0], f[1])):
        moved = drift.moved_most
        where = f": {moved.bin} was {moved.training:.1%}, is {moved.live:.1%}" if moved else ""
        within = str(drift.window).replace("_", " ")
        said.append(
            f"{name} has drifted from the training data within the {within} "
            f"(index {psi:.2f}, limit {limits.psi:g}){where}"
        )
    return said


def f1_fallen(live: LiveQuality, limits: Limits) -> str | None:
    """How far F1 has fallen, in words; None when it has not, or nobody can tell."""
    if live.f1 is None or live.intervals.f1 is None or live.held_out.f1 is None:
        return None
    upper = live.intervals.f1[1]
    if live.judged < limits.min_judged or upper >= live.held_out.f1 - limits.f1_loss:
        return None
    return (
        f"F1 by labels is {live.f1:.3f} (95 % interval {live.intervals.f1[0]:.3f} to {upper:.3f}, "
        f"{live.labels:,} labels), {live.held_out.f1:.3f} at training"
    )


def _broken(signs: Signs) -> list[str]:
    said = [f"the model cannot be loaded: {signs.files_problem}"] if signs.files_problem else []
    if signs.failed_loads:
        said.append(f"predict failed {signs.failed_loads} times to load a model in the last hour")
    if other := signs.left_behind:
        said.append(
            f"predict still answered with {other.model} at {other.at.isoformat(timespec='seconds')}"
            f", {other.late.total_seconds() / 60:,.0f} minutes after the enabled model's release; "
            "it should follow within one"
        )
    return said


def _failing(signs: Signs, limits: Limits) -> list[str]:
    errors = signs.errors
    if errors is None or errors.requests < limits.min_requests:
        return []
    if errors.rate < limits.error_rate:
        return []
    return [
        f"{errors.rate:.1%} of the API's answers in the last hour were errors "
        f"({errors.count:,} of {errors.requests:,}, limit {limits.error_rate:.0%})"
    ]


def _stale(signs: Signs, limits: Limits) -> list[str]:
    if signs.age < limits.stale_after:
        return []
    return [f"the model is {signs.age.days} days old, older than {limits.stale_after.days}"]


def _unseen(signs: Signs, limits: Limits) -> str | None:
    """Why nothing can be said yet; None when scores or labels can be judged."""
    live = signs.live
    if live and live.f1 is not None and live.judged >= limits.min_judged:
        return None
    if signs.drift is None:
        return "the model's card has no training distributions to compare with"
    if signs.drift.score.decides:
        return None
    return f"nothing can be told yet: {signs.drift.score.why_not}"
