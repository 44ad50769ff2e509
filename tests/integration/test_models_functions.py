"""The registry over HTTP and moto: look at models, compare them, change which one is enabled."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fraud.adapters import aws_clients
from fraud.adapters.registry_changes import RegistryChanges
from fraud.domain.features import FEATURE_SETS
from fraud.domain.model_cards import DatasetFacts, Metrics, ModelCard, ModelRecord, ThresholdPolicy

START = datetime(2026, 5, 1, tzinfo=UTC)
BECAUSE = {"reason": "precision fell"}
REPORT = "<!DOCTYPE html><html><head><style>b{color:red}</style></head><body>Curves</body></html>"

type Register = Callable[..., str]


def a_card(name: str, number: int, **changes: Any) -> ModelCard:
    quality = dict.fromkeys(("accuracy", "recall", "precision", "auc", "auprc"), 0.9)
    rest = {"log_loss": 0.1, "brier": 0.1, "prevalence": 0.01, "time": 1.0}
    tried = [{"name": "small", "algorithm": "boosting", "auprc": [0.8, 0.9]},
             {"name": "large", "algorithm": "boosting", "skipped": "clock"}]  # fmt: skip
    facts = {
        "name": name,
        "created_at": START + timedelta(hours=number),
        "training_id": number,
        "algorithm": "boosting",
        "parameters": {"candidate": "small"},
        "feature_set": FEATURE_SETS["basic"],
        "seed": 1,
        "split": "random",
        "dataset": DatasetFacts(sha256=f"{number:064}", rows=1000, frauds=10, form="paysim"),
        "metrics": Metrics.model_validate(quality | rest | {"f1": 0.8 + number / 100}),
        "policy": ThresholdPolicy(threshold=0.5, review=0.2, block=0.5),
        "baseline": (1.0, 2.0, 3.0, 4.0),
        "score_quantiles": tuple(i / 1000 for i in range(1001)),
        "library_versions": {},
        "evaluation": {"search": {"candidates": tried}},
    }
    return ModelCard.model_validate(facts | changes)


@pytest.fixture
def registry(stack: Any) -> RegistryChanges:
    return RegistryChanges(boto3.client("dynamodb"), "ModelsTable")


@pytest.fixture
def register(registry: RegistryChanges) -> Register:
    """Puts a candidate's files into the bucket and its row into the registry; gives its name."""

    def put(number: int, *, report: bool = True, decision: Any = None, **changes: Any) -> str:
        name = f"fraud-{number:06d}"
        card = a_card(name, number, **changes)
        files = {
            "model.onnx": b"onnx %d" % number,
            "golden.json": b"{}",
            "card.json": card.model_dump_json().encode(),
        } | ({"report.html": REPORT.encode()} if report else {})
        for file, content in files.items():
            boto3.client("s3").put_object(
                Bucket="fraud-data", Key=f"models/{name}/{file}", Body=content
            )
        registry.register(
            ModelRecord(
                name=name,
                version=number,
                created_at=card.created_at,
                training_id=number,
                feature_set=card.feature_set.name,
                algorithm=card.algorithm,
                metrics=card.metrics,
                policy=card.policy,
                files={file: sha256(content).hexdigest() for file, content in files.items()},
                decision=decision or {},
            )
        )
        return name

    return put


def look(stack: Any, path: str, **how: Any) -> Any:
    return stack.call("models", "GET", f"/api/v1/models{path}", **how)


def change(stack: Any, path: str, body: Any = None, **how: Any) -> Any:
    return stack.call("registry", "POST", f"/api/v1/models{path}", body or BECAUSE, **how)


def states(stack: Any) -> dict[str, str]:
    return {m["name"]: m["state"] for m in look(stack, "").body["models"]}


def history(stack: Any, name: str) -> list[tuple[str, str, str]]:
    entries = look(stack, f"/{name}").body["history"]
    return [(e["action"], e["from_state"], e["to_state"]) for e in reversed(entries)]


def enabled(stack: Any) -> str:
    return str(stack.call("health", "GET", "/api/v1/model/healthy").body["modelname"])


def break_file(name: str, file: str, content: bytes | None = b"altered") -> None:
    place = {"Bucket": "fraud-data", "Key": f"models/{name}/{file}"}
    s3 = boto3.client("s3")
    s3.delete_object(**place) if content is None else s3.put_object(**place, Body=content)


