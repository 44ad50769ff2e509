"""How sure a share is that was counted."""

from __future__ import annotations

from math import sqrt

Z = 1.959964
"""Two-sided 95 % point of the normal distribution."""


def wilson_interval(hits: int, of: int) -> tuple[float, float] | None:
    """The 95 % score interval of a share; None of nothing.

    Unlike the textbook interval it holds for few cases and for shares near 0 and 1, where those of
    frauds lie.

    References
    ----------
    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927;
    recommended by Brown, Cai and DasGupta, "Interval estimation for a binomial proportion",
    Statistical Science 16, 2001.
    """
    if of == 0:
        return None
    share = hits / of
    scale = 1 + Z**2 / of
    centre = (share + Z**2 / (2 * of)) / scale
    half = Z * sqrt(share * (1 - share) / of + Z**2 / (4 * of**2)) / scale
    return max(0.0, centre - half), min(1.0, centre + half)


def f1_interval(
    true_positives: int, false_positives: int, false_negatives: int
) -> tuple[float, float] | None:
    """The 95 % interval of F1; None where there is neither a fraud nor an alert.

    F1 is not a share of counted cases, but F* = TP / (TP + FP + FN) is one, and F1, which is
    2 F* / (1 + F*), rises with it: the ends of F*'s Wilson interval become those of F1's.

    References
    ----------
    Hand, Christen and Kirielle, "F*: an interpretable transformation of the F-measure", Machine
    Learning 110, 2021.
    """
    found = wilson_interval(true_positives, true_positives + false_positives + false_negatives)
    return (_f1_of(found[0]), _f1_of(found[1])) if found else None


def _f1_of(f_star: float) -> float:
    return 2 * f_star / (1 + f_star)
