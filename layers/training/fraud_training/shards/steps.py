"""The steps of a training over shards: survey, draw and score are mapped over the shards, weigh,
draft and finish join what they give.

A step reads what earlier ones left and leaves one result, the same each time it is run, so whoever
runs them may run them again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fraud.adapters.ahead import read_ahead
from fraud.domain.errors import DatasetError, NotFound
from fraud.domain.findings import Finding, Level
from fraud.domain.model_cards import JOBLIB_FILE, DatasetFacts
from fraud.domain.worker_times import READS_AT_ONCE
from fraud_training.ingest import spool as ingest
from fraud_training.ingest.findings import DatasetRejected
from fraud_training.ingest.leaks import LeakRates
from fraud_training.ingest.spool import Spool
from fraud_training.learn.building import Built, Order, build_draft, finish
from fraud_training.learn.draft import Draft, judges
from fraud_training.learn.held_out import score_held_out
from fraud_training.learn.threads import one_thread
from fraud_training.shards.drawn import Drawn
from fraud_training.shards.found import Found
from fraud_training.shards.parts import Parts
from fraud_training.shards.scores import Scores, read_scores, summed, write_scores
from fraud_training.shards.shard import Shard
from fraud_training.shards.weighing import ShardRows, Weighed, weigh

MAX_UNPACKED_BYTES = 2 * 2**30
"""What a gzipped shard may unpack to; a larger file is to be split, or sent plain."""
WEIGHED, DRAFT = "weighed.json", "draft.json"


@dataclass(frozen=True)
class ShardSteps:
    """The steps of one training.

    Attributes
    ----------
    work_dir
        An empty directory of this step's own, to be removed by its owner.
    """

    parts: Parts
    work_dir: Path

    def survey(self, shard: Shard, source: Path) -> None:
        """Check a shard's rows, and leave them as records beside what was found.

        Parameters
        ----------
        source
            The shard as a file of its own.
        """
        records, found = self.work_dir / "records", self.work_dir / "found"
        try:
            diagnostics, sha256 = ingest.survey(source, records, max_bytes=MAX_UNPACKED_BYTES)
        except DatasetRejected as e:
            Found(rejected=e.findings).write(found)
        else:
            Found(sha256, diagnostics).write(found)
            self.parts.put(f"records/{shard.part}", records)
        # Written last: where it is, the records are.
        self.parts.put(f"found/{shard.part}", found)

    def refuse(self, shard: Shard, error: DatasetError) -> None:
        """Leave why a shard could not be had."""
        found = self.work_dir / "found"
        why = Finding(code=error.code, level=Level.ERROR, message=error.message)
        Found(rejected=(why,)).write(found)
        self.parts.put(f"found/{shard.part}", found)

    def weigh(self, shards: Sequence[Shard], order: Order) -> Weighed:
        """Join what was found in all shards, and leave what is to be drawn from them.

        Raises
        ------
        DatasetRejected
            When the dataset cannot be trained on.
        """
        weighed = weigh(zip(shards, read_ahead(self._found, shards, READS_AT_ONCE), strict=True))
        order.feature_set_for(weighed.form)
        champion = order.champion.record.name if order.champion else None
        weighed = weighed.model_copy(update={"champion": champion})
        path = self.work_dir / "weighed"
        path.write_text(weighed.model_dump_json(), encoding="utf-8")
        self.parts.put(WEIGHED, path)
        return weighed

    def weighed(self) -> Weighed:
        """What `weigh` left."""
        with self.parts.opened(WEIGHED, self.work_dir) as path:
            return Weighed.model_validate_json(path.read_text(encoding="utf-8"))

    def draw(self, part: str, order: Order) -> None:
        """Draw a shard's share of the sample."""
        weighed, path = self.weighed(), self.work_dir / "drawn"
        rates = order.rates(weighed.rows, weighed.frauds)
        leak_rates = LeakRates.reaching(weighed.rows, weighed.frauds)
        with self._spool(weighed, part) as spool:
            Drawn.of(spool, order.seed, rates, leak_rates).write(path)
        self.parts.put(f"drawn/{part}", path)

    def draft(self, order: Order, on_progress: Callable[[float], None]) -> None:
        """Fit on the union of what was drawn."""
        weighed, estimator = self.weighed(), self.work_dir / JOBLIB_FILE
        drawn = Drawn.joined(self._drawn(weighed, order), order.seed)
        draft = build_draft(drawn.sample, drawn.leaks, weighed.form, estimator, order, on_progress)
        path = self.work_dir / "draft"
        path.write_text(draft.model_dump_json(), encoding="utf-8")
        self.parts.put(JOBLIB_FILE, estimator)
        self.parts.put(DRAFT, path)

    def score(self, part: str, order: Order) -> None:
        """Score a shard's held-out rows."""
        weighed, draft, path = self.weighed(), self._draft(), self.work_dir / "scores"
        with self._spool(weighed, part) as spool, one_thread():
            write_scores(score_held_out(spool, judges(draft, order.champion)), path)
        self.parts.put(f"scores/{part}", path)

    def finish(self, out_dir: Path, order: Order) -> Built:
        """Judge the model by all scores, and write its card and files."""
        weighed, draft = self.weighed(), self._draft()
        scores = summed(self._scores(weighed, draft))
        with self.parts.opened(JOBLIB_FILE, self.work_dir) as archive:
            shutil.copyfile(archive, out_dir / JOBLIB_FILE)
        facts = DatasetFacts(
            sha256=weighed.sha256,
            rows=weighed.rows,
            frauds=weighed.frauds,
            form=weighed.form,
            source=order.source,
        )
        return finish(draft, scores, facts, weighed.findings, out_dir, order)

    def _found(self, shard: Shard) -> Found | None:
        """What was found in a shard; None where it was given up."""
        try:
            with self.parts.opened(f"found/{shard.part}", self.work_dir) as path:
                return Found.read(path)
        except NotFound:
            return None

    def _drawn(self, weighed: Weighed, order: Order) -> Iterator[Drawn]:
        rates = order.rates(weighed.rows, weighed.frauds)

        def read(shard: ShardRows) -> Drawn:
            with self.parts.opened(f"drawn/{shard.part}", self.work_dir) as path:
                return Drawn.read(path, rates)

        return read_ahead(read, weighed.shards, READS_AT_ONCE)

    def _scores(self, weighed: Weighed, draft: Draft) -> Iterator[Scores]:
        def read(shard: ShardRows) -> Scores:
            with self.parts.opened(f"scores/{shard.part}", self.work_dir) as path:
                return read_scores(path, draft.splits)

        used = [shard for shard in weighed.shards if shard.rows]
        return read_ahead(read, used, READS_AT_ONCE)

    def _draft(self) -> Draft:
        with self.parts.opened(DRAFT, self.work_dir) as path:
            return Draft.model_validate_json(path.read_text(encoding="utf-8"))

    @contextmanager
    def _spool(self, weighed: Weighed, part: str) -> Iterator[Spool]:
        shard = next(shard for shard in weighed.shards if shard.part == part)
        with self.parts.opened(f"records/{part}", self.work_dir) as path:
            yield Spool.of(path, weighed.form, shard.rows, shard.frauds)
