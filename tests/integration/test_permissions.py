"""Each role allows what its function calls, and nothing else: AWS calls recorded over moto.

Every function is put through what makes it call AWS; its calls are compared with the statements of
its role in the template, both ways.
"""

from __future__ import annotations

import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from fraud.adapters import aws_clients
from fraud.adapters.keys_table import KeysTable
from fraud.domain.keys import Scope, create_key
from fraud.domain.retraining import RetrainingRules
from fraud.services.guarded_retraining import retrain
from fraud.services.sweeping import sweep
from fraud.wiring import monitor as monitor_wiring
from fraud.wiring import sweeper as sweeper_wiring
from fraud_cli.sampling import write_sample
from fraud_training import wiring as trainer_wiring
from fraud_training.fit import FitResult

sys.path.append(str(Path(__file__).parent))

from state_machines import ScoringWorkflow, TrainingWorkflow, put, stop_training

NOW = datetime.now(UTC)
START, END = (NOW - timedelta(hours=2)).isoformat(), (NOW + timedelta(hours=1)).isoformat()
PREDICT = "/api/v1/model/predict"
TRANSACTION = {"day_of_month": 5, "type": "TRANSFER", "amount_log": 12.0, "amount_dest": 3.0}
FRAUD = {"is_fraud": True}
LINK = {"dataset": "https://data.example.com/a.csv"}
BUCKET = "fraud-data"
# Operation -> the action IAM asks for, where the names differ.
ACTIONS = {
    "HeadObject": "GetObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "ListObjectsV2": "ListBucket",
}
IAM_PREFIXES = {"stepfunctions": "states"}
IN_TRANSACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
EXECUTIONS = (
    "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${AWS::StackName}-"
)
LAMBDA_LOGS = "Lambda writes the function's log in the role's name"
LAMBDA_POLLS = "Lambda takes messages from the queue in the role's name"
FORBIDDEN_OR_MISSING = "without it S3 answers 403 where an object is missing; nothing is listed"
# Sid, or Sid and action -> why the function's own code makes no such call.
NOT_CALLED = {
    "Log": LAMBDA_LOGS,
    "TakeTraining": LAMBDA_POLLS,
    "TakeBufferedPredictions": LAMBDA_POLLS,
    "TakeReplay": LAMBDA_POLLS,
    "TakeDeadLetter": LAMBDA_POLLS,
    "TellMissingFromForbidden": FORBIDDEN_OR_MISSING,
    "SignUploads": "S3 asks for it when the link that was signed is used",
    "ReplayAnswers dynamodb:GetItem": "Powertools reads a record that a refusal does not carry",
    "GiveUpUploads": "boto3 gives up an upload in parts when one of them fails",
    "ReadAllowedBuckets": "only there with the parameter AllowedDatasetBuckets",
    "ListAllowedBuckets": "as ReadAllowedBuckets",
    "LinkResults": "S3 asks for it when the link that was signed is used",
    "KeepFetchedInput": "of web links; tests/e2e/test_scoring.py fetches one",
    "ReadFetchedInput": "of web links; tests/e2e/test_scoring.py fetches one",
}

type Calls = dict[str, set[tuple[str, str]]]


