"""Cards of real trainings, full and quick, on a generated month."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from fraud.domain.findings import Finding
from fraud.domain.model_cards import ModelCard
from fraud_cli.sampling.sample import write_sample
from fraud_training.fit import FitOptions, fit
from fraud_training.report.page import write_report


@dataclass(frozen=True)
class Report:
    """A written report, as text and as a tree."""

    text: str
    root: ET.Element

    def section(self, anchor: str) -> str:
        """All text of a section; empty where there is none."""
        found = next((s for s in self.root.iter("section") if s.get("id") == anchor), None)
        return "" if found is None else " ".join("".join(found.itertext()).split())

    @property
    def anchors(self) -> set[str]:
        return {section.get("id", "") for section in self.root.iter("section")}


type Write = Callable[..., Report]


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("month") / "transactions.csv"
    write_sample(path, rows=8_000, seed=3, fraud_rate=0.02)
    return path


def trained(dataset: Path, out: Path, options: FitOptions) -> ModelCard:
    return fit(dataset, out, options, lambda stage, progress: None).card


@pytest.fixture(scope="session")
def full_card(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return trained(
        dataset, tmp_path_factory.mktemp("full"), FitOptions(name="new-model", search_budget_s=1.0)
    )


@pytest.fixture(scope="session")
def quick_card(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    options = FitOptions(name="old-model", quick=True, feature_set="basic")
    return trained(dataset, tmp_path_factory.mktemp("quick"), options)


@pytest.fixture
def written(tmp_path: Path) -> Write:
    def write(
        card: ModelCard, findings: Sequence[Finding] = (), champion: ModelCard | None = None
    ) -> Report:
        path = tmp_path / "report.html"
        write_report(card, findings, path, champion)
        text = path.read_text(encoding="utf-8")
        return Report(text, ET.fromstring(text))  # noqa: S314 (our own output)

    return write