def test_models_are_listed_newest_first_in_pages(stack: Any, register: Register) -> None:
    decision = {"promote": True, "reasons": ["it is the first model", "and"],
                "decided_at": START.isoformat(), "decided_by": "alice"}  # fmt: skip
    names = [register(number, decision=decision) for number in (3, 1, 5, 2, 4)]
    seen: list[str] = []
    query = {"limit": "2"}
    for _ in range(5):
        page = look(stack, "", query=query).body
        seen += [m["name"] for m in page["models"]]
        if not page["next"]:
            break
        query["next"] = page["next"]
    assert seen == sorted(names, reverse=True)
    newest = look(stack, "").body["models"][0]
    assert (newest["name"], newest["state"], newest["training_id"]) == (
        "fraud-000005", "candidate", 5,
    )  # fmt: skip
    assert newest["metrics"]["f1"] == pytest.approx(0.85)
    assert (newest["algorithm"], newest["feature_set"], newest["threshold"]) == (
        "boosting", "basic", 0.5,
    )  # fmt: skip
    assert newest["decision"]["reason"] == "it is the first model"
    assert newest["decision"]["decided_by"] == "alice"


def test_an_empty_registry_is_an_empty_list(stack: Any) -> None:
    assert look(stack, "").body == {"models": [], "next": None}


@pytest.mark.parametrize(
    "token",
    ["x", "e30=", "bm90IGpzb24=", "eyJwayI6IDEsICJzayI6IDEsICJjcmVhdGVkX2F0IjogMX0="],
)
def test_a_foreign_page_token_is_refused(stack: Any, token: str) -> None:
    assert look(stack, "", query={"next": token}).status == 400


@pytest.mark.parametrize("limit", ["0", "101", "x"])
def test_an_odd_limit_is_refused(stack: Any, limit: str) -> None:
    answer = look(stack, "", query={"limit": limit})
    assert (answer.status, answer.body["error"]["field"]) == (422, "limit")


def test_a_model_is_shown_with_its_card_and_history(stack: Any, register: Register) -> None:
    name = register(1)
    change(stack, f"/{name}/challenge", {"share": 0.25, "reason": "try it"}, client="bob")
    model = look(stack, f"/{name}").body
    assert (model["name"], model["state"], model["share"]) == (name, "challenger", 0.25)
    assert len(model["card"]["score_quantiles"]) == 1001
    assert model["card"]["dataset"]["source"] is None
    (entry,) = model["history"]
    assert (entry["by"], entry["reason"], entry["share"]) == ("bob", "try it", 0.25)
    assert (entry["from_state"], entry["to_state"]) == ("candidate", "challenger")
    assert datetime.fromisoformat(entry["at"]).tzinfo


@pytest.mark.parametrize("name", ["fraud-000009", "%00", "a b", "..", "x" * 300, "\u0661"])
def test_what_does_not_exist_is_not_found(stack: Any, register: Register, name: str) -> None:
    known = register(1)
    for path in (f"/{name}", f"/{name}/report", f"/{name}/compare/{known}",
                 f"/{known}/compare/{name}"):  # fmt: skip
        answer = look(stack, path)
        assert (answer.status, answer.body["error"]["code"]) == (404, "not_found")
    for action in ("promote", "withdraw", "archive"):
        assert change(stack, f"/{name}/{action}").status == 404
    assert change(stack, f"/{name}/challenge", {"share": 1, "reason": "r"}).status == 404


@pytest.mark.parametrize("content", [b"{}", None], ids=["altered", "missing"])
def test_an_altered_or_missing_card_is_never_shown(
    stack: Any, register: Register, content: bytes | None
) -> None:
    name, other = register(1), register(2)
    break_file(name, "card.json", content)
    for path in (f"/{name}", f"/{name}/compare/{other}"):
        answer = look(stack, path)
        assert (answer.status, answer.body["error"]["code"]) == (503, "artifact_rejected")
    assert look(stack, f"/{other}").status == 200


def test_the_report_is_a_page_on_which_nothing_runs(stack: Any, register: Register) -> None:
    answer = look(stack, f"/{register(1)}/report")
    assert (answer.status, answer.body) == (200, REPORT)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_without_a_report_the_answer_says_why(stack: Any, register: Register) -> None:
    answer = look(stack, f"/{register(1, report=False)}/report")
    assert (answer.status, answer.body["error"]["code"]) == (404, "no_report")
    assert "quick" in answer.body["error"]["message"]