class Recorder:
    """Notes every call of every client under the function that is at work."""

    def __init__(self, resources: dict[str, str]) -> None:
        self.calls: Calls = defaultdict(set)
        self._resources = resources
        self._function: str | None = None

    @contextmanager
    def running(self, function: str) -> Iterator[None]:
        self._function = function
        try:
            yield
        finally:
            self._function = None

    def note(self, service: str, operation: str, params: dict[str, Any]) -> None:
        if self._function:
            found = self._needed(service, operation, params)
            prefix = IAM_PREFIXES.get(service, service)
            self.calls[self._function] |= {(f"{prefix}:{a}", r) for a, r in found}

    def _needed(
        self, service: str, operation: str, params: dict[str, Any]
    ) -> Iterator[tuple[str, str]]:
        action = ACTIONS.get(operation, operation)
        match service, params:
            case "dynamodb", {"TransactItems": items}:
                for item in items:
                    ((kind, write),) = item.items()
                    yield IN_TRANSACTIONS[kind], write["TableName"]
            case "dynamodb", {"RequestItems": tables}:
                yield from ((action, table) for table in tables)
            case "dynamodb", {"TableName": table}:
                index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
                yield action, f"{table}{index}"
            case "s3", {"Bucket": bucket, "Key": key}:
                yield action, f"{self._resources[bucket]}/{key}"
            case "s3", {"Bucket": bucket}:
                yield action, self._resources[bucket]
            case "sqs", {"QueueUrl": url}:
                yield action.removesuffix("Batch"), self._resources[url]
            case "stepfunctions", _:
                yield action, self._workflow(**params)
            case "cloudwatch", _:
                yield action, "*"
            case _:
                raise AssertionError(f"{service}:{operation} has no resource that is known here")

    def _workflow(
        self, stateMachineArn: str | None = None, executionArn: str = "", **_: Any
    ) -> str:
        if stateMachineArn:
            return self._resources[stateMachineArn]
        machine, _, name = executionArn.partition(":execution:fraud-")[2].partition(":")
        return f"{EXECUTIONS}{machine}:{name}"


def allowed(template: dict[str, Any], function: str) -> dict[tuple[str, str], str]:
    """What a function's role allows: action and resource -> Sid."""
    role = template["Resources"][function]["Properties"]["Role"].removesuffix(".Arn")
    found = {}
    for policy in template["Resources"][role]["Properties"]["Policies"]:
        for entry in policy["PolicyDocument"]["Statement"]:
            statement = entry[1] if isinstance(entry, list) else entry
            resources = statement["Resource"]
            if not all(isinstance(r, str) for r in as_list(resources)):
                resources = "parameter"
            for action in as_list(statement["Action"]):
                for resource in as_list(resources):
                    plain = re.sub(r"\$\{(\w+)\.Arn\}", r"\1", resource).removesuffix(".Arn")
                    found[action, plain] = statement["Sid"]
    return found


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def covers(statement: tuple[str, str], call: tuple[str, str]) -> bool:
    pattern = re.escape(statement[1]).replace(r"\*", ".*")
    return statement[0] == call[0] and bool(re.fullmatch(pattern, call[1]))


@pytest.fixture(scope="module")
def recorder(template: dict[str, Any], lasting_stack: Any) -> Iterator[Recorder]:
    urls = {
        "TRAINING_QUEUE_URL": lasting_stack.queue_url,
        "REPLAY_QUEUE_URL": lasting_stack.replay_queue_url,
        "LOG_BUFFER_QUEUE_URL": lasting_stack.buffer_url,
        "LOG_BUFFER_DEAD_LETTER_QUEUE_URL": lasting_stack.buffer_dead_letters_url,
    }
    names = {
        name: value
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
        for name, value in resource["Properties"]
        .get("Environment", {})
        .get("Variables", {})
        .items()
    }
    machines = {
        os.environ[name]: names[name]
        for name in ("TRAINING_STATE_MACHINE_ARN", "SCORING_STATE_MACHINE_ARN")
    }
    resources = {BUCKET: "DataBucket"} | {url: names[name] for name, url in urls.items()}
    resources |= machines
    recorder = Recorder(resources)
    call = botocore.client.BaseClient._make_api_call

    def noted(client: Any, operation: str, params: dict[str, Any]) -> Any:
        recorder.note(client.meta.service_model.service_name, operation, params)
        return call(client, operation, params)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(botocore.client.BaseClient, "_make_api_call", noted)
        yield recorder


@contextmanager
def failing(client: Any, call: str) -> Iterator[None]:
    """Let an operation of a client be refused."""

    def refuse(**_: Any) -> None:
        error = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
        raise ClientError(error, call)  # type: ignore[arg-type]

    client.meta.events.register(f"before-parameter-build.{call}", refuse)
    try:
        yield
    finally:
        client.meta.events.unregister(f"before-parameter-build.{call}", refuse)


