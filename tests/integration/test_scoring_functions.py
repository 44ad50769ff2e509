"""Bulk scorings, their steps driven in the workflow's order over moto."""

import gzip
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from fraud.adapters import aws_clients
from fraud.adapters.page_tokens import encode_token
from fraud.adapters.scorings_table import ScoringsTable
from fraud.domain.errors import Conflict, DatasetError, Unavailable
from fraud.wiring import scoring_finish
from fraud_cli.sampling import write_sample

sys.path.append(str(Path(__file__).parent))

from state_machines import BUCKET, ScoringWorkflow, put, stored

SCORING = "/api/v1/scoring"
TOO_MANY_FAILED = "States.ExceedToleratedFailureThreshold"
RESULT = {"manifest.json", "result.csv"}


@pytest.fixture(scope="session")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    path = tmp_path_factory.mktemp("lines") / "sample.csv"
    write_sample(path, 6_000, seed=3)
    return path.read_bytes().splitlines(keepends=True)


def ask(stack: Any, dataset: str, status: int = 202, **request: Any) -> Any:
    options = {k: request.pop(k) for k in ("client", "scopes") if k in request}
    answer = stack.call("scoring", "POST", SCORING, {"dataset": dataset, **request}, **options)
    assert answer.status == status, answer.body
    return answer.body


def look(stack: Any, scoring_id: str, **how: Any) -> dict[str, Any]:
    return dict(stack.call("scoring", "GET", f"{SCORING}/{scoring_id}", **how).body)


def names(scoring_id: str) -> set[str]:
    prefix = f"scoring/{scoring_id}/"
    found = boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return {item["Key"].removeprefix(prefix) for item in found}


