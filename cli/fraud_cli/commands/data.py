"""`fraud sample` and `fraud fit`: data and models on this machine, without any AWS."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from fraud_cli.commands.options import (
    AsJson,
    FalseAlarmCost,
    FeatureSet,
    MissedFraudCost,
    Policy,
    Split,
    Target,
    files_of,
    policy_request,
)
from fraud_cli.errors import CliError
from fraud_cli.output import err, out, print_facts, print_json


def sample(
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write; .gz compresses.")],
    rows: Annotated[int, typer.Option(min=1, help="Transactions.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same file.")] = 1,
    fraud_rate: Annotated[float, typer.Option(min=0, max=0.5, help="Share of frauds.")] = 0.01,
    shift: Annotated[float, typer.Option(min=0, max=1, help="How far behaviour has moved.")] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Generate PaySim-like transactions: balances that add up, mules, drained accounts."""
    from fraud_cli.sampling import write_sample  # noqa: PLC0415 - polars takes a while to import

    columns = (TextColumn("{task.completed:,.0f} rows"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=rows)
        try:
            summary = write_sample(
                output,
                rows,
                seed=seed,
                fraud_rate=fraud_rate,
                shift=shift,
                on_progress=lambda done: progress.update(task, completed=done),
            )
        except (OSError, ValueError) as e:
            raise CliError(f"cannot write {output}: {e}") from None
    if as_json:
        print_json(asdict(summary))
    else:
        out.print(
            f"{summary.rows:,} transactions, {summary.frauds:,} of them frauds, "
            f"in {summary.path} ({summary.seconds:.1f} s)"
        )


def fit(
    dataset: Annotated[
        str,
        typer.Argument(help="CSV file, plain or gzipped; a directory of them; or a pattern."),
    ],
    out_dir: Annotated[Path, typer.Option("--out", "-o", help="Where the artifacts go.")],
    feature_set: FeatureSet = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of sampling, split and fit.")] = 1,
    split: Split = "random",
    policy: Policy = None,
    target: Target = None,
    missed_fraud_cost: MissedFraudCost = None,
    false_alarm_cost: FalseAlarmCost = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="One candidate, one split, point metrics.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train on files of this machine, without any AWS: the same code that the trainer runs."""
    requested = policy_request(policy, target, missed_fraud_cost, false_alarm_cost)
    sources = files_of(dataset)
    # scikit-learn and pandas take seconds to import; only this command needs them.
    from fraud_training.fit import FitOptions  # noqa: PLC0415
    from fraud_training.fit import fit as fit_model  # noqa: PLC0415
    from fraud_training.learn.thresholds import PolicyChoice  # noqa: PLC0415
    from fraud_training.shards.local import fit_files  # noqa: PLC0415

    options = FitOptions(
        feature_set=feature_set,
        seed=seed,
        split=split,
        quick=quick,
        policy=PolicyChoice.of(requested),
    )
    columns = (TextColumn("{task.fields[stage]}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=1.0, stage="reading")

        def on_stage(stage: str, share: float) -> None:
            progress.update(task, stage=stage, completed=share)

        if sources == [Path(dataset)]:
            result = fit_model(sources[0], out_dir, options, on_stage)
        else:
            result = fit_files(sources, out_dir, options, on_stage)
    facts = {
        "rows": result.card.dataset.rows,
        "frauds": result.card.dataset.frauds,
        "feature_set": result.card.feature_set.name,
        "algorithm": result.card.algorithm,
        **result.card.metrics.model_dump(exclude={"time"}),
        "policy": result.card.policy.name,
        "threshold": result.card.policy.threshold,
        "seconds": round(result.seconds, 3),
        "peak_memory_bytes": result.peak_rss_bytes,
    }
    files = {name: str(path) for name, path in result.files.items()}
    if as_json:
        findings = [f.model_dump(mode="json", exclude_none=True) for f in result.findings]
        print_json({**facts, "findings": findings, "files": files})
        return
    for finding in result.findings:
        out.print(f"{finding.level}: {finding.message}")
    print_facts("Trained, and measured on held-out rows", facts)
    out.print(f"Artifacts in {out_dir}: {', '.join(files)}")
