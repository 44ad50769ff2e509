"""What the monitor's last look is worth now."""

from datetime import UTC, datetime, timedelta

from fraud.domain.health_now import HealthNow, seen_at
from fraud.domain.model_state import HealthState

NOW = datetime(2026, 11, 30, 9, 20, tzinfo=UTC)
SEEN = HealthNow(as_of=NOW, model="m", state=HealthState.DRIFTING, reasons=["type has drifted"])


def test_a_recent_look_at_the_enabled_model_stands():
    assert seen_at(SEEN, "m", NOW + timedelta(hours=3)) == SEEN


def test_before_the_first_look_the_state_is_unknown():
    now = seen_at(None, "m", NOW)
    assert (now.state, now.as_of) == ("unknown", None)
    assert "not looked" in now.reasons[0]


def test_a_look_at_another_model_says_nothing_about_this_one():
    now = seen_at(SEEN, "n", NOW)
    assert now.state == "unknown"
    assert (now.drift, now.live, now.as_of) == (None, None, NOW)
    assert now.reasons == ["n was enabled after the monitor looked, when it was m"]


def test_an_old_look_says_nothing_about_now():
    now = seen_at(SEEN, "m", NOW + timedelta(hours=25))
    assert now.state == "unknown"
    assert now.reasons == ["the monitor has not looked for 25 hours"]