@dataclass(frozen=True)
class Watched:
    """A stack for those who call handlers themselves."""

    stack: Any
    recorder: Recorder

    def function(self, name: str) -> Any:
        words = "".join(word.capitalize() for word in name.split("_"))
        original = self.stack.function(name).handler

        def handler(event: Any, context: Any) -> Any:
            with self.recorder.running(f"{words}Function"):
                return original(event, context)

        return SimpleNamespace(handler=handler)

    def context(self, *how: Any) -> Any:
        return self.stack.context(*how)


@dataclass(frozen=True)
class Run:
    """Puts each function through all that makes it call AWS; in the order of its methods."""

    stack: Any
    recorder: Recorder
    fitted: FitResult
    sample: bytes

    @property
    def watched(self) -> Watched:
        """The stack, whose functions' calls are noted."""
        return Watched(self.stack, self.recorder)

    def call(self, function: str, *request: Any, status: int = 200, **how: Any) -> Any:
        """Send a function a request, and note what it calls."""
        name = f"{function.capitalize()}Function"
        with self.recorder.running(name):
            answer = self.stack.call(function, *request, **how)
        assert answer.status == status, (request, answer)
        return answer.body

    def status(self) -> None:
        self.call("status", "GET", "/api/v1/status", client=None)

    def docs(self) -> None:
        self.call("docs", "GET", "/openapi.json", client=None)
        self.call("docs", "GET", "/doc", client=None)

    def authorizer(self) -> None:
        made = create_key("live", "shop", [Scope.READ], NOW)
        KeysTable(aws_clients.dynamodb_client(), "ApiKeysTable").put(made.record)
        arn = "arn:aws:execute-api:us-east-1:123456789012:abc/live/GET/api/v1/training"
        asked = {"headers": {"X-Api-Key": made.key}, "methodArn": arn}
        with self.recorder.running("AuthorizerFunction"):
            self.stack.function("authorizer").handler(asked, self.stack.context())

    def training(self) -> None:
        ask = ("training", "POST", "/api/v1/training")
        for _ in range(2):
            self.call(*ask, LINK, status=202, headers={"Idempotency-Key": "a"})
        self.call(*ask, {}, status=422, headers={"Idempotency-Key": "b"})
        with failing(aws_clients.sqs_client(), "sqs.SendMessage"):
            self.call(*ask, LINK, status=503)
        assert self.call("training", "GET", "/api/v1/training")["trainings"]
        self.call("training", "GET", "/api/v1/training/1")
        self.call("training", "POST", "/api/v1/datasets", {}, status=201)

    def trainer(self) -> None:
        self.stack.queued()
        boto3.client("s3").put_object(Bucket=BUCKET, Key="uploads/bad.csv", Body=b"a,b\n1,2\n")
        asked = {"dataset": f"s3://{BUCKET}/uploads/bad.csv"}
        training_id = self.call("training", "POST", "/api/v1/training", asked, status=202)["id"]
        records = self.stack.queued()
        with self.recorder.running("TrainerFunction"):
            self.stack.deliver(records)
        self._as_if_the_worker_had_died(training_id)
        with self.recorder.running("TrainerFunction"):
            self.stack.deliver(records)
            with failing(aws_clients.dynamodb_client(), "dynamodb.UpdateItem"):
                self.stack.deliver(records)  # comes back later
            job, lease = trainer_wiring.job(), NOW + timedelta(hours=1)
            training, registry = job.trainings.claim(1, "a test", NOW, lease), job.registry
            made = registry.register(training, self.fitted)
            assert registry.release(training, made)["promote"]
            registry.made_before(training)
            enabled = registry.enabled()
        assert enabled
        assert enabled.verified
        for name, path in self.fitted.files.items():
            boto3.client("s3").upload_file(str(path), BUCKET, f"models/other/{name}")
        registry.models.register(made.record.model_copy(update={"name": "other", "version": 8}))

    def _as_if_the_worker_had_died(self, training_id: int) -> None:
        """With its copy of the dataset made, on which the next one trains."""
        table, key = {"TableName": "TrainingsTable"}, {"id": {"N": str(training_id)}}
        row = boto3.client("dynamodb").get_item(**table, Key=key)["Item"]
        assert row["dataset_copy"]["S"].startswith("datasets/")
        boto3.client("dynamodb").put_item(**table, Item=row | {"status": {"S": "pending"}})

    def predict(self) -> None:
        ask = ("predict", "POST", PREDICT)
        for _ in range(2):
            self.call(*ask, TRANSACTION, headers={"Idempotency-Key": "a"})
        self.call(*ask, {}, status=422, headers={"Idempotency-Key": "b"})
        batch = {"transactions": [TRANSACTION] * 1000, "reasons": True}
        self.call("predict", "POST", f"{PREDICT}/batch", batch)
        with failing(aws_clients.prompt_dynamodb_client(), "dynamodb.PutItem"):
            self.call(*ask, TRANSACTION)

    def log_writer(self) -> None:
        boto3.client("sqs").send_message(QueueUrl=self.stack.buffer_url, MessageBody="{}")
        event = {"Records": self.stack.queued(self.stack.buffer_url)}
        assert len(event["Records"]) == 2
        with self.recorder.running("LogWriterFunction"):
            self.stack.function("log_writer").handler(event, self.stack.context())

    def predictions(self) -> None:
        made = self.call("predict", "POST", PREDICT, TRANSACTION)
        path = f"/api/v1/predictions/{made['prediction_id']}"
        assert self.call("predictions", "GET", "/api/v1/predictions")["predictions"]
        self.call("predictions", "GET", path)
        route = "/api/v1/predictions/{prediction_id}/label"
        for body, key, status in ((FRAUD, "a", 200), (FRAUD, "a", 200), ({}, "b", 422)):
            how = {"resource": route, "headers": {"Idempotency-Key": key}, "status": status}
            self.call("predictions", "POST", f"{path}/label", body, **how)

    def health(self) -> None:
        self.call("health", "GET", "/api/v1/model/healthy")

    def models(self) -> None:
        listed = self.call("models", "GET", "/api/v1/models")["models"]
        first, second = (model["name"] for model in listed)
        for path in ("", f"/compare/{second}"):
            self.call("models", "GET", f"/api/v1/models/{first}{path}")

    def registry(self) -> None:
        why, rollback = {"reason": "a test"}, ("registry", "POST", "/api/v1/models/rollback")
        self.call("registry", "POST", "/api/v1/models/other/promote", why)
        for body, key, status in ((why, "a", 200), (why, "a", 200), ({}, "b", 422)):
            self.call(*rollback, body, headers={"Idempotency-Key": key}, status=status)
        for action, more in (("challenge", {"share": 0.5}), ("withdraw", {}), ("archive", {})):
            self.call("registry", "POST", f"/api/v1/models/other/{action}", why | more)

    def replays(self) -> None:
        ask, window = ("replays", "POST", "/api/v1/models/other/replay"), {"from": START, "to": END}
        resource = "/api/v1/models/{name}/replay"
        for body, key, status in ((window, "a", 202), (window, "a", 202), ({}, "b", 422)):
            how = {"resource": resource, "headers": {"Idempotency-Key": key}, "status": status}
            self.call(*ask, body, **how)
        with failing(aws_clients.sqs_client(), "sqs.SendMessage"):
            self.call(*ask, window, status=503)
        (_, replay) = self.call("replays", "GET", "/api/v1/replays")["replays"]
        self.call("replays", "GET", f"/api/v1/replays/{replay['id']}")

    def replayer(self) -> None:
        event = {"Records": self.stack.queued(self.stack.replay_queue_url)}
        assert event["Records"]
        handler = self.stack.function("replayer").handler
        with self.recorder.running("ReplayerFunction"):
            with failing(aws_clients.dynamodb_client(), "dynamodb.UpdateItem"):
                handler(event, self.stack.context())  # comes back later
            handler(event, self.stack.context(remaining_ms=1_000))  # goes on in another
            handler(event, self.stack.context())

    def training_over_files(self) -> None:
        for number in range(2):
            put(f"uploads/many/{number}.csv", self.sample)
        asked = {"dataset": f"s3://{BUCKET}/uploads/many/"}
        ask = ("training", "POST", "/api/v1/training", asked)
        training_id = self.call(*ask, status=202)["id"]
        with self.recorder.running("TrainerFunction"):
            self.stack.train()
        workflow = TrainingWorkflow(self.watched, training_id)
        workflow.run()
        self.call("training", "GET", f"/api/v1/training/{training_id}")
        workflow = TrainingWorkflow(self.watched, self.call(*ask, status=202)["id"])
        workflow.join("plan")
        self.call("training", "GET", f"/api/v1/training/{workflow.plan['id']}")
        workflow.fail()
        training_id = self.call(*ask, status=202)["id"]
        with self.recorder.running("TrainerFunction"):
            self.stack.train()
        stop_training(training_id)
        stopped = self.call("training", "GET", f"/api/v1/training/{training_id}")
        assert stopped["error"]["code"] == "workflow_ended"

    def scoring(self) -> None:
        for number in range(2):
            put(f"uploads/scored/{number}.csv", self.sample + b"1,2\n")
        asked = {"dataset": f"s3://{BUCKET}/uploads/scored/"}
        ask = ("scoring", "POST", "/api/v1/scoring")
        for _ in range(2):
            answer = self.call(*ask, asked, status=202, headers={"Idempotency-Key": "a"})
        self.call(*ask, {}, status=422, headers={"Idempotency-Key": "b"})
        self.call(*ask, asked | {"model": "other"}, status=202)
        with failing(aws_clients.step_functions_client(), "stepfunctions.StartExecution"):
            self.call(*ask, asked, status=503)
        path = f"/api/v1/scoring/{answer['id']}"
        assert self.call("scoring", "GET", "/api/v1/scoring")["scorings"]
        self.call("scoring", "GET", path)
        ScoringWorkflow(self.watched, answer["id"]).run()
        assert self.call("scoring", "GET", path)["links"]
        parts = self.call("scoring", "GET", f"{path}/parts")["parts"]
        assert any(part["refused"] for part in parts)
        other = self.call(*ask, asked, status=202)["id"]
        self.call("scoring", "POST", f"/api/v1/scoring/{other}/cancel", {})
        ScoringWorkflow(self.watched, other).fail()

    def dead_letters(self) -> None:
        ask = ("training", "POST", "/api/v1/training")
        training_id = self.call(*ask, LINK, status=202)["id"]
        event = {"Records": [r for r in self.stack.queued() if str(training_id) in r["body"]]}
        with self.recorder.running("DeadLettersFunction"):
            self.stack.function("dead_letters").handler(event, self.stack.context())

    def sweeper(self) -> None:
        for key in ("models/orphan/model.onnx", "datasets/orphan"):
            boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"x")
        asked = {"dataset": f"s3://{BUCKET}/uploads/many/"}
        training_id = self.call("training", "POST", "/api/v1/training", asked, status=202)["id"]
        TrainingWorkflow(self.watched, training_id).join("plan")
        with self.recorder.running("SweeperFunction"):
            self.stack.function("sweeper").handler({}, self.stack.context())
            sweeper, now = sweeper_wiring.sweeper(), datetime.now(UTC)
            swept = sweep(sweeper, now + timedelta(days=2), lambda: 900.0)
            too_late = sweep(sweeper, now + timedelta(days=9), lambda: 900.0)
        assert swept.requeued
        assert too_late.given_up
        assert (swept.models, swept.datasets) == (["orphan"], ["datasets/orphan"])

    def monitor(self) -> None:
        with self.recorder.running("MonitorFunction"):
            self.stack.function("monitor").handler({}, self.stack.context())
            watch, later = monitor_wiring.watch(), NOW + timedelta(days=30)
            rules = RetrainingRules(dataset=LINK["dataset"])
            assert retrain("drift", "other", rules, watch.table, watch.trainers, later)


