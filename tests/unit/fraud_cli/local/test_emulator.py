"""The emulator as a process: what it isolates, what completes it, how it starts and stops."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fraud_cli.local import LocalStackError, processes, tools
from fraud_cli.local.deploy import local_session
from fraud_cli.local.emulator import HOST, Emulator, Running

pytestmark = pytest.mark.e2e

FUNCTION = """
import json, sys

def handler(event, context):
    what = event["body"] if isinstance(event, dict) else ""
    if what == "crash":
        raise ValueError("a secret of the function")
    if what == "look-alike":
        return {"statusCode": 401, "body": json.dumps({"message": "Unauthorized"})}
    found = []
    for name in ("boto3", "sklearn", "typer", "numpy", "onnxruntime", "moto"):
        try:
            __import__(name)
            found.append(name)
        except ImportError:
            pass
    return {"statusCode": 200, "body": json.dumps({"found": found, "executable": sys.executable})}
"""
AUTHORIZER = """
def handler(event, context):
    key = event["headers"]["x-api-key"]
    if key == "broken":
        raise ValueError("no database")
    if key == "unknown":
        raise Exception("Unauthorized")
    effect = "Allow" if key == "good" else "Deny"
    return {"principalId": key, "policyDocument": {"Version": "2012-10-17", "Statement": [
        {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}]}}
"""
FAILING_CONSUMER = """
def handler(event, context):
    raise ValueError("always")
