"""What the monitor counted of a challenger beside the champion, as it is shown."""

from __future__ import annotations

from itertools import pairwise

from fraud.domain.comparison_sections import LiveComparison, Role, SameTransactions, ShiftBin
from fraud.domain.labelled_quality import labelled_quality
from fraud.domain.shadow_counts import OUTCOMES, SHIFT_EDGES, Pair, ShadowCounts

DECIMALS = 4
ANSWERS = ("false", "true")


def live_comparison(pair: Pair, counts: ShadowCounts) -> LiveComparison | None:
    """A challenger beside a champion on live transactions, None where none was scored."""
    if not counts.rows + counts.left_out:
        return None
    return LiveComparison(
        **same_transactions(counts).model_dump(),
        challenger=pair.challenger,
        champion=pair.champion,
        by_labels={
            "challenger": labelled_quality(counts.challenger),
            "champion": labelled_quality(counts.champion),
        },
    )


def same_transactions(counts: ShadowCounts) -> SameTransactions:
    """What two models made of the same transactions, with shares."""
    rows = counts.rows
    return SameTransactions(
        rows=rows,
        left_out=counts.left_out,
        same_is_fraud=_share(_diagonal(counts.frauds), rows),
        same_outcome=_share(_diagonal(counts.outcomes), rows),
        is_fraud=_named(counts.frauds, ANSWERS),
        outcomes=_named(counts.outcomes, OUTCOMES),
        mean_shift=_share(counts.shift, rows),
        shifts=tuple(
            ShiftBin(low=low, high=high, rows=n)
            for (low, high), n in zip(
                pairwise((None, *SHIFT_EDGES, None)), counts.shifts, strict=True
            )
        ),
        labels=counts.champion.labels,
        frauds=counts.champion.frauds,
    )


def live_in_words(live: LiveComparison) -> str:
    """A live comparison as a sentence or two."""
    if live.same_outcome is None or live.mean_shift is None:
        return f"{live.challenger} could score none of {live.left_out:,} live transactions."
    said = (
        f"On {live.rows:,} live transactions {live.challenger} and {live.champion} agree on "
        f"{live.same_outcome:.1%} of outcomes; the log-odds of {live.challenger} are "
        f"{live.mean_shift:+.4f} apart on average."
    )
    sides = [(name, live.by_labels[role]) for role, name in _roles(live)]
    shares = [
        f"{name} has precision {_shown(side.precision)} and recall {_shown(side.recall)}"
        for name, side in sides
    ]
    return f"{said} By {live.labels:,} labels {', '.join(shares)}." if live.labels else said


def _roles(live: LiveComparison) -> tuple[tuple[Role, str], ...]:
    return ("challenger", live.challenger), ("champion", live.champion)


def _shown(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.4f}"


def _diagonal(table: list[list[int]]) -> int:
    return sum(row[i] for i, row in enumerate(table))


def _named(table: list[list[int]], names: tuple[str, ...]) -> dict[str, dict[str, int]]:
    return {
        name: dict(zip(names, row, strict=True)) for name, row in zip(names, table, strict=True)
    }


def _share(hits: float, of: int) -> float | None:
    return round(hits / of, DECIMALS) if of else None
