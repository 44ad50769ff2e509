"""Keys, scopes, tenants and quotas on the deployed stack, and what its logs do not say."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from fraud.adapters.keys_table import KeysTable
from fraud.domain.access import ROUTES
from fraud.domain.keys import ApiKey, Scope, create_key
from fraud_cli.local.deploy import local_session

pytestmark = pytest.mark.e2e

CACHED_FOR_S = 60
PARAMETERS = {"{id}": "999999", "{name}": "nothing", "{other}": "nothing", "{prediction_id}": "x"}
TRANSACTION = {"day_of_month": 5, "type": "TRANSFER", "amount_log": 12.0, "amount_dest": 3.0}
ACCOUNT, OTHER_ACCOUNT = "C9753186420975", "M1357924680135"
AMOUNT, BALANCE = 8642097.53, 97531864.2
SIGNATURE, PASSWORD = "canarysignature0451", "canarypassword0451"


@dataclass(frozen=True)
class Names:
    """The stack's tables, and a session that reaches them."""

    session: boto3.Session
    of: dict[str, str]

    @property
    def keys(self) -> KeysTable:
        return KeysTable(self.session.client("dynamodb"), self.of["API_KEYS_TABLE"])

    def key(self, name: str, *scopes: Scope, **changes: Any) -> tuple[str, ApiKey]:
        """A key that the stack knows."""
        made = create_key("local", name, scopes, datetime.now(UTC))
        record = made.record.model_copy(update=changes)
        self.keys.put(record)
        return made.key, record


@pytest.fixture(scope="module")
def names(deployed: Any, fraud: Any) -> Names:
    of = json.loads(fraud("env").stdout)["Parameters"]
    return Names(local_session(of["AWS_ENDPOINT_URL"]), of)


@pytest.fixture(scope="module")
def revoked(deployed: Any, names: Names) -> tuple[str, float]:
    """A key that was in use when it was revoked, and when that was."""
    key, record = names.key("leaver", Scope.READ)
    with deployed.client(key) as client:
        assert client.get("/training").status_code == 200
    names.keys.revoke(record.key_hash, datetime.now(UTC))
    return key, time.monotonic()


@pytest.fixture(scope="module")
def root(deployed: Any) -> str:
    return str(deployed.up["api_url"]).removesuffix("/api/v1")


def request(client: httpx.Client, root: str, method: str, path: str) -> httpx.Response:
    """Send a request that is refused for what it holds, if it comes that far."""
    body = {"json": {"wrong": 1}} if method == "POST" else {}
    return client.request(method, root + path, **body)


@pytest.mark.usefixtures("revoked")
def test_every_scope_opens_its_routes_and_no_other(
    deployed: Any, names: Names, root: str, subtests: pytest.Subtests
) -> None:
    for scope in Scope:
        key, _ = names.key(f"only-{scope}", scope)
        with deployed.client(key) as client, subtests.test(scope.value):
            for route in ROUTES:
                path = route.path
                for name, value in PARAMETERS.items():
                    path = path.replace(name, value)
                answer = request(client, root, route.method, path)
                opened = not route.scopes or scope in route.scopes
                assert (answer.status_code not in {401, 403}) is opened, (route, answer.text)
                assert answer.status_code < 500, answer.text
                if not opened:
                    assert answer.json()["error"]["code"] == "forbidden"


def test_without_a_key_only_the_open_routes_answer(
    anonymous: httpx.Client, root: str, subtests: pytest.Subtests
) -> None:
    for route in ROUTES:
        with subtests.test(f"{route.method} {route.path}"):
            answer = request(anonymous, root, route.method, route.path.replace("{", "a"))
            assert (answer.status_code == 401) is bool(route.scopes), answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/training/../models/rollback",
        "/api/v1/training/..%2fmodels%2frollback",
        "/api/v1/training%2f..%2f..%2fmodels/rollback",
        "//api/v1/models/rollback",
        "/api/v1//models/rollback",
        "/api/v1/models/rollback/",
        "/api/v1/models/rollback%00",
        "/api/v1/models/rollback?x=/api/v1/training",
        "/api/v1/models/rollback;x=1",
        "/API/V1/models/rollback",
        "/api/v1/*",
    ],
)
def test_no_way_of_writing_a_path_changes_the_registry(
    deployed: Any, names: Names, root: str, path: str
) -> None:
    key, _ = names.key("climber", Scope.TRAIN, Scope.READ, Scope.PREDICT)
    url = httpx.URL(root)
    raw = url.copy_with(raw_path=url.raw_path + path.encode())
    with deployed.client(key) as client:
        answer = client.post(raw, json={"reason": "a trick"})
    assert answer.status_code in {400, 403, 404}, answer.text
    assert answer.json()["error"]["code"] in {"bad_request", "forbidden", "not_found"}