"""


def lambda_function(code: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "InlineCode": code,
            **properties,
        },
    }


def template(message: str) -> str:
    """A small stack: an API with an authorizer, a queue whose consumer fails, a table, a filter."""
    response = {"ResponseTemplates": {"application/json": json.dumps({"error": message})}}
    route = {"RestApiId": {"Ref": "Api"}, "Method": "POST", "Path": "/echo"}
    authorizer = {
        "FunctionPayloadType": "REQUEST",
        "FunctionArn": {"Fn::GetAtt": ["Authorizer", "Arn"]},
        "Identity": {"Headers": ["X-Api-Key"], "ReauthorizeEvery": 60},
    }
    dead = {"Fn::GetAtt": ["Dead", "Arn"]}
    source = {"Queue": {"Fn::GetAtt": ["Queue", "Arn"]}, "BatchSize": 1}
    consumer = {"Type": "SQS", "Properties": source}
    resources = {
        "Api": {
            "Type": "AWS::Serverless::Api",
            "Properties": {
                "StageName": "live",
                "OpenApiVersion": "3.0.1",
                "Auth": {"DefaultAuthorizer": "Keys", "Authorizers": {"Keys": authorizer}},
                "GatewayResponses": {
                    "UNAUTHORIZED": response,
                    "ACCESS_DENIED": response,
                    "AUTHORIZER_FAILURE": {**response, "StatusCode": 503},
                    "MISSING_AUTHENTICATION_TOKEN": {**response, "StatusCode": 404},
                    "DEFAULT_5XX": response,
                },
            },
        },
        "Authorizer": lambda_function(AUTHORIZER),
        "Echo": lambda_function(FUNCTION, Events={"Post": {"Type": "Api", "Properties": route}}),
        "Consumer": lambda_function(FAILING_CONSUMER, Events={"Read": consumer}),
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "VisibilityTimeout": 1,
                "RedrivePolicy": {"deadLetterTargetArn": dead, "maxReceiveCount": 2},
            },
        },
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": "things",
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "TimeToLiveSpecification": {"AttributeName": "end", "Enabled": True},
                "Tags": [{"Key": "message", "Value": message}],
            },
        },
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/small"}},
        "Filter": {
            "Type": "AWS::Logs::MetricFilter",
            "Properties": {
                "LogGroupName": {"Ref": "Log"},
                "FilterPattern": f'{{ $.message = "{message}" }}',
                "MetricTransformations": [
                    {"MetricNamespace": "Small", "MetricName": "Said", "MetricValue": "1"}
                ],
            },
        },
    }
    outputs = {name: {"Value": {"Ref": name}} for name in ("Api", "Queue", "Dead")}
    transform = "AWS::Serverless-2016-10-31"
    return json.dumps({"Transform": transform, "Resources": resources, "Outputs": outputs})


class Stack:
    """The small stack, on an emulator."""

    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
        self.session = local_session(endpoint_url)
        self._cloudformation: Any = self.session.client("cloudformation")

    def deploy(self, message: str, *, update: bool = False) -> dict[str, str]:
        name = "update" if update else "create"
        body = {"StackName": "small", "TemplateBody": template(message)}
        getattr(self._cloudformation, f"{name}_stack")(**body)
        waiter = self._cloudformation.get_waiter(f"stack_{name}_complete")
        waiter.wait(StackName="small", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
        (stack,) = self._cloudformation.describe_stacks(StackName="small")["Stacks"]
        return {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}

    def post(self, api_id: str, key: str | None, body: str = "", path: str = "/echo") -> Any:
        url = f"{self.endpoint_url}/_aws/execute-api/{api_id}/live{path}"
        headers = {"X-Api-Key": key} if key else {}
        return httpx.post(url, headers=headers, content=body, timeout=60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def emulator(project_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    state_dir = tmp_path_factory.mktemp("state")
    made = Emulator(project_dir, state_dir)
    made.install(tools.environment("http://127.0.0.1:9", state_dir))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def running(emulator: Emulator) -> Running:
    return emulator.start(free_port())


@pytest.fixture(scope="module")
def stack(running: Running) -> tuple[Stack, dict[str, str]]:
    made = Stack(running.endpoint_url)
    return made, made.deploy("one")


def test_workers_see_boto3_and_none_of_the_tools(
    stack: tuple[Stack, dict[str, str]], project_dir: Path
) -> None:
    answer = stack[0].post(stack[1]["Api"], "good")
    assert answer.status_code == 200, answer.text
    assert answer.json()["found"] == ["boto3"]
    assert answer.json()["executable"].startswith(str(project_dir / ".fraud" / "emulator"))


@pytest.mark.parametrize(
    ("key", "path", "status"),
    [
        (None, "/echo", 401),
        ("unknown", "/echo", 401),
        ("bad", "/echo", 403),
        ("broken", "/echo", 503),
        ("good", "/nowhere", 404),
    ],
)
def test_the_gateways_own_answers_are_the_apis(
    stack: tuple[Stack, dict[str, str]], key: str | None, path: str, status: int
) -> None:
    answer = stack[0].post(stack[1]["Api"], key, path=path)
    assert (answer.status_code, answer.json()) == (status, {"error": "one"})


def test_a_crash_shows_nothing_of_the_function(stack: tuple[Stack, dict[str, str]]) -> None:
    answer = stack[0].post(stack[1]["Api"], "good", "crash")
    assert (answer.status_code, answer.json()) == (502, {"error": "one"})


def test_a_functions_own_answer_is_left_alone(stack: tuple[Stack, dict[str, str]]) -> None:
    answer = stack[0].post(stack[1]["Api"], "good", "look-alike")
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


def test_a_message_that_always_fails_reaches_the_dead_letter_queue(
    stack: tuple[Stack, dict[str, str]],
) -> None:
    sqs: Any = stack[0].session.client("sqs")
    sqs.send_message(QueueUrl=stack[1]["Queue"], MessageBody="never")
    deadline = time.monotonic() + 30
    messages: list[Any] = []
    while not messages and time.monotonic() < deadline:
        got = sqs.receive_message(QueueUrl=stack[1]["Dead"], WaitTimeSeconds=1)
        messages = got.get("Messages", [])
    assert [message["Body"] for message in messages] == ["never"]


def test_an_update_keeps_the_apis_address_and_the_tables_items(
    stack: tuple[Stack, dict[str, str]],
) -> None:
    made, outputs = stack
    dynamodb: Any = made.session.client("dynamodb")
    dynamodb.put_item(TableName="things", Item={"id": {"S": "kept"}})
    made.post(outputs["Api"], "good")
    assert made.deploy("two", update=True)["Api"] == outputs["Api"]
    assert made.post(outputs["Api"], None).json() == {"error": "two"}
    assert made.post(outputs["Api"], "good").status_code == 200
    assert dynamodb.scan(TableName="things")["Count"] == 1
    ttl = dynamodb.describe_time_to_live(TableName="things")["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "end"}


def test_a_metric_filter_is_there_with_its_pattern(
    stack: tuple[Stack, dict[str, str]],
) -> None:
    logs: Any = stack[0].session.client("logs")
    (found,) = logs.describe_metric_filters(logGroupName="/small")["metricFilters"]
    assert found["filterPattern"] in {'{ $.message = "one" }', '{ $.message = "two" }'}
    (metric,) = found["metricTransformations"]
    assert metric == {"metricNamespace": "Small", "metricName": "Said", "metricValue": "1"}


def test_only_loopback_listens(running: Running) -> None:
    with socket.socket() as probe:
        probe.settimeout(2)
        assert probe.connect_ex((HOST, running.port)) == 0
    hexadecimal = f"{running.port:04X}"
    table = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    local = [line.split()[1] for line in table if line.split()[3] == "0A"]  # LISTEN
    assert [a for a in local if a.endswith(f":{hexadecimal}")] == [f"0100007F:{hexadecimal}"]


def test_a_taken_port_is_named_with_the_option_for_another(
    project_dir: Path, tmp_path: Path
) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(LocalStackError) as caught:
            Emulator(project_dir, tmp_path).start(port)
    assert str(port) in caught.value.message
    assert "--port" in caught.value.remedy


def test_a_killed_emulator_is_noticed_and_cleared_away_by_the_next_start(
    emulator: Emulator, project_dir: Path, tmp_path: Path
) -> None:
    crashing = Emulator(project_dir, tmp_path)
    first = crashing.start(free_port())
    os.kill(first.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while crashing.running() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert crashing.running() is None
    (tmp_path / "tmp" / "left-behind").touch()
    second = crashing.start(first.port)
    assert not (tmp_path / "tmp" / "left-behind").exists()
    assert crashing.stop() == [second.pid]


def test_stopping_ends_the_workers_too_and_leaves_no_files(
    emulator: Emulator, running: Running, stack: tuple[Stack, dict[str, str]], tmp_path: Path
) -> None:
    stack[0].post(stack[1]["Api"], "good")
    stopped = emulator.stop()
    assert running.pid in stopped
    assert len(stopped) > 1
    assert [pid for pid in stopped if processes.started_at(pid)] == []
    assert emulator.running() is None
    assert not (emulator.log.parent / "tmp").exists()
    assert emulator.stop() == []
