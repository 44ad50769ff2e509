"""Bulk scoring on the deployed state machine: every row once, whatever happens on the way."""

import gzip
import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fraud.domain.model_cards import SERVED_FILES
from fraud_cli.local import StackInfo
from fraud_cli.sampling import write_sample
from fraud_training.scoring.local import score_files

from .workflows import Workflow

pytestmark = pytest.mark.e2e

SCORING_TIMEOUT_S = 120
ADDED = 3


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """A header and 80,000 transactions, 6.6 MB."""
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    write_sample(path, 80_000, seed=11)
    return path.read_bytes().splitlines(keepends=True)


class Scorings:
    """Uploads datasets, starts scorings, and looks at what they leave."""

    def __init__(self, api: httpx.Client, info: StackInfo) -> None:
        self.api = api
        self.s3 = info.session().client("s3")
        self.bucket = info.outputs["DataBucketName"]

    def upload(self, name: str, content: bytes) -> str:
        self.s3.put_object(Bucket=self.bucket, Key=f"uploads/{name}", Body=content)
        return f"s3://{self.bucket}/uploads/{name}"

    def start(self, dataset: str, **options: Any) -> str:
        accepted = self.api.post("/scoring", json={"dataset": dataset, **options})
        assert accepted.status_code == 202, accepted.text
        scoring_id = accepted.json()["id"]
        assert accepted.headers["Location"].endswith(f"/scoring/{scoring_id}")
        return str(scoring_id)

    def states(self, scoring_id: str) -> Iterator[dict[str, Any]]:
        """Every look at a scoring until it has ended."""
        deadline = time.monotonic() + SCORING_TIMEOUT_S
        while time.monotonic() < deadline:
            state = self.api.get(f"/scoring/{scoring_id}").json()
            yield state
            if state["status"] not in {"pending", "processing"}:
                return
            time.sleep(0.2)
        raise AssertionError(f"{scoring_id} did not end")

    def run(self, dataset: str, **options: Any) -> dict[str, Any]:
        *_, last = self.states(self.start(dataset, **options))
        return last

    def names(self, scoring_id: str) -> set[str]:
        """The files below a scoring's folder."""
        prefix = f"scoring/{scoring_id}/"
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        found = itertools.chain.from_iterable(page.get("Contents", []) for page in pages)
        return {item["Key"].removeprefix(prefix) for item in found}

    def merged(self, scoring: dict[str, Any]) -> list[bytes]:
        return self.fetched(scoring["links"]["merged"])

    def fetched(self, link: str) -> list[bytes]:
        """The lines behind a link, without a key."""
        answer = httpx.get(link, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.content.splitlines(keepends=True)

    def parts(self, scoring_id: str) -> list[dict[str, Any]]:
        """The parts of a result, a page of one at a time."""
        page = self.api.get(f"/scoring/{scoring_id}/parts", params={"limit": 1}).json()
        found = list(page["parts"])
        while page["next"]:
            query = {"limit": 1, "next": page["next"]}
            page = self.api.get(f"/scoring/{scoring_id}/parts", params=query).json()
            found += page["parts"]
        return found


@pytest.fixture(scope="module")
def scorings(api: httpx.Client, info: StackInfo) -> Scorings:
    return Scorings(api, info)


@pytest.fixture(scope="module")
def workflow(info: StackInfo, state_dir: Path) -> Workflow:
    return Workflow(info, "ScoringStateMachineArn", state_dir)


def without_scores(lines: list[bytes]) -> list[bytes]:
    return [line.rsplit(b",", ADDED)[0] + b"\n" for line in lines]


@pytest.fixture(scope="module")
def whole(scorings: Scorings, lines: list[bytes]) -> dict[str, Any]:
    """One file that one range holds, scored: what every other way to it must come to."""
    done = scorings.run(scorings.upload("one.csv", b"".join(lines[:10_001])))
    return {**done, "lines": scorings.merged(done)}


def test_one_range_keeps_every_row_and_adds_its_score(
    whole: dict[str, Any], lines: list[bytes]
) -> None:
    assert whole["status"] == "processed"
    assert whole["result"] == {
        "parts": 1,
        "refused_parts": 0,
        "failed_parts": 0,
        "result_bytes": whole["result"]["result_bytes"],
        "merged": True,
        "not_merged": None,
    }
    assert without_scores(whole["lines"]) == lines[:10_001]
    assert sum(whole["outcomes"].values()) == whole["rows"] == whole["rows_done"] == 10_000
    assert whole["plan"]["model"]["name"].startswith("fraud-")
    assert 0 < whole["plan"]["estimated_cost"]["total_usd"] < 0.01


def test_this_machine_comes_to_the_same_bytes_without_the_stack(
    scorings: Scorings, whole: dict[str, Any], lines: list[bytes], tmp_path: Path
) -> None:
    name, model_dir = whole["plan"]["model"]["name"], tmp_path / "model"
    model_dir.mkdir()
    for file in SERVED_FILES:
        key = f"models/{name}/{file}"
        scorings.s3.download_file(scorings.bucket, key, str(model_dir / file))
    source, target = tmp_path / "rows.csv", tmp_path / "scored.csv"
    source.write_bytes(b"".join(lines[:10_001]))
    score_files([source], model_dir, target, lambda *_: None, workers=2, range_bytes=200_000)
    assert target.read_bytes() == b"".join(whole["lines"])


def test_seven_ranges_of_a_file_come_to_the_same_although_a_worker_is_killed(
    scorings: Scorings, lines: list[bytes], whole: dict[str, Any], workflow: Workflow
) -> None:
    scoring_id = scorings.start(scorings.upload("seven.csv", b"".join(lines)))
    for state in scorings.states(scoring_id):
        if state["plan"] and not workflow.failures(scoring_id):
            workflow.kill_one_worker("ScoringRangeFunction")
    assert workflow.failures(scoring_id) > 0
    assert state["status"] == "processed", state["error"]
    assert state["plan"]["shards"] == state["result"]["parts"] == 7
    found = scorings.merged(state)
    assert without_scores(found) == lines
    assert found[:10_001] == whole["lines"]
    assert len([n for n in scorings.names(scoring_id) if n.startswith("parts/")]) == 7


def test_fifty_files_come_to_the_same_and_progress_only_grows(
    scorings: Scorings, lines: list[bytes], whole: dict[str, Any]
) -> None:
    for number, start in enumerate(range(1, 10_001, 200)):
        text = b"".join([lines[0], *lines[start : start + 200]])
        packed = gzip.compress(text) if number % 2 else text
        dataset = scorings.upload(f"fifty/{number:02d}.csv", packed)
    seen = list(scorings.states(scorings.start(dataset.rpartition("/")[0] + "/")))
    assert seen[-1]["status"] == "processed", seen[-1]["error"]
    assert seen[-1]["plan"]["files"] == seen[-1]["plan"]["shards"] == 50
    assert scorings.merged(seen[-1]) == whole["lines"]
    for name in ("progress", "rows_done", "files_done"):
        values = [state[name] for state in seen]
        assert values == sorted(values), name
    assert any(0 < state["rows_done"] < 10_000 for state in seen)


def test_a_damaged_file_fails_the_scoring_or_is_left_out_as_was_asked(
    scorings: Scorings, lines: list[bytes]
) -> None:
    text = b"".join(lines[:501])
    for name, content in (("a", text), ("b", gzip.compress(text)[:-100]), ("c", text)):
        dataset = scorings.upload(f"damaged/{name}.csv", content)
    folder = dataset.rpartition("/")[0] + "/"
    failed = scorings.run(folder)
    assert failed["status"] == "error"
    assert failed["error"]["code"] == "dataset_truncated"
    assert "damaged/b.csv" in failed["error"]["message"]
    assert failed["links"] is None
    assert "manifest.json" not in scorings.names(failed["id"])

    done = scorings.run(folder, tolerated_failure_percentage=40)
    assert done["status"] == "processed", done["error"]
    assert (done["result"]["parts"], done["result"]["failed_parts"]) == (2, 1)
    manifest = httpx.get(done["links"]["manifest"], trust_env=False).json()
    assert [failure["error"] for failure in manifest["failed"]] == ["DatasetError"]
    assert (done["result"]["not_merged"], done["links"]["merged"]) == ("failed_ranges", None)
    assert "result.csv" not in scorings.names(done["id"])
    assert len(manifest["parts"]) == 2
    parts = scorings.parts(done["id"])
    assert [part["refused"] for part in parts] == [None, None]
    rows = [line for part in parts for line in scorings.fetched(part["link"])[1:]]
    assert without_scores(rows) == lines[1:501] * 2


def test_refused_rows_are_counted_and_kept_apart(scorings: Scorings, lines: list[bytes]) -> None:
    bad = lines[2].replace(b",", b",x", 2)
    dataset = scorings.upload("refused.csv", b"".join([*lines[:2], bad, b"1,2\n", *lines[3:50]]))
    done = scorings.run(dataset)
    assert done["refused"] == {"ragged_rows": 1, "unknown_types type": 1}
    (part,) = scorings.parts(done["id"])
    kept = scorings.fetched(part["refused"])
    assert len(kept) == 3
    assert b'ragged_rows,"1,2"\n' in kept


def test_a_cancelled_scoring_leaves_no_result(scorings: Scorings, lines: list[bytes]) -> None:
    dataset = scorings.upload("cancelled.csv", b"".join(lines))
    scoring_id = scorings.start(dataset, reasons=True)
    next(state for state in scorings.states(scoring_id) if state["rows_done"])

    def cancel() -> httpx.Response:
        return scorings.api.post(f"/scoring/{scoring_id}/cancel", json={})

    answer = cancel()
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert cancel().json() == answer.json()
    time.sleep(3)
    before = scorings.names(scoring_id)
    time.sleep(2)
    assert scorings.names(scoring_id) == before
    assert not before & {"manifest.json", "result.csv"}
    state = scorings.api.get(f"/scoring/{scoring_id}").json()
    assert (state["status"], state["links"]) == ("cancelled", None)
    assert state["rows_done"] < 80_000


def test_what_has_ended_cannot_be_cancelled(scorings: Scorings, whole: dict[str, Any]) -> None:
    answer = scorings.api.post(f"/scoring/{whole['id']}/cancel", json={})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "conflict"


def test_too_many_rows_are_refused_before_anything_is_scored(
    scorings: Scorings, lines: list[bytes]
) -> None:
    dataset = scorings.upload("capped.csv", b"".join(lines[:1001]))
    state = scorings.run(dataset, max_rows=100)
    assert (state["status"], state["error"]["code"]) == ("error", "too_many_rows")
    assert scorings.names(state["id"]) == set()
    answer = scorings.api.post("/scoring", json={"dataset": dataset, "max_concurrency": 9999})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "max_concurrency"


def test_a_web_link_is_fetched_under_guard_and_scored(
    scorings: Scorings, served: tuple[Path, str], lines: list[bytes], whole: dict[str, Any]
) -> None:
    directory, link = served
    (directory / "served.csv").write_bytes(b"".join(lines[:10_001]))
    done = scorings.run(f"{link}/served.csv")
    assert done["status"] == "processed", done["error"]
    assert scorings.merged(done) == whole["lines"]