def test_an_altered_report_is_never_shown(stack: Any, register: Register) -> None:
    name = register(1)
    break_file(name, "report.html", b"<script>alert(1)</script>")
    assert look(stack, f"/{name}/report").status == 503


def test_two_models_side_by_side(stack: Any, register: Register) -> None:
    first = register(1)
    second = register(3, feature_set=FEATURE_SETS["transaction"])
    found = look(stack, f"/{second}/compare/{first}").body
    f1 = next(pair for pair in found["metrics"] if pair["metric"] == "f1")
    assert (f1["model"], f1["other"]) == pytest.approx((0.83, 0.81))
    assert f1["difference"] == pytest.approx(0.02)
    assert f1["better"] == "model"
    assert next(p for p in found["metrics"] if p["metric"] == "log_loss")["better"] == "equal"
    assert "better" not in next(p for p in found["metrics"] if p["metric"] == "prevalence")
    assert found["policies"]["model"]["threshold"] == 0.5
    assert "type" in found["features"]["shared"]
    assert "day_of_month" in found["features"]["only_other"]
    assert found["datasets"]["same_file"] is False
    assert found["datasets"]["model"]["prevalence"] == 0.01
    small, large = found["candidates"]["model"]
    assert (small["won"], small["auprc"]) == (True, pytest.approx(0.85))
    assert (large["won"], "auprc" in large) == (False, False)
    assert "F1: fraud-000003 0.8300, fraud-000001 0.8100, 0.0200 more." in found["summary"]
    assert "held_out" not in found
    assert any("own held-out rows" in sentence for sentence in found["summary"])


