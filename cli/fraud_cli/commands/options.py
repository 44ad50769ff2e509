"""Options and arguments that many commands share."""

from __future__ import annotations

import glob
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError

from fraud.domain.complaints import in_words
from fraud.domain.moments import parse_moment
from fraud.domain.trainings import PolicyRequest
from fraud_cli.errors import CliError, WrongUsage

UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"(\d{1,5})([mhd])", re.ASCII)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object last.")]
Split = Annotated[
    Literal["random", "time"], typer.Option(help="How rows are held out for the metrics.")
]
# No `type` statement: the typer that openapi-python-client allows does not read one.
FeatureSetName = Literal["basic", "transaction"]
FeatureSet = Annotated[
    FeatureSetName | None,
    typer.Option(help="Inputs of the model; by default what the file has columns for."),
]
NextFeatureSet = Annotated[
    FeatureSetName | None,
    typer.Option(
        help="Inputs of the model; by default the enabled model's; else what the file has columns "
        "for.",
    ),
]
PolicyName = Literal["best_f1", "target_precision", "target_alert_rate", "lowest_cost"]
Policy = Annotated[
    PolicyName | None,
    typer.Option("--policy", help="How the threshold is chosen; by default the best F1."),
]
Target = Annotated[
    float | None,
    typer.Option(help="Precision or alert rate to reach, for the two policies named so."),
]
MissedFraudCost = Annotated[
    float | None,
    typer.Option(help="Currency units, for lowest_cost; by default the missed amount."),
]
FalseAlarmCost = Annotated[
    float | None, typer.Option(help="Currency units, for lowest_cost; by default 10.")
]


def policy_request(
    name: PolicyName | None,
    target: float | None,
    missed_fraud_cost: float | None,
    false_alarm_cost: float | None,
) -> PolicyRequest | None:
    """The policy that the options ask for, None where they say nothing.

    Raises
    ------
    WrongUsage
        When they do not fit together.
    """
    given = {
        "name": name,
        "target": target,
        "missed_fraud_cost": missed_fraud_cost,
        "false_alarm_cost": false_alarm_cost,
    }
    given = {key: value for key, value in given.items() if value is not None}
    if not given:
        return None
    try:
        return PolicyRequest.model_validate({"name": "best_f1", **given})
    except ValidationError as e:
        problem = e.errors()[0]
        option = "--" + str(problem["loc"][0]).replace("_", "-")
        raise WrongUsage(f"{option} {in_words(problem)}") from None


def begin_of(since: str, now: datetime, option: str = "--since") -> datetime:
    """The moment that an option names: so long ago, or a time of its own.

    Raises
    ------
    WrongUsage
        When it is neither.
    """
    duration = _DURATION.fullmatch(since)
    if duration:
        return now - timedelta(**{UNITS[duration[2]]: int(duration[1])})
    return moment(since, option, or_ago=True)


def moment(text: str, option: str, *, or_ago: bool = False) -> datetime:
    """A time with its offset.

    Parameters
    ----------
    or_ago
        Whether the option takes a length of time as well.

    Raises
    ------
    WrongUsage
        When it is none.
    """
    try:
        return parse_moment(text)
    except ValueError:
        example = "2026-11-22T20:00:00Z" + (", or 30m, 1h, 7d" if or_ago else "")
        raise WrongUsage(f"{option} {text} is no time with its offset; write {example}") from None


def files_of(dataset: str) -> list[Path]:
    """The file itself, the CSV files of a directory, or those that a pattern matches."""
    path = Path(dataset)
    if path.is_file():
        return [path]
    if path.is_dir():
        found = [f for pattern in ("*.csv", "*.csv.gz") for f in path.glob(pattern)]
    else:
        found = [Path(name) for name in glob.glob(dataset, recursive=True)]  # noqa: PTH207
    files = sorted(file for file in found if file.is_file())
    if not files:
        raise CliError(f"{dataset} is no file, nor is there a CSV file in it")
    return files
