"""Options that many commands share."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object last.")]
Split = Annotated[
    Literal["random", "time"], typer.Option(help="How rows are held out for the metrics.")
]
FeatureSetName = Annotated[
    Literal["basic", "transaction"] | None,
    typer.Option(help="Inputs of the model; by default what the file has columns for."),
]