@pytest.fixture(scope="module")
def calls(
    recorder: Recorder, lasting_stack: Any, fitted: FitResult, tmp_path_factory: Any
) -> Calls:
    """What every function called when it did all it can do."""
    path = tmp_path_factory.mktemp("sample") / "sample.csv"
    write_sample(path, 8_000, seed=5, fraud_rate=0.03)
    run = Run(lasting_stack, recorder, fitted, path.read_bytes())
    for put_through in (
        *(run.status, run.docs, run.authorizer, run.training, run.trainer, run.predict),
        *(run.log_writer, run.predictions, run.health, run.models, run.registry, run.replays),
        *(
            run.replayer,
            run.training_over_files,
            run.scoring,
            run.dead_letters,
            run.sweeper,
            run.monitor,
        ),
    ):
        put_through()
    return recorder.calls


def functions(template: dict[str, Any]) -> list[str]:
    return [n for n, r in template["Resources"].items() if r["Type"] == "AWS::Serverless::Function"]


def test_every_call_is_allowed_by_the_functions_role(
    template: dict[str, Any], calls: Calls
) -> None:
    refused = {
        (function, *call)
        for function, made in calls.items()
        for call in made
        if not any(covers(statement, call) for statement in allowed(template, function))
    }
    assert refused == set()