@pytest.mark.parametrize("place", ["card", "decision"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_comparison_on_the_same_rows_is_shown_from_either_side(
    stack: Any, register: Register, place: str, turned: bool
) -> None:
    compared = {
        "champion": "fraud-000001", "champion_value": 0.8, "challenger_value": 0.82,
        "difference": 0.02, "interval": [0.01, 0.03], "basis": "same held-out rows",
        "metric": "f1", "rows": 40_000, "others": {},
    }  # fmt: skip
    first = register(1)
    if place == "card":
        second = register(2, evaluation={"champion_comparison": compared})
    else:
        second = register(2, decision={"promote": True, "reasons": ["r"], "comparison": compared})
    pair = (first, second) if turned else (second, first)
    found = look(stack, f"/{pair[0]}/compare/{pair[1]}").body
    held_out = found["held_out"]
    assert (held_out["challenger"], held_out["champion"]) == (second, first)
    assert held_out["interval"] == [0.01, 0.03]
    assert any("On the same 40,000 held-out rows fraud-000002" in s for s in found["summary"])
    third = register(3)
    assert "held_out" not in look(stack, f"/{second}/compare/{third}").body


def test_a_promotion_enables_a_model_and_says_what_it_changed(
    stack: Any, register: Register
) -> None:
    first, second = register(1), register(2)
    assert change(stack, f"/{first}/promote").status == 200
    answer = change(stack, f"/{second}/promote", client="alice")
    assert answer.status == 200, answer.body
    assert answer.body["champion"] == second
    assert answer.body["changes"] == [
        {"model": second, "from_state": "candidate", "to_state": "champion"},
        {"model": first, "from_state": "champion", "to_state": "archived"},
    ]
    assert states(stack) == {first: "archived", second: "champion"}
    assert enabled(stack) == second
    newest = look(stack, f"/{first}").body["history"][0]
    assert (newest["by"], newest["reason"], newest["other"]) == ("alice", BECAUSE["reason"], second)
    assert newest["id"] == answer.body["id"]


def test_rollbacks_lead_back_one_champion_at_a_time(stack: Any, register: Register) -> None:
    names = [register(number) for number in (1, 2, 3)]
    assert change(stack, "/rollback").status == 409
    for name in names:
        change(stack, f"/{name}/promote")
    for expected in (names[1], names[0]):
        answer = change(stack, "/rollback")
        assert (answer.status, answer.body["champion"]) == (200, expected)
        assert enabled(stack) == expected
    refused = change(stack, "/rollback")
    assert (refused.status, refused.body["error"]["code"]) == (409, "conflict")
    assert enabled(stack) == names[0]
    assert history(stack, names[0]) == [
        ("promote", "candidate", "champion"),
        ("promote", "champion", "archived"),
        ("rollback", "archived", "champion"),
    ]


def test_a_rollback_repeated_with_its_key_goes_back_once(stack: Any, register: Register) -> None:
    names = [register(number) for number in (1, 2, 3)]
    for name in names:
        change(stack, f"/{name}/promote")
    first, again = (
        change(stack, "/rollback", headers={"Idempotency-Key": "key-1"}) for _ in range(2)
    )
    assert first.status == again.status == 200
    assert again.body == first.body
    assert again.headers["Idempotency-Replayed"] == "true"
    assert enabled(stack) == names[1]
    further = change(stack, "/rollback", headers={"Idempotency-Key": "key-2"})
    assert further.body["champion"] == enabled(stack) == names[0]


def test_a_rollback_that_was_made_and_answered_503_is_not_made_again_with_its_key(
    stack: Any, register: Register
) -> None:
    names = [register(number) for number in (1, 2, 3)]
    for name in names:
        change(stack, f"/{name}/promote")
    events = aws_clients.dynamodb_client().meta.events
    lost = ("after-call.dynamodb.TransactWriteItems", "before-call.dynamodb.GetItem")
    made: list[Any] = []

    def lose(event_name: str, **_: Any) -> None:
        made.append(event_name)
        if made[0].endswith("GetItem"):
            made.clear()  # not after the transaction yet
        else:
            error = {"Error": {"Code": "InternalServerError", "Message": "lost"}}
            raise ClientError(error, "TransactWriteItems")  # type: ignore[arg-type]

    for event in lost:
        events.register(event, lose)
    first = change(stack, "/rollback", headers={"Idempotency-Key": "key-1"})
    for event in lost:
        events.unregister(event, lose)
    assert first.status == 503
    assert enabled(stack) == names[1]
    again = change(stack, "/rollback", headers={"Idempotency-Key": "key-1"})
    assert (again.status, again.body["champion"]) == (200, names[1])
    assert again.body["changes"] == [
        {"model": names[1], "from_state": "archived", "to_state": "champion"},
        {"model": names[2], "from_state": "champion", "to_state": "archived"},
    ]
    assert again.body["id"] == look(stack, f"/{names[1]}").body["history"][0]["id"]
    assert enabled(stack) == names[1]


def test_there_is_one_challenger_at_a_time(stack: Any, register: Register) -> None:
    first, second, champion = register(1), register(2), register(3)
    change(stack, f"/{champion}/promote")
    change(stack, f"/{first}/challenge", {"share": 0.1, "reason": "try"})
    answer = change(stack, f"/{second}/challenge", {"share": 1, "reason": "try"})
    assert (answer.body["challenger"], answer.body["share"]) == (second, 1)
    assert states(stack) == {first: "candidate", second: "challenger", champion: "champion"}
    assert change(stack, f"/{champion}/challenge", {"share": 1, "reason": "r"}).status == 409
    assert change(stack, f"/{first}/withdraw").status == 409
    ended = change(stack, f"/{second}/withdraw")
    assert (ended.body["challenger"], ended.body["share"]) == (None, None)
    assert states(stack)[second] == "candidate"
    assert history(stack, second)[-1] == ("withdraw", "challenger", "candidate")


def test_both_pointers_come_in_one_read(
    stack: Any, register: Register, registry: RegistryChanges
) -> None:
    assert registry.pointers() == (None, None, 0)
    first, second = register(1), register(2)
    change(stack, f"/{first}/promote")
    change(stack, f"/{second}/challenge", {"share": 0.1, "reason": "try"}, client="bob")
    champion, challenger, revision = registry.pointers()
    assert champion == registry.champion()
    assert challenger
    assert (challenger.name, challenger.share, challenger.revision) == (second, 0.1, 1)
    assert (challenger.set_by, challenger.reason, revision) == ("bob", "try", 1)
    change(stack, f"/{second}/promote")
    champion, challenger, revision = registry.pointers()
    assert champion
    assert (champion.name, challenger, revision) == (second, None, 2)
    change(stack, f"/{first}/challenge", {"share": 1, "reason": "try"})
    assert registry.pointers().challenger_revision == 3


def test_an_archived_model_is_out_of_use_but_not_lost(stack: Any, register: Register) -> None:
    first, second = register(1), register(2)
    change(stack, f"/{first}/promote")
    assert change(stack, f"/{first}/archive").status == 409
    change(stack, f"/{second}/challenge", {"share": 1, "reason": "try"})
    answer = change(stack, f"/{second}/archive")
    assert (answer.status, answer.body["challenger"]) == (200, None)
    assert change(stack, f"/{second}/archive").status == 409
    assert change(stack, f"/{second}/promote").status == 200
    assert enabled(stack) == second


def test_the_champion_cannot_be_promoted_again(stack: Any, register: Register) -> None:
    name = register(1)
    change(stack, f"/{name}/promote")
    answer = change(stack, f"/{name}/promote")
    assert answer.status == 409
    assert answer.body["error"]["message"] == f"{name} is champion already"
    assert len(history(stack, name)) == 1


@pytest.mark.parametrize("file", ["model.onnx", "card.json", "golden.json"])
@pytest.mark.parametrize("content", [b"altered", None], ids=["altered", "missing"])
def test_a_broken_model_is_never_enabled(
    stack: Any, register: Register, file: str, content: bytes | None
) -> None:
    first, second, third = register(1), register(2), register(3)
    change(stack, f"/{first}/promote")
    change(stack, f"/{second}/promote")
    for name in (first, third):
        break_file(name, file, content)
    for path, body in (
        (f"/{third}/promote", BECAUSE),
        (f"/{third}/challenge", {"share": 1, "reason": "r"}),
        ("/rollback", BECAUSE),
    ):
        answer = change(stack, path, body)
        assert (answer.status, answer.body["error"]["code"]) == (409, "artifact_rejected")
        assert file in answer.body["error"]["message"]
    assert enabled(stack) == second
    assert change(stack, f"/{third}/archive").status == 200


def test_an_unreachable_bucket_is_a_503_and_changes_nothing(stack: Any, register: Register) -> None:
    name = register(1)

    def outage(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "SlowDown", "Message": "slow down"}}, "GetObject")

    aws_clients.s3_client().meta.events.register("before-call.s3.GetObject", outage)
    answer = change(stack, f"/{name}/promote")
    assert (answer.status, answer.body["error"]["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert states(stack) == {name: "candidate"}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/fraud-000001/promote", {"reason": ""}, "reason"),
        ("/fraud-000001/promote", {"reason": "x" * 501}, "reason"),
        ("/fraud-000001/promote", {"reason": "a\nb"}, "reason"),
        ("/fraud-000001/promote", {"reason": "r", "by": "me"}, "by"),
        ("/rollback", {"reason": 7}, "reason"),
        ("/fraud-000001/archive", {"reason": None}, "reason"),
        ("/fraud-000001/withdraw", {"why": "r", "reason": "r"}, "why"),
        ("/fraud-000001/challenge", {"reason": "r"}, "share"),
        ("/fraud-000001/challenge", {"reason": "r", "share": 0}, "share"),
        ("/fraud-000001/challenge", {"reason": "r", "share": 1.5}, "share"),
        ("/fraud-000001/challenge", {"reason": "r", "share": True}, "share"),
    ],
)
def test_a_bad_order_names_its_field_and_changes_nothing(
    stack: Any, register: Register, path: str, body: dict[str, Any], field: str
) -> None:
    name = register(1)
    answer = change(stack, path, body)
    assert (answer.status, answer.body["error"]["field"]) == (422, field)
    assert states(stack) == {name: "candidate"}
    assert history(stack, name) == []


def test_an_order_needs_json_and_the_authorizers_word(stack: Any, register: Register) -> None:
    path = f"/{register(1)}/promote"
    assert change(stack, path, "{").status == 400
    assert change(stack, path, headers={"Content-Type": "text/plain"}).status == 415
    assert change(stack, path, client=None).status == 401
    assert look(stack, "", client=None).status == 401


def test_a_card_is_answered_as_it_was_written(stack: Any, register: Register) -> None:
    name = register(1)
    stored = boto3.client("s3").get_object(Bucket="fraud-data", Key=f"models/{name}/card.json")
    assert look(stack, f"/{name}").body["card"] == json.loads(stored["Body"].read())
