"""One thing that was looked at, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What was found: `missing` is needed and not there, `absent` is optional."""

    OK = "ok"
    MISSING = "missing"
    ABSENT = "absent"


@dataclass(frozen=True)
class Check:
    """One finding.

    Attributes
    ----------
    name : str
        What was looked at.
    state : State
        Whether it is there, and whether it has to be.
    found : str
        What was seen.
    advice : str or None
        What to do; None where all is well.
    """

    name: str
    state: State
    found: str
    advice: str | None = None


def needed(name: str, good: bool, found: str, advice: str) -> Check:
    """A finding about something the local stack cannot do without."""
    return Check(name, State.OK, found) if good else Check(name, State.MISSING, found, advice)


def optional(name: str, good: bool, found: str, advice: str) -> Check:
    """A finding about something that only some uses need."""
    return Check(name, State.OK, found) if good else Check(name, State.ABSENT, found, advice)