def test_what_is_no_valid_key_is_refused(deployed: Any, names: Names) -> None:
    key, _ = names.key("valid", Scope.READ)
    now = datetime.now(UTC)
    expired, _ = names.key("old", Scope.READ, expires_at=now - timedelta(seconds=1))
    future, _ = names.key("early", Scope.READ, not_before=now + timedelta(hours=1))
    unused, record = names.key("unused", Scope.READ)
    names.keys.revoke(record.key_hash, now)
    foreign = create_key("live", "valid", [Scope.ADMIN], now).key
    unknown = create_key("local", "valid", [Scope.ADMIN], now).key
    # Each costs the emulator a start of the authorizer; its own test sends many more.
    for sent in (key[:-1], f"Bearer {key}", foreign, unknown, expired, future, unused):
        with deployed.client(sent) as client:
            answer = client.get("/training")
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthenticated")
    with deployed.client(None) as client:
        for how in (
            {"params": {"X-Api-Key": key, "api_key": key}},
            {"headers": {"Authorization": f"Bearer {key}"}},
            {"headers": {"Cookie": f"X-Api-Key={key}"}},
        ):
            assert client.get("/training", **how).status_code == 401
        spoofed = {"X-Amzn-Apigateway-Authorizer": "admin", "client": "valid", "scopes": "admin"}
        assert client.get("/training", headers=spoofed).status_code == 401
    with deployed.client(key) as client:
        assert client.get("/training", headers=spoofed).json() == {"trainings": [], "next": None}


def test_a_key_says_when_it_was_last_used(deployed: Any, names: Names, fraud: Any) -> None:
    used, _ = names.key("busy", Scope.READ)
    names.key("idle", Scope.READ)
    with deployed.client(used) as client:
        client.get("/training")
    listed = {key["name"]: key for key in fraud.json("keys", "list")["keys"]}
    assert listed["busy"]["last_used_on"] == datetime.now(UTC).date().isoformat()
    assert listed["idle"]["last_used_on"] is None
    assert used not in str(listed)


def test_another_clients_things_are_not_found(deployed: Any, names: Names) -> None:
    scopes = (Scope.TRAIN, Scope.READ, Scope.PREDICT)
    ours, theirs = (names.key(name, *scopes)[0] for name in ("tenant-a", "tenant-b"))
    with deployed.client(ours) as client:
        training = client.post("/training", json={"dataset": "https://data.invalid/a.csv"}).json()
        prediction = client.post("/model/predict", json=TRANSACTION).json()["prediction_id"]
        upload = client.post("/datasets", json={}).json()["dataset"]
        paths = [f"/training/{training['id']}", f"/predictions/{prediction}"]
        assert [client.get(path).status_code for path in paths] == [200, 200]
    with deployed.client(theirs) as client:
        label = client.post(f"/predictions/{prediction}/label", json={"is_fraud": True})
        for answer in (*map(client.get, paths), label):
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
            assert "tenant-a" not in answer.text
        assert client.get("/training").json()["trainings"] == []
        assert client.get("/predictions").json()["predictions"] == []
        assert client.get("/predictions", params={"client": "tenant-a"}).status_code == 403
        bucket = upload.split("/")[2]
        for link in (upload, f"s3://{bucket}/datasets/{'0' * 64}", f"s3://{bucket}/models/a/b"):
            answer = client.post("/training", json={"dataset": link})
            assert (answer.status_code, answer.json()["error"]["field"]) == (422, "dataset")
    with deployed.client(deployed.up["api_key"]) as admin:
        assert [admin.get(path).status_code for path in paths] == [200, 200]


