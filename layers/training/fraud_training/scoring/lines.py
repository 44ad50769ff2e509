"""Scores as the ends of CSV lines, a few hundred nanoseconds a row."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain, repeat

import numpy as np

from fraud.domain.predictions import PROBABILITY_DECIMALS, Outcome, Reason
from fraud_serving.outcomes import Decisions
from fraud_training.scoring.safe_cells import safe_cell

MAX_REASONS = 3


def scored_lines(
    lines: Sequence[bytes], decisions: Decisions, reasons: Sequence[Sequence[Reason]] | None
) -> bytes:
    """Lines with their scores added, each of them ended.

    Parameters
    ----------
    lines
        The rows as they were, without line ends, length n.
    decisions
        What follows for each.
    reasons
        Those of each, largest first, None where they were not asked for.
    """
    last = repeat(b"\n", len(lines)) if reasons is None else map(_reasons_cell, reasons)
    probabilities = probability_cells(decisions.probability)
    ends = map(_end, decisions.risk_score, decisions.outcome)
    return b"".join(chain.from_iterable(zip(lines, probabilities, ends, last, strict=True)))


def refused_lines(refused: Sequence[tuple[bytes, str]]) -> bytes:
    """Lines that have no score, each as one cell behind its reason."""
    rows = ((reason, safe_cell(line.decode(errors="replace"))) for line, reason in refused)
    return "".join(f"{reason},{_quoted(line)}\n" for reason, line in rows).encode()


def probability_cells(probability: Sequence[float]) -> list[bytes]:
    """Probabilities as `,0.917208135`: the digits of all rows are computed place by place."""
    units = np.rint(np.asarray(probability) * 10**PROBABILITY_DECIMALS).astype(np.uint32)
    text = np.empty((len(units), PROBABILITY_DECIMALS + 3), dtype=np.uint8)
    text[:, 0], text[:, 2] = ord(","), ord(".")
    for place in range(PROBABILITY_DECIMALS + 2, 2, -1):
        units, digit = np.divmod(units, np.uint32(10))
        text[:, place] = digit + ord("0")
    text[:, 1] = units + ord("0")
    cells: list[bytes] = text.view(f"S{text.shape[1]}").ravel().tolist()
    return cells


@cache
def _end(risk_score: int, outcome: Outcome) -> bytes:
    return f",{risk_score},{outcome}".encode()


def _reasons_cell(reasons: Sequence[Reason]) -> bytes:
    return f",{_quoted('; '.join(r['text'] for r in reasons[:MAX_REASONS]))}\n".encode()


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'
