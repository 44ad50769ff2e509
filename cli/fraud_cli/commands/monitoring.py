"""`fraud health`, `fraud drift`: how the enabled model is doing."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from fraud_cli.commands.model import connect
from fraud_cli.commands.options import AsJson
from fraud_cli.errors import CliError
from fraud_cli.output import out, print_facts, print_json

STATES = {"healthy": "bold green", "degraded": "bold red", "drifting": "bold yellow"}
BANDS = {"stable": "green", "moderate": "yellow", "major": "red"}
BAR_CHARS = 20
EIGHTHS = " ▏▎▍▌▋▊▉"


def health(as_json: AsJson = False) -> None:
    """Which model is enabled, how good it is, and how it is doing now."""
    answer = _healthy()
    if as_json:
        print_json(answer)
        return
    now = answer.pop("now")
    print_facts(f"Model {answer['modelname']}", answer)
    _show_state(now)
    for title, traffic in (("Last hour", now["last_hour"]), ("Last day", now["last_day"])):
        if traffic:
            print_facts(title, _traffic(traffic))
    if now["live"] and now["live"]["labels"]:
        print_facts("By labels", _live(now["live"]))


def drift(as_json: AsJson = False) -> None:
    """How far scores and inputs have moved from the training data."""
    answer = _healthy()
    now = answer["now"]
    if as_json:
        print_json({name: now[name] for name in ("model", "as_of", "state", "reasons", "drift")})
        return
    _show_state(now)
    if now["drift"] is None:
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("", "index", "", "band", "window", "moved most, training → now"):
        table.add_column(column, no_wrap=column != "moved most, training → now")
    major = float(now["drift"]["bands"]["major"])
    table.add_row("score", *_row(now["drift"]["score"], major))
    for name, moved in now["drift"]["features"].items():
        table.add_row(name, *_row(moved, major))
    out.print(table)
    rows = ", ".join(
        f"{window.replace('_', ' ')} {n:,}" for window, n in now["drift"]["rows"].items()
    )
    out.print(f"Predictions: {rows}. A full bar is {major:g}, where drift begins.")


def bar(index: float, full: float, chars: int = BAR_CHARS) -> str:
    """An index as a bar of eighths; full from `full` on."""
    eighths = round(min(index / full, 1.0) * chars * 8)
    return ("█" * (eighths // 8) + EIGHTHS[eighths % 8]).ljust(chars)[:chars]


def _row(drift: dict[str, Any], major: float) -> list[str | Text]:
    if drift["psi"] is None:
        return ["-", "", "", "", drift["why_not"]]
    colour = BANDS[drift["band"]] if drift["decides"] else "dim"
    moved = drift["moved_most"]
    change = f"{moved['bin']}: {moved['training']:.1%} → {moved['live']:.1%}"
    if drift["why_not"]:
        change += f" ({drift['why_not']})"
    return [
        f"{drift['psi']:.3f}",
        Text(bar(drift["psi"], major), style=colour),
        Text(drift["band"], style=colour),
        drift["window"].replace("_", " "),
        change,
    ]


def _healthy() -> dict[str, Any]:
    with connect() as client:
        answer = client.health()
    if answer is None:
        raise CliError("no model is enabled yet", "train one: fraud train LINK --wait")
    return answer


def _show_state(now: dict[str, Any]) -> None:
    style = STATES.get(now["state"], "bold")
    seen = f" when the monitor looked at {now['as_of'][:16]}Z" if now["as_of"] else ""
    out.print(Text.assemble((now["state"], style), seen))
    for reason in now["reasons"]:
        out.print(f"  {reason}")
    if now["retraining"]:
        asked = now["retraining"]
        out.print(f"  training {asked['training_id']} was queued: {asked['because']}")


def _traffic(traffic: dict[str, Any]) -> dict[str, Any]:
    facts = {name: traffic[name] for name in ("requests", "predictions", "fraud_rate")}
    facts["outcomes"] = ", ".join(f"{n:,} {name}" for name, n in traffic["outcomes"].items())
    if traffic["latency"]:
        p50, p95 = traffic["latency"]["p50_ms"], traffic["latency"]["p95_ms"]
        facts["latency"] = f"p50 {p50:.1f} ms, p95 {p95:.1f} ms"
    errors = traffic["errors"]
    if errors:
        facts["errors"] = f"{errors['count']:,} of {errors['requests']:,} answers"
    return facts


def _live(live: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name in ("precision", "recall", "f1"):
        interval = live["intervals"][name]
        if interval is not None:
            low, high = interval
            trained = live["held_out"][name]
            facts[name] = f"{live[name]:.3f} ({low:.3f} to {high:.3f}), {trained:.3f} at training"
    facts["labels"] = f"{live['labels']:,} of {live['predictions']:,} predictions"
    facts["predicted"] = f"{live['first_day']} to {live['last_day']}"
    return facts
