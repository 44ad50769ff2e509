"""What came of a replay, as it is shown."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fraud.domain.comparison_sections import SameTransactions
from fraud.domain.labelled_quality import LabelledQuality, labelled_quality
from fraud.domain.live_comparison import same_transactions
from fraud.domain.replays import Replay

type Part = Literal["answered", "replayed"]


class ReplayResult(SameTransactions):
    """What was answered, and what the model would have said of the same transactions.

    Amounts are in none of it: few rows in a cell would give those of single transactions away.
    """

    summary: Annotated[tuple[str, ...], Field(description="The same in words.")]
    left_out_because: Annotated[
        dict[str, int], Field(description="Transactions left out, by what the model lacks.")
    ]
    answered_by: Annotated[
        dict[str, int], Field(description="All transactions by the model that answered.")
    ]
    alerts: Annotated[dict[Part, int], Field(description="Rows called fraud: then, and now.")]
    by_labels: Annotated[
        dict[Part, LabelledQuality],
        Field(description="Rows with a label when they were read, of whatever age."),
    ]


def replay_result(replay: Replay) -> ReplayResult:
    """What a replay has counted, with shares and in words."""
    counts, pair = replay.counts, replay.counts.pair
    answered, replayed = labelled_quality(pair.champion), labelled_quality(pair.challenger)
    result = ReplayResult(
        **same_transactions(pair).model_dump(),
        summary=(),
        left_out_because=dict(counts.left_out_because.most_common()),
        answered_by=dict(counts.answered_by.most_common()),
        alerts={
            "answered": sum(pair.frauds[True]),
            "replayed": sum(row[True] for row in pair.frauds),
        },
        by_labels={"answered": answered, "replayed": replayed},
    )
    return result.model_copy(update={"summary": tuple(_in_words(replay.model, result))})


def _in_words(model: str, result: ReplayResult) -> list[str]:
    if not result.rows:
        left_out = result.left_out
        nothing = f"{model} could score none of {left_out:,} transactions."
        return [nothing if left_out else "Nothing was predicted in that time."]
    alerts, both = result.alerts, result.is_fraud["true"]["true"]
    said = [
        f"Of {result.rows:,} transactions {model} calls {alerts['replayed']:,} fraud, "
        f"{alerts['answered']:,} were called so, {both:,} are both.",
        f"It agrees on {result.same_outcome:.1%} of outcomes; its log-odds are "
        f"{result.mean_shift:+.4f} apart on average.",
    ]
    if result.left_out:
        most = next(iter(result.left_out_because))
        said.append(f"{result.left_out:,} more were left out, most of them because: {most}.")
    then, now = (result.by_labels[part] for part in ("answered", "replayed"))
    if then.labels:
        said.append(
            f"By {then.labels:,} labels precision was {_shown(then.precision)} and would be "
            f"{_shown(now.precision)}, recall was {_shown(then.recall)} and would be "
            f"{_shown(now.recall)}."
        )
    return said


def _shown(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.4f}"
