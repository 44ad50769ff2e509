"""What the model was made of, so that it can be made again."""

from __future__ import annotations

from fraud_training.report.blocks import side_by_side, table
from fraud_training.report.judgement import Judgement
from fraud_training.report.markup import Content, Markup, element, joined
from fraud_training.report.wording import percent, plain, sentence_of, thousands


def making(judgement: Judgement) -> Markup:
    """Dataset, fit, inputs, parameters and versions."""
    return joined(
        (
            side_by_side(
                _facts("Dataset and training", _dataset(judgement)),
                joined(
                    (
                        _facts("Parameters", _parameters(judgement)),
                        _facts("Libraries", sorted(judgement.card.library_versions.items())),
                    )
                ),
            ),
            _inputs(judgement),
        )
    )


def _facts(caption: str, rows: list[tuple[str, Content]]) -> Markup:
    return table(caption, ["What", "Value"], rows, words=True)


def _dataset(judgement: Judgement) -> list[tuple[str, Content]]:
    card, facts = judgement.card, judgement.card.dataset
    rows: list[tuple[str, Content]] = [
        ("Source", facts.source or "a file of this machine"),
        ("SHA-256", element("code", facts.sha256)),
        ("Form", facts.form),
        ("Rows", thousands(facts.rows)),
        ("Frauds", f"{thousands(facts.frauds)} ({percent(facts.frauds / max(facts.rows, 1))})"),
        ("Trained at", f"{card.created_at:%Y-%m-%d %H:%M:%S %Z}"),
        ("Took", f"{card.metrics.time:.1f} s"),
        ("Training", "local" if card.training_id is None else str(card.training_id)),
        ("Seed", str(card.seed)),
        ("Split", card.split),
    ]
    sampling, export = (card.evaluation.get(key) for key in ("sampling", "export"))
    if sampling:
        drawn = (
            f"; {percent(sampling['rate'])} of the legitimate rows were drawn, and probabilities "
            "corrected for it"
            if sampling["rate"] < 1
            else ""
        )
        fitted, frauds = thousands(sampling["fitted_rows"]), thousands(sampling["fitted_frauds"])
        rows.append(("Fitted on", f"{fitted} rows, {frauds} of them frauds{drawn}"))
    if export:
        rows.append(
            (
                "ONNX against scikit-learn",
                f"{export['largest_difference']:.1e} the largest difference in probability, on "
                f"{thousands(export['rows'])} rows",
            )
        )
    return rows


def _parameters(judgement: Judgement) -> list[tuple[str, Content]]:
    card = judgement.card
    policy = [
        ("policy", f"{card.policy.name}, threshold {plain(card.policy.threshold)}"),
        ("algorithm", card.algorithm),
    ]
    return [*policy, *((k, sentence_of(v)) for k, v in card.parameters.items())]


def _inputs(judgement: Judgement) -> Markup:
    feature_set = judgement.card.feature_set
    return table(
        f"Inputs: feature set {feature_set.name}, version {feature_set.version}",
        ["Input", "What it is", "Unit", "Derived from"],
        (
            [f.name, f.description, f.unit or ", ".join(f.categories), ", ".join(f.sources)]
            for f in feature_set.features
        ),
        words=True,
    )