def test_a_used_up_quota_is_said_with_the_time_to_wait(
    deployed: Any, names: Names, fraud: Any
) -> None:
    now = datetime.now(UTC)
    key, _ = names.key("eager", Scope.TRAIN)
    names.session.client("dynamodb").put_item(
        TableName=names.of["USAGE_TABLE"],
        Item={
            "client": {"S": "eager"},
            "day": {"S": now.date().isoformat()},
            "trainings": {"N": "100000"},  # TrainingQuotaPerDay of samconfig.toml's [local]
            "last_request": {"S": "x"},
        },
    )
    with deployed.client(key) as client:
        answer = client.post("/training", json={"dataset": "https://data.invalid/a.csv"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "throttled")
    assert "100000 trainings a day" in answer.json()["error"]["message"]
    midnight = datetime.combine(now.date() + timedelta(days=1), now.time().min, UTC)
    wait_s = (midnight - now).total_seconds()
    assert int(answer.headers["Retry-After"]) == pytest.approx(wait_s, abs=30)
    listed = {key["name"]: key["trainings_today"] for key in fraud.json("keys", "list")["keys"]}
    assert (listed["eager"], listed["tenant-b"]) == (100_000, 0)


@pytest.fixture(scope="module")
def logs(names: Names) -> Iterator[Any]:
    """Reads everything that the stack's log groups hold, by group."""
    client = names.session.client("logs")

    def read() -> dict[str, str]:
        groups = [g["logGroupName"] for g in client.describe_log_groups()["logGroups"]]
        pages = client.get_paginator("filter_log_events")
        return {
            group: "\n".join(
                event["message"]
                for page in pages.paginate(logGroupName=group)
                for event in page["events"]
            )
            for group in groups
        }

    return read


def test_no_log_of_the_stack_carries_what_callers_sent(
    deployed: Any, names: Names, fraud: Any, logs: Any
) -> None:
    key, _ = names.key("canary", Scope.ADMIN)
    raw = {"step": 3, "type": "TRANSFER", "amount": AMOUNT, "nameOrig": ACCOUNT,
           "oldbalanceOrg": BALANCE, "newbalanceOrig": 1.0, "nameDest": OTHER_ACCOUNT,
           "oldbalanceDest": 1.0, "newbalanceDest": 2.0}  # fmt: skip
    links = [
        f"https://data.invalid/a.csv?X-Amz-Signature={SIGNATURE}",
        f"http://127.0.0.1:1/a.csv?token={SIGNATURE}",
        f"https://user:{PASSWORD}@data.invalid/a.csv",
    ]
    with deployed.client(key) as client:
        made = client.post("/model/predict", json=raw)
        assert made.status_code == 200
        path = f"/predictions/{made.json()['prediction_id']}"
        assert client.get(path).json()["transaction"]["amount"] == AMOUNT
        assert client.post("/model/predict", json=raw | {"amount": ACCOUNT}).status_code == 422
        client.post("/model/predict", content=f'{{"amount": {AMOUNT}, "x": "{ACCOUNT}"')
        upload = client.post("/datasets", json={}).json()["upload_url"]
        asked = [client.post("/training", json={"dataset": link}) for link in links]
        assert [answer.status_code for answer in asked] == [202, 202, 422]
        for training_id in (answer.json()["id"] for answer in asked[:2]):
            _ended(client, training_id)
    (signature,) = (v for k, v in httpx.URL(upload).params.items() if k.endswith("Signature"))
    written = logs()
    assert "training ended" in written["/aws/lambda/fraud-detection-trainer"]
    assert '"client":"canary"' in "".join(written.values())
    planted = (key, ACCOUNT, OTHER_ACCOUNT, "8642097", "97531864", SIGNATURE, PASSWORD, signature)
    found = {
        (canary, group) for group, text in written.items() for canary in planted if canary in text
    }
    assert found == set()
    files = [*Path(fraud.state_dir).rglob("*.log")]
    assert len(files) >= 3
    text = "".join(file.read_text(encoding="utf-8", errors="replace") for file in files)
    assert [canary for canary in planted if canary in text] == []


def _ended(client: httpx.Client, training_id: int) -> None:
    """Wait for a training's first attempt; a host that does not answer is tried again later."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        training = client.get(f"/training/{training_id}").json()
        if training["attempts"]:
            return
        time.sleep(0.3)
    raise AssertionError(f"nobody took training {training_id}")


def test_a_key_that_was_in_use_is_refused_a_minute_after_it_was_revoked(
    deployed: Any, names: Names, revoked: tuple[str, float]
) -> None:
    gateway = names.session.client("apigateway")
    (api,) = gateway.get_rest_apis()["items"]
    (authorizer,) = gateway.get_authorizers(restApiId=api["id"])["items"]
    assert authorizer["authorizerResultTtlInSeconds"] == CACHED_FOR_S
    key, since = revoked
    time.sleep(max(0.0, CACHED_FOR_S + 1 - (time.monotonic() - since)))
    with deployed.client(key) as client:
        assert client.get("/training").status_code == 401
