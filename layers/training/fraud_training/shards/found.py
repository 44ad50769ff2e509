"""What reading a shard found, written down for the step that joins it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fraud.domain.findings import Finding
from fraud_training.ingest.diagnostics import Diagnostics
from fraud_training.ingest.duplicates import DuplicateCounter
from fraud_training.ingest.layout import FORMS
from fraud_training.ingest.problems import Problem
from fraud_training.ingest.tally import Tally


@dataclass(frozen=True)
class Found:
    """What is known of a shard.

    Attributes
    ----------
    sha256
        Of its rows and header, as they were given.
    diagnostics
        None where it could not be read at all; `rejected` then says why.
    """

    sha256: str = ""
    diagnostics: Diagnostics | None = None
    rejected: tuple[Finding, ...] = ()

    def write(self, path: Path) -> None:
        """Write it down; `read` reads it."""
        facts: dict[str, Any] = {
            "sha256": self.sha256,
            "rejected": [f.model_dump(mode="json") for f in self.rejected],
        }
        arrays: dict[str, Any] = {}
        if self.diagnostics:
            d = self.diagnostics
            facts |= {
                "form": d.form.name,
                "header": [f.model_dump(mode="json") for f in d.header],
                "lines": d.lines,
                "rows": d.rows,
                "problems": [asdict(problem) for problem in d.problems.found.values()],
            }
            arrays |= {f"tally_{name}": array for name, array in d.tally.arrays().items()}
            arrays |= {f"keys_{name}": array for name, array in d.duplicates.arrays().items()}
        with path.open("wb") as file:
            np.savez(file, facts=np.frombuffer(json.dumps(facts).encode(), np.uint8), **arrays)

    @classmethod
    def read(cls, path: Path) -> Found:
        """Read what `write` wrote."""
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        facts = json.loads(arrays["facts"].tobytes())
        rejected = tuple(Finding.model_validate(f) for f in facts["rejected"])
        if "form" not in facts:
            return cls(rejected=rejected)
        diagnostics = Diagnostics(
            FORMS[facts["form"]],
            tuple(Finding.model_validate(f) for f in facts["header"]),
            lines=facts["lines"],
            rows=facts["rows"],
            duplicates=DuplicateCounter.restored(_of("keys_", arrays)),
        )
        diagnostics.tally = Tally.restored(diagnostics.form, _of("tally_", arrays))
        for problem in facts["problems"]:
            known = Problem(**problem | {"examples": tuple(problem["examples"])})
            diagnostics.problems.found[known.code, known.column] = known
        return cls(facts["sha256"], diagnostics)


def _of(prefix: str, arrays: dict[str, Any]) -> dict[str, Any]:
    return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}