def test_ranges_come_to_one_file_in_the_order_of_the_rows(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    record = release()
    scoring = ask(stack, put("uploads/rows.csv", b"".join(lines)))["id"]
    workflow = ScoringWorkflow(stack, scoring)
    assert len(workflow.planned()) > 2
    assert look(stack, scoring)["progress"] == 0
    workflow.shards.reverse()
    workflow.finish(workflow.mapped())
    done = look(stack, scoring)
    assert (done["status"], done["progress"], done["rows"]) == ("processed", 1, 6_000)
    assert sum(done["outcomes"].values()) == 6_000
    assert done["plan"]["model"] == {"name": record.name, "version": 1}
    merged = stored(f"scoring/{scoring}/result.csv").splitlines(keepends=True)
    assert [line.rsplit(b",", 3)[0] + b"\n" for line in merged] == lines
    manifest = json.loads(stored(f"scoring/{scoring}/manifest.json"))
    assert sum(part["rows"] for part in manifest["parts"]) == 6_000


def test_a_range_that_is_run_again_is_neither_scored_nor_counted_twice(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    scoring = ask(stack, put("uploads/rows.csv", b"".join(lines[:2_000])))["id"]
    workflow = ScoringWorkflow(stack, scoring)
    (shard,) = workflow.planned()
    first = workflow.scored(shard)
    part = f"scoring/{scoring}/parts/{first['name']}.csv"
    before = stored(part)
    assert workflow.scored(shard) == first
    assert stored(part) == before
    assert look(stack, scoring)["rows_done"] == 1_999
    record = workflow.mapped()
    workflow.finish(record)
    workflow.finish(record)
    assert look(stack, scoring)["rows"] == 1_999


def test_the_model_is_pinned_at_the_start(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    scoring = ask(stack, put("uploads/rows.csv", b"".join(lines[:100])))["id"]
    workflow = ScoringWorkflow(stack, scoring)
    workflow.planned()
    release("second", 2)
    workflow.finish(workflow.mapped())
    assert look(stack, scoring)["plan"]["model"]["name"] == "first"


def test_a_cancellation_that_comes_while_the_manifest_is_written_wins(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    scoring = ask(stack, put("uploads/rows.csv", b"".join(lines[:100])))["id"]
    workflow = ScoringWorkflow(stack, scoring)
    workflow.planned()
    record = workflow.mapped()

    def cancel(params: dict[str, Any], **_: Any) -> None:
        if params["Key"].endswith("manifest.json"):
            answer = stack.call("scoring", "POST", f"{SCORING}/{scoring}/cancel", {})
            assert (answer.status, answer.body["status"]) == (200, "cancelled")

    events = aws_clients.patient_s3_client().meta.events
    events.register("before-parameter-build.s3.PutObject", cancel)
    workflow.finish(record)
    events.unregister("before-parameter-build.s3.PutObject", cancel)
    state = look(stack, scoring)
    assert (state["status"], state["links"]) == ("cancelled", None)
    assert "manifest.json" not in names(scoring)
    again = stack.call("scoring", "POST", f"{SCORING}/{scoring}/cancel", {})
    assert again.body == {"id": scoring, "status": "cancelled"}
    with pytest.raises(Conflict):
        workflow.planned()


def test_a_damaged_file_ends_the_scoring_with_a_sentence_about_it(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    put("uploads/two/a.csv", b"".join(lines[:50]))
    put("uploads/two/b.csv", lines[0] + b"x,y\n" * 12_000)
    scoring = ask(stack, f"s3://{BUCKET}/uploads/two/")["id"]
    workflow = ScoringWorkflow(stack, scoring)
    good, bad = workflow.planned()
    workflow.scored(good)
    with pytest.raises(DatasetError):
        workflow.scored(bad)
    assert workflow.fail(TOO_MANY_FAILED) is True
    failed = look(stack, scoring)
    assert (failed["status"], failed["error"]["code"]) == ("error", "dataset_damaged")
    assert "two/b.csv" in failed["error"]["message"]
    assert failed["links"] is None


@pytest.fixture
def three_files(lines: list[bytes]) -> str:
    """A folder of three files, the second of them damaged, the third in another way."""
    put("uploads/three/a.csv", b"".join(lines[:50]))
    put("uploads/three/b.csv", lines[0] + b"x,y\n" * 12_000)
    put("uploads/three/c.csv.gz", gzip.compress(b"".join(lines[:500]))[:-100])
    return f"s3://{BUCKET}/uploads/three/"


@contextmanager
def no_last_write() -> Iterator[None]:
    """Let the write that makes a scoring processed fail."""
    change = ScoringsTable.change

    def down(self: ScoringsTable, *args: Any, **changes: Any) -> Any:
        if changes.get("status") == "processed":
            raise Unavailable("the table does not answer")
        return change(self, *args, **changes)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ScoringsTable, "change", down)
        yield


@pytest.fixture
def unfinished(stack: Any, release: Callable[..., Any], lines: list[bytes]) -> ScoringWorkflow:
    """A scoring whose last step has written the result, and could not write that it is done."""
    release()
    workflow = ScoringWorkflow(stack, ask(stack, put("uploads/a.csv", b"".join(lines[:50])))["id"])
    workflow.planned()
    with no_last_write(), pytest.raises(Unavailable):
        workflow.finish(workflow.mapped())
    assert names(workflow.plan["id"]) >= RESULT
    return workflow


def test_a_scoring_that_fails_at_its_very_end_leaves_no_result(
    stack: Any, unfinished: ScoringWorkflow
) -> None:
    assert unfinished.fail("Unavailable") is False
    assert unfinished.fail("Unavailable") is False  # again, when its answer was lost
    assert look(stack, unfinished.plan["id"])["error"]["code"] == "internal"
    assert not names(unfinished.plan["id"]) & RESULT


def test_a_scoring_that_is_cancelled_at_its_very_end_leaves_no_result(
    stack: Any, unfinished: ScoringWorkflow
) -> None:
    scoring = unfinished.plan["id"]
    stack.call("scoring", "POST", f"{SCORING}/{scoring}/cancel", {})
    assert not names(scoring) & RESULT
    for name in RESULT:  # by a last step that was still at it
        put(f"scoring/{scoring}/{name}", b"x")
    unfinished.finish(unfinished.mapped())
    assert not names(scoring) & RESULT


def test_what_is_done_keeps_its_result_whatever_step_is_run_again(
    stack: Any, unfinished: ScoringWorkflow
) -> None:
    record = unfinished.mapped()
    for _ in range(2):
        unfinished.finish(record)
        assert unfinished.fail("Unavailable") is True
        assert look(stack, unfinished.plan["id"])["status"] == "processed"
        assert names(unfinished.plan["id"]) >= RESULT


def test_ranges_that_were_left_out_are_not_blamed_for_what_failed_later(
    stack: Any, release: Callable[..., Any], three_files: str
) -> None:
    release()
    scoring = ask(stack, three_files, tolerated_failure_percentage=70)["id"]
    workflow = ScoringWorkflow(stack, scoring)
    workflow.planned()
    with no_last_write(), pytest.raises(Unavailable):
        workflow.finish(workflow.mapped())
    assert workflow.fail("Unavailable") is False
    assert look(stack, scoring)["error"]["code"] == "internal"


def test_the_first_of_many_failures_is_the_one_that_is_told(
    stack: Any, release: Callable[..., Any], three_files: str
) -> None:
    release()
    scoring = ask(stack, three_files)["id"]
    workflow = ScoringWorkflow(stack, scoring)
    workflow.planned()
    workflow.mapped()
    assert workflow.fail(TOO_MANY_FAILED) is True
    assert look(stack, scoring)["error"]["code"] == "dataset_damaged"


def test_what_lacks_ranges_is_not_merged_and_says_so(
    stack: Any, release: Callable[..., Any], three_files: str
) -> None:
    release()
    scoring = ask(stack, three_files, tolerated_failure_percentage=70)["id"]
    ScoringWorkflow(stack, scoring).run()
    done = look(stack, scoring)
    assert (done["status"], done["links"]["merged"]) == ("processed", None)
    assert (done["result"]["parts"], done["result"]["failed_parts"]) == (1, 2)
    assert done["result"]["not_merged"] == "failed_ranges"
    assert "result.csv" not in names(scoring)
    manifest = json.loads(stored(f"scoring/{scoring}/manifest.json"))
    assert [failed["error"] for failed in manifest["failed"]] == ["DatasetError"] * 2
    assert "three/b.csv" in manifest["failed"][0]["range"]


def test_a_scoring_of_which_nothing_is_left_has_failed(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    link = put("uploads/bad.csv", lines[0] + b"x,y\n" * 12_000)
    scoring = ask(stack, link, tolerated_failure_percentage=100)["id"]
    workflow = ScoringWorkflow(stack, scoring)
    workflow.planned()
    with pytest.raises(DatasetError):
        workflow.finish(workflow.mapped())
    assert workflow.fail("DatasetError") is True
    assert look(stack, scoring)["error"]["code"] == "dataset_damaged"
    assert not names(scoring) & RESULT


def test_a_range_of_which_nothing_is_known_is_not_passed_over(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    scoring = ask(stack, put("uploads/rows.csv", b"".join(lines)))["id"]
    workflow = ScoringWorkflow(stack, scoring)
    workflow.planned()
    workflow.shards.pop()
    with pytest.raises(RuntimeError, match="ranges"):
        workflow.finish(workflow.mapped())
    assert workflow.fail("RuntimeError") is False


@pytest.mark.parametrize(
    ("reason", "request_", "patched"),
    [
        ("not_asked", {"output": "parts"}, {}),
        ("too_large", {}, {"max_merged_bytes": 1000}),
        ("too_slow", {}, {"merge": lambda *_: False}),
    ],
)
def test_parts_that_stay_parts_say_why(
    stack: Any,
    release: Callable[..., Any],
    lines: list[bytes],
    monkeypatch: pytest.MonkeyPatch,
    reason: str,
    request_: dict[str, Any],
    patched: dict[str, Any],
) -> None:
    release()
    end = replace(scoring_finish.end(), **patched)
    monkeypatch.setattr(scoring_finish, "end", lambda: end)
    scoring = ask(stack, put("uploads/rows.csv", b"".join(lines[:50])), **request_)["id"]
    ScoringWorkflow(stack, scoring).run()
    done = look(stack, scoring)
    assert (done["status"], done["result"]["merged"]) == ("processed", False)
    assert (done["result"]["not_merged"], done["links"]["merged"]) == (reason, None)


def test_files_of_different_headers_stay_apart(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    put("uploads/mixed/a.csv", b"".join(lines[:50]))
    put("uploads/mixed/b.csv", lines[0].replace(b"\n", b",note\n") + lines[1][:-1] + b",x\n")
    scoring = ask(stack, f"s3://{BUCKET}/uploads/mixed/")["id"]
    ScoringWorkflow(stack, scoring).run()
    assert look(stack, scoring)["result"]["not_merged"] == "headers_differ"


def test_parts_and_refused_rows_are_linked_page_by_page(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    for number in range(5):
        bad = b"1,2\n" if number % 2 else b""
        put(f"uploads/five/{number}.csv", b"".join(lines[:20]) + bad)
    scoring = ask(stack, f"s3://{BUCKET}/uploads/five/", output="parts")["id"]
    workflow = ScoringWorkflow(stack, scoring)
    early = stack.call("scoring", "GET", f"{SCORING}/{scoring}/parts")
    assert (early.status, early.body["error"]["code"]) == (409, "conflict")
    workflow.run()
    seen, query = [], {"limit": "2"}
    while True:
        page = stack.call("scoring", "GET", f"{SCORING}/{scoring}/parts", query=query).body
        assert 0 < len(page["parts"]) <= 2
        seen += page["parts"]
        if page["next"] is None:
            break
        query["next"] = page["next"]
    assert [part["name"][:6] for part in seen] == [f"{n:06d}" for n in range(5)]
    assert [part["refused"] is not None for part in seen] == [False, True, False, True, False]
    for part in seen:
        for link, folder in ((part["link"], "parts"), (part["refused"], "refused")):
            assert link is None or f"{scoring}/{folder}/{part['name']}.csv?" in link
        assert part["bytes"] == len(stored(f"scoring/{scoring}/parts/{part['name']}.csv"))


def test_parts_are_shown_to_nobody_else_and_only_after_our_tokens(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    scoring = ask(stack, put("uploads/rows.csv", b"".join(lines[:20])))["id"]
    ScoringWorkflow(stack, scoring).run()
    path = f"{SCORING}/{scoring}/parts"
    rival = stack.call("scoring", "GET", path, client="rival", scopes="predict")
    assert rival.status == stack.call("scoring", "GET", f"{SCORING}/sc_no/parts").status == 404
    for part in ("../../other", "000000-000000000000000/../x"):
        token = encode_token({"part": {"S": part}})
        forged = stack.call("scoring", "GET", path, query={"next": token})
        assert (forged.status, forged.body["error"]["code"]) == (400, "bad_request")


def test_what_is_not_our_clients_fault_is_told_apart(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    scoring = ask(stack, put("uploads/rows.csv", b"".join(lines[:50])))["id"]
    assert ScoringWorkflow(stack, scoring).fail("Lambda.Unknown") is False
    assert look(stack, scoring)["error"]["code"] == "internal"


def test_a_workflow_that_was_stopped_from_outside_ends_its_scoring(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    scoring = ask(stack, put("uploads/rows.csv", b"".join(lines[:50])))["id"]
    engine = boto3.client("stepfunctions")
    machine = engine.list_state_machines()["stateMachines"]
    (execution,) = (
        found["executionArn"]
        for made in machine
        for found in engine.list_executions(stateMachineArn=made["stateMachineArn"])["executions"]
        if found["name"] == scoring
    )
    engine.stop_execution(executionArn=execution)
    assert look(stack, scoring)["error"]["code"] == "engine_failed"


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"dataset": "s3://elsewhere/a.csv"}, 422, "invalid_value"),
        ({"dataset": "ftp://example.com/a.csv"}, 422, "invalid_value"),
        ({"dataset": f"s3://{BUCKET}/models/first/"}, 422, "invalid_value"),
        ({"dataset": f"s3://{BUCKET}/uploads/a.csv", "max_rows": 10**9}, 422, "invalid_value"),
        ({"dataset": f"s3://{BUCKET}/uploads/a.csv", "max_cost_usd": 0}, 422, "invalid_value"),
        ({"dataset": f"s3://{BUCKET}/uploads/a.csv", "max_cost_usd": 1e-200}, 422, "invalid_value"),
        ({"dataset": f"s3://{BUCKET}/uploads/a.csv", "max_rows": 10**40}, 422, "invalid_value"),
        ({"dataset": f"s3://{BUCKET}/uploads/a.csv", "rows": 1}, 422, "invalid_value"),
        ({}, 422, "invalid_value"),
    ],
)
def test_what_may_not_be_scored_is_refused_at_once(
    stack: Any, release: Callable[..., Any], request_: dict[str, Any], status: int, code: str
) -> None:
    release()
    answer = stack.call("scoring", "POST", SCORING, request_, scopes="predict")
    assert (answer.status, answer.body["error"]["code"]) == (status, code)
    assert stack.call("scoring", "GET", SCORING).body["scorings"] == []


@pytest.mark.parametrize("percentage", [1e-300, -0.0, 0.00001, 100])
def test_any_percentage_can_be_stored(
    stack: Any, release: Callable[..., Any], lines: list[bytes], percentage: float
) -> None:
    release()
    link = put("uploads/rows.csv", b"".join(lines[:50]))
    scoring = ask(stack, link, tolerated_failure_percentage=percentage)["id"]
    kept = look(stack, scoring)["limits"]["tolerated_failure_percentage"]
    assert kept == (100 if percentage == 100 else 0)


def test_without_a_model_there_is_no_scoring(stack: Any, release: Callable[..., Any]) -> None:
    dataset = put("uploads/rows.csv", b"x")
    assert ask(stack, dataset, status=503)["error"]["code"] == "no_model"
    release()
    assert ask(stack, dataset, status=404, model="nobody")["error"]["code"] == "not_found"


def test_what_cannot_be_planned_says_why(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    link = put("uploads/rows.csv", b"".join(lines))
    for request, code in (
        ({"dataset": f"s3://{BUCKET}/uploads/nothing/"}, "empty_dataset"),
        ({"dataset": link, "max_rows": 100}, "too_many_rows"),
        ({"dataset": link, "max_cost_usd": 0.000001}, "too_costly"),
        ({"dataset": put("uploads/page.csv", b"<html>\n<p>\n")}, "html_page"),
    ):
        scoring = ask(stack, request.pop("dataset"), **request)["id"]
        workflow = ScoringWorkflow(stack, scoring)
        with pytest.raises(DatasetError):
            workflow.planned()
        assert workflow.fail() is True
        assert look(stack, scoring)["error"]["code"] == code
        assert names(scoring) == set()


def refused_plan(stack: Any, dataset: str, **request: Any) -> dict[str, str]:
    """Ask for a scoring that cannot be planned; the error it ends with."""
    scoring = ask(stack, dataset, **request)["id"]
    workflow = ScoringWorkflow(stack, scoring)
    with pytest.raises(DatasetError):
        workflow.planned()
    assert workflow.fail() is True
    return dict(look(stack, scoring)["error"])


def test_a_first_file_without_rows_does_not_void_the_limits(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    put("uploads/spark/part-0.csv", lines[0])
    put("uploads/spark/part-1.csv", b"".join(lines))
    folder = f"s3://{BUCKET}/uploads/spark/"
    assert refused_plan(stack, folder, max_rows=5_000)["code"] == "too_many_rows"
    assert refused_plan(stack, folder, max_cost_usd=0.000001)["code"] == "too_costly"


def test_a_damaged_gzip_is_its_owners_fault(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    packed = gzip.compress(b"".join(lines))
    link = put("uploads/rows.csv.gz", packed[:2_000] + b"\xff" * 99 + packed[2_099:])
    error = refused_plan(stack, link)
    assert error["code"] == "dataset_encoding_refused"
    assert "uploads/rows.csv.gz" in error["message"]


def test_a_gzipped_file_that_no_worker_would_finish_is_refused(
    stack: Any,
    release: Callable[..., Any],
    lines: list[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release()
    monkeypatch.setenv("SCORING_MEMORY_MB", "32")  # a fiftieth of a core needs few rows
    put("uploads/two/a.csv", b"".join(lines[:50]))
    rows = b"".join(lines[1:])
    link = put("uploads/two/b.csv.gz", gzip.compress(lines[0] + rows) + gzip.compress(rows) * 19)
    folder = f"s3://{BUCKET}/uploads/two/"
    error = refused_plan(stack, folder, reasons=True)
    assert error["code"] == "dataset_too_large"
    assert error["message"].startswith(f"{link} has about 1")
    # Without reasons a worker is done with it in time.
    assert len(ScoringWorkflow(stack, ask(stack, folder)["id"]).planned()) == 2


def test_the_first_file_is_named_where_there_are_several(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    folder = f"s3://{BUCKET}/uploads/mixed/"
    put("uploads/mixed/b.csv", b"".join(lines[:50]))
    for content, code in ((b'{"a": 1}\n', "not_csv"), (b"a,b\n1,2\n", "missing_columns")):
        put("uploads/mixed/a.csv", content)
        error = refused_plan(stack, folder)
        assert error["code"] == code
        assert error["message"].startswith(f"{folder}a.csv: ")


def test_what_wrote_the_files_leaves_records_that_are_not_scored(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    for name in ("_committed_17", ".part-0.csv.crc", "_logs/run.csv", "_SUCCESS"):
        put(f"uploads/spark/{name}", b'{"added": []}\n')
    put("uploads/spark/part-0.csv", b"".join(lines[:50]))
    scoring = ask(stack, f"s3://{BUCKET}/uploads/spark/")["id"]
    (shard,) = ScoringWorkflow(stack, scoring).planned()
    assert shard["key"] == "uploads/spark/part-0.csv"


def test_others_scorings_are_unknown_to_a_client(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    scoring = ask(stack, put("uploads/rows.csv", b"".join(lines[:50])))["id"]
    rival: dict[str, Any] = {"client": "rival", "scopes": "predict"}
    for method, path, body in (
        ("GET", f"{SCORING}/{scoring}", None),
        ("POST", f"{SCORING}/{scoring}/cancel", {}),
        ("GET", f"{SCORING}/sc_nonsense", None),
    ):
        answer = stack.call("scoring", method, path, body, **rival)
        assert (answer.status, answer.body["error"]["code"]) == (404, "not_found")
    assert stack.call("scoring", "GET", SCORING, **rival).body["scorings"] == []
    listed = stack.call("scoring", "GET", SCORING).body["scorings"]
    assert [found["id"] for found in listed] == [scoring]


def test_pages_go_on_where_the_one_before_ended(
    stack: Any, release: Callable[..., Any], lines: list[bytes]
) -> None:
    release()
    link = put("uploads/rows.csv", b"".join(lines[:50]))
    made = [ask(stack, link)["id"] for _ in range(3)]
    seen, query = [], {"limit": "2"}
    while True:
        page = stack.call("scoring", "GET", SCORING, query=query).body
        seen += [found["id"] for found in page["scorings"]]
        if page["next"] is None:
            break
        query["next"] = page["next"]
    assert seen == made[::-1]
    forged = stack.call("scoring", "GET", SCORING, query={"next": "eyJpZCI6IHsiUyI6ICJ4In19"})
    assert (forged.status, forged.body["error"]["code"]) == (400, "bad_request")


def test_what_cannot_be_started_is_not_left_pending(
    stack: Any, release: Callable[..., Any], lines: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    release()

    def down(*_: Any) -> None:
        raise Unavailable("the engine does not answer")

    monkeypatch.setattr("fraud.adapters.workflow_engine.WorkflowEngine.start", down)
    link = put("uploads/rows.csv", b"".join(lines[:50]))
    assert ask(stack, link, status=503)["error"]["code"] == "unavailable"
    (left,) = stack.call("scoring", "GET", SCORING).body["scorings"]
    assert (left["status"], left["error"]["code"]) == ("error", "not_started")
