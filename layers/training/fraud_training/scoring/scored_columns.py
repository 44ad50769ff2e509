"""Where a model's inputs are in a file, and what is added to its rows."""

from __future__ import annotations

from collections.abc import Sequence

from fraud.domain.features import FeatureSet
from fraud.domain.findings import Finding
from fraud_training.ingest.columns import RANGES
from fraud_training.ingest.findings import DatasetRejected, finding
from fraud_training.ingest.layout import PAYSIM, Layout
from fraud_training.ingest.opening import column_names, doubled
from fraud_training.scoring.safe_cells import joined, safe_cell

ADDED = ("fraud_probability", "fraud_risk_score", "fraud_outcome")
REASONS = "fraud_reasons"


def scored_layout(header: str, feature_set: FeatureSet) -> Layout:
    """Find what a model needs in a file; labels and all else may be there or not.

    Raises
    ------
    DatasetRejected
        When columns are missing, doubled, or already named as one that is added.
    """
    names = column_names(header)
    taken = [name for name in names if name in {*ADDED, REASONS}]
    errors = [
        *doubled(names),
        *(finding("duplicate_headers", f"The file has a column {n!r} already.") for n in taken),
        *([_missing(feature_set, names)] if feature_set.missing_from(_read(names)) else []),
    ]
    if errors:
        raise DatasetRejected(errors)
    return Layout(PAYSIM, len(names), {n: names.index(n) for n in _needed(feature_set, names)})


def scored_header(header: str, *, with_reasons: bool) -> bytes:
    """The header of the result: the file's own columns, then ours."""
    own = [safe_cell(name) for name in column_names(header)]
    added = [*ADDED, REASONS] if with_reasons else [*ADDED]
    return f"{joined([*own, *added])}\n".encode()


def _needed(feature_set: FeatureSet, names: Sequence[str]) -> list[str]:
    """Columns that are read: a feature under its own name, else what it is derived from."""
    needed: dict[str, None] = {"type": None}
    for feature in feature_set.features:
        known = feature.name in _read(names)
        needed.update(dict.fromkeys((feature.name,) if known else feature.sources))
    return list(needed)


def _read(names: Sequence[str]) -> set[str]:
    """Columns whose values can be checked."""
    return {name for name in names if name in RANGES}


def _missing(feature_set: FeatureSet, names: Sequence[str]) -> Finding:
    missing = ", ".join(feature_set.missing_from(_read(names)))
    return finding(
        "missing_columns",
        f"The model takes the feature set {feature_set.name!r}, and the file lacks {missing}; "
        "names are case-sensitive.",
    )