def test_a_role_allows_nothing_that_its_function_does_not_call(
    template: dict[str, Any], calls: Calls
) -> None:
    superfluous = {
        (function, sid, *statement)
        for function in functions(template)
        for statement, sid in allowed(template, function).items()
        if not {sid, f"{sid} {statement[0]}"} & NOT_CALLED.keys()
        and not any(covers(statement, call) for call in calls[function])
    }
    assert superfluous == set(), "\n".join(map(str, sorted(superfluous)))


def test_functions_that_call_nothing_may_do_nothing_but_log(
    template: dict[str, Any], calls: Calls
) -> None:
    for function in functions(template):
        sids = set(allowed(template, function).values())
        assert (sids == {"Log"}) is not calls[function], function


def test_every_reason_is_that_of_a_statement(template: dict[str, Any]) -> None:
    named = {
        name
        for function in functions(template)
        for (action, _), sid in allowed(template, function).items()
        for name in (sid, f"{sid} {action}")
    }
    assert NOT_CALLED.keys() <= named


@pytest.mark.parametrize(
    ("function", "action", "resource"),
    [
        ("StatusFunction", "dynamodb:GetItem", "ApiKeysTable"),
        ("AuthorizerFunction", "dynamodb:PutItem", "ApiKeysTable"),
        ("TrainingFunction", "s3:GetObject", "DataBucket/uploads/a.csv"),
        ("TrainerFunction", "dynamodb:GetItem", "PredictionsTable"),
        ("PredictFunction", "dynamodb:UpdateItem", "ModelsTable"),
        ("PredictFunction", "s3:PutObject", "DataBucket/models/a/model.onnx"),
        ("ModelsFunction", "dynamodb:PutItem", "ModelsTable"),
        ("HealthFunction", "s3:GetObject", "DataBucket/models/a/model.onnx"),
        ("LogWriterFunction", "dynamodb:DeleteItem", "PredictionsTable"),
    ],
)
def test_what_would_matter_most_is_allowed_to_none_that_does_not_need_it(
    template: dict[str, Any], function: str, action: str, resource: str
) -> None:
    assert not any(covers(s, (action, resource)) for s in allowed(template, function))


@pytest.mark.parametrize("table", ["ApiKeysTable", "PredictionsTable", "ModelsTable"])
def test_no_function_may_delete_from_a_table_that_is_kept(
    template: dict[str, Any], table: str
) -> None:
    for function in functions(template):
        for action, resource in allowed(template, function):
            assert not (resource.startswith(table) and "Delete" in action), function
