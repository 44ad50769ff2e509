"""What `fraud health` and `fraud drift` show."""

import json

import pytest

from fraud_cli.commands import monitoring
from fraud_cli.commands.monitoring import BAR_CHARS, bar
from fraud_cli.errors import CliError

MOVED = {
    "psi": 0.41,
    "band": "major",
    "window": "last_day",
    "decides": True,
    "rows_needed": 511,
    "moved_most": {"bin": "above 12.3", "training": 0.05, "live": 0.21},
    "why_not": None,
}
FEW = {
    "psi": None,
    "band": None,
    "window": None,
    "decides": False,
    "rows_needed": 511,
    "moved_most": None,
    "why_not": "12 of 511 predictions needed",
}
TRAFFIC = {
    "since": "2026-11-30T08:20:00Z",
    "until": "2026-11-30T09:20:00Z",
    "requests": 1200,
    "predictions": 1300,
    "fraud_rate": 0.0125,
    "outcomes": {"approve": 1280, "review": 10, "block": 10},
    "latency": {"p50_ms": 4.25, "p95_ms": 11.0},
    "errors": {"count": 2, "requests": 1500, "rate": 0.001333},
}
LIVE = {
    "precision": 0.8,
    "recall": 0.6,
    "f1": 0.686,
    "intervals": {"precision": [0.7, 0.87], "recall": [0.5, 0.69], "f1": [0.6, 0.75]},
    "labels": 1000,
    "predictions": 5000,
    "first_day": "2026-10-24",
    "last_day": "2026-11-22",
    "held_out": {"precision": 0.81, "recall": 0.7, "f1": 0.75},
}
NOW = {
    "as_of": "2026-11-30T09:20:00Z",
    "model": "fraud-7",
    "state": "drifting",
    "reasons": ["amount_log has drifted [index 0.41]"],
    "last_hour": TRAFFIC,
    "last_day": TRAFFIC,
    "drift": {
        "bands": {"moderate": 0.1, "major": 0.25},
        "rows": {"last_day": 1300, "last_week": 9100},
        "score": MOVED,
        "features": {"amount_log": MOVED, "type": FEW},
    },
    "live": LIVE,
    "retraining": {"training_id": 12, "because": "amount_log has drifted"},
    "last_prediction_at": "2026-11-30T09:19:00Z",
}


@pytest.fixture
def answered(monkeypatch):
    """Lets the commands find this answer of the API."""

    def give(answer):
        class Client:
            def __enter__(self):
                return self

            def __exit__(self, *_):
                pass

            def health(self):
                return json.loads(json.dumps(answer))

        monkeypatch.setattr(monitoring, "connect", Client)
        monkeypatch.setenv("COLUMNS", "160")

    return give


@pytest.mark.parametrize(
    ("index", "shown"),
    [(0.0, ""), (0.125, "█" * 10), (0.25, "█" * 20), (3.0, "█" * 20), (0.0125 / 8, "▏")],
)
def test_a_bar_is_full_where_drift_begins(index, shown):
    assert bar(index, 0.25).rstrip() == shown
    assert len(bar(index, 0.25)) == BAR_CHARS


def test_drift_shows_a_row_for_the_score_and_every_input(answered, capsys):
    answered({"modelname": "fraud-7", "now": NOW})
    monitoring.drift()
    shown = capsys.readouterr().out
    assert "drifting when the monitor looked at 2026-11-30T09:20Z" in shown
    assert "amount_log has drifted [index 0.41]" in shown
    score = next(line for line in shown.splitlines() if line.startswith("score"))
    assert "0.410" in score
    assert "above 12.3: 5.0% → 21.0%" in score
    few = next(line for line in shown.splitlines() if line.startswith("type"))
    assert "12 of 511 predictions needed" in few


def test_drift_as_json_is_one_object(answered, capsys):
    answered({"modelname": "fraud-7", "now": NOW})
    monitoring.drift(as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["state"], found["drift"]["score"]["psi"]) == ("drifting", 0.41)


def test_health_shows_state_traffic_and_quality_by_labels(answered, capsys):
    answered({"modelname": "fraud-7", "f1": 0.75, "now": NOW})
    monitoring.health()
    shown = capsys.readouterr().out
    for expected in (
        "fraud-7",
        "training 12 was queued: amount_log has drifted",
        "1,280 approve",
        "p50 4.2 ms, p95 11.0 ms",
        "2 of 1,500 answers",
        "0.600 (0.500 to 0.690), 0.700 at training",
        "1,000 of 5,000 predictions",
    ):
        assert expected in shown


def test_before_the_first_look_both_say_so(answered, capsys):
    unseen = dict.fromkeys(NOW) | {"state": "unknown", "reasons": ["not looked yet"]}
    answered({"modelname": "fraud-7", "now": unseen})
    monitoring.health()
    monitoring.drift()
    assert capsys.readouterr().out.count("not looked yet") == 2


def test_without_a_model_the_hint_says_how_to_get_one(answered):
    answered(None)
    with pytest.raises(CliError, match="no model is enabled"):
        monitoring.drift()
