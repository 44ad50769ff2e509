"""The template keeps the promises that nothing but AWS itself would check."""

import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from fraud.domain.access import ROUTES
from fraud.settings import Settings
from fraud.wiring.authorizer import AuthorizerSettings
from fraud.wiring.health import HealthSettings
from fraud.wiring.models import ModelsSettings
from fraud.wiring.monitor import MonitorSettings
from fraud.wiring.predictions import PredictionsSettings
from fraud.wiring.training import TrainingSettings
from fraud_serving.wiring import PredictSettings
from fraud_training.wiring import TrainerSettings

PROJECT = Path(__file__).resolve().parents[2]
SETTINGS: dict[str, type[Settings]] = {
    "AuthorizerFunction": AuthorizerSettings,
    "HealthFunction": HealthSettings,
    "ModelsFunction": ModelsSettings,
    "MonitorFunction": MonitorSettings,
    "PredictFunction": PredictSettings,
    "PredictionsFunction": PredictionsSettings,
    "RegistryFunction": ModelsSettings,
    "TrainerFunction": TrainerSettings,
    "TrainingFunction": TrainingSettings,
}
# Given to a function before its code reads it (Idempotency-Key).
AHEAD_OF_CODE = {"IDEMPOTENCY_TABLE"}
# Read by a library, not by a settings class.
FOR_LIBRARIES = {"OPENBLAS_NUM_THREADS"}
WITHOUT_RESOURCES = {
    "cloudwatch:GetMetricData",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
}
ERROR_CODES = {
    "unauthenticated",
    "forbidden",
    "not_found",
    "throttled",
    "payload_too_large",
    "unsupported_media_type",
    "bad_request",
    "unavailable",
    "internal",
}


class _Loader(yaml.SafeLoader):
    """Reads `!Ref x` as {"Ref": x} and so on."""


def _tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _tag)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    text = (PROJECT / "template.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    return loaded


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    found = template["Resources"].items()
    return {name: resource for name, resource in found if resource["Type"] == kind}


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    resources = of_type(template, "AWS::Serverless::Function")
    return {name: resource["Properties"] for name, resource in resources.items()}


def statements(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    properties = resource["Properties"]
    documents = [p["PolicyDocument"] for p in properties.get("Policies", [])]
    documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
    for document in documents:
        for statement in document["Statement"]:
            yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_every_route_of_the_code_is_deployed_with_the_key_it_needs(
    template: dict[str, Any],
) -> None:
    deployed = {}
    for properties in functions(template).values():
        for event in properties.get("Events", {}).values():
            if event["Type"] == "Api":
                route = event["Properties"]
                needs_key = route.get("Auth", {}).get("Authorizer") != "NONE"
                deployed[route["Method"], route["Path"]] = needs_key
    assert deployed == {(r.method, r.path): bool(r.scopes) for r in ROUTES}
    auth = template["Resources"]["Api"]["Properties"]["Auth"]
    authorizer = auth["Authorizers"][auth["DefaultAuthorizer"]]
    assert authorizer["Identity"] == {"Headers": ["X-Api-Key"], "ReauthorizeEvery": 60}


def test_every_function_gets_the_settings_it_reads_and_no_others(template: dict[str, Any]) -> None:
    for name, properties in functions(template).items():
        given = set(properties.get("Environment", {}).get("Variables", {}))
        fields = SETTINGS[name].model_fields if name in SETTINGS else {}
        assert given - AHEAD_OF_CODE - FOR_LIBRARIES == {field.upper() for field in fields}, name


def test_no_role_may_do_more_than_named_actions_on_named_resources(
    template: dict[str, Any],
) -> None:
    policies = {
        **of_type(template, "AWS::IAM::Role"),
        **of_type(template, "AWS::IAM::ManagedPolicy"),
    }
    for name, resource in policies.items():
        for statement in statements(resource):
            actions = set(as_list(statement["Action"]))
            assert not any("*" in action for action in actions), (name, actions)
            if not actions <= WITHOUT_RESOURCES:
                assert "*" not in as_list(statement["Resource"]), (name, statement)


def test_every_function_has_a_role_of_its_own(template: dict[str, Any]) -> None:
    roles = [properties["Role"]["Fn::GetAtt"] for properties in functions(template).values()]
    assert len(set(roles)) == len(roles)


def test_every_function_has_a_log_group_with_retention_that_its_role_may_write(
    template: dict[str, Any],
) -> None:
    for name, properties in functions(template).items():
        group = properties["LoggingConfig"]["LogGroup"]["Ref"]
        resource = template["Resources"][group]
        assert "RetentionInDays" in resource["Properties"], name
        role = properties["Role"]["Fn::GetAtt"].removesuffix(".Arn")
        log = next(s for s in statements(template["Resources"][role]) if s["Sid"] == "Log")
        assert log["Resource"] == {"Fn::GetAtt": f"{group}.Arn"}, name


def test_every_function_and_queue_has_described_alarms(template: dict[str, Any]) -> None:
    watched = set()
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
        properties = alarm["Properties"]
        assert len(properties["AlarmDescription"]) > 40, name
        assert properties["AlarmActions"] == [{"Ref": "AlarmTopic"}], name
        watched.add((properties["MetricName"], json.dumps(properties["Dimensions"][0]["Value"])))
    for name in functions(template):
        for metric in ("Errors", "Throttles"):
            assert (metric, json.dumps({"Ref": name})) in watched, name
    dead_letters = json.dumps({"Fn::GetAtt": "TrainingDeadLetterQueue.QueueName"})
    assert ("ApproximateNumberOfMessagesVisible", dead_letters) in watched
    queue = json.dumps({"Fn::GetAtt": "TrainingQueue.QueueName"})
    assert ("ApproximateAgeOfOldestMessage", queue) in watched


def test_every_parameter_and_output_is_described(template: dict[str, Any]) -> None:
    described = {**template["Parameters"], **template["Outputs"]}
    assert [name for name, value in described.items() if not value.get("Description")] == []
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert {p for group in groups for p in group["Parameters"]} == set(template["Parameters"])


def test_gateway_responses_have_the_form_of_every_other_error(template: dict[str, Any]) -> None:
    responses = template["Resources"]["Api"]["Properties"]["GatewayResponses"]
    for kind, response in responses.items():
        text = response["ResponseTemplates"]["application/json"]
        text = text.replace("$context.error.messageString", '"a message"')
        error = json.loads(text)["error"]
        assert set(error) == {"code", "message", "request_id"}, kind
        assert error["code"] in ERROR_CODES, kind
        assert error["request_id"] == "$context.requestId", kind
        if response.get("StatusCode") in {429, 503}:
            assert "Retry-After" in response["ResponseParameters"]["Headers"], kind
    assert responses["MISSING_AUTHENTICATION_TOKEN"]["StatusCode"] == 404
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= set(responses)


def test_a_message_is_hidden_for_six_times_the_trainer_timeout(template: dict[str, Any]) -> None:
    timeouts = template["Parameters"]["TrainerTimeoutS"]["AllowedValues"]
    visibility = {
        k: v["VisibilityTimeoutS"] for k, v in template["Mappings"]["TrainerTimes"].items()
    }
    assert visibility == {timeout: 6 * int(timeout) for timeout in timeouts}
    queue = template["Resources"]["TrainingQueue"]["Properties"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    event = functions(template)["TrainerFunction"]["Events"]["QueuedTraining"]["Properties"]
    assert event["BatchSize"] == 1
    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_tables_are_encrypted_and_recoverable_and_outlive_the_stack(
    template: dict[str, Any],
) -> None:
    for name, table in of_type(template, "AWS::DynamoDB::Table").items():
        properties = table["Properties"]
        assert properties["BillingMode"] == "PAY_PER_REQUEST", name
        assert properties["SSESpecification"] == {"SSEEnabled": True}, name
        recovery = properties["PointInTimeRecoverySpecification"]
        assert recovery == {"PointInTimeRecoveryEnabled": True}, name
        if name != "IdempotencyTable":
            assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain", name


def test_bucket_and_queues_refuse_the_public_and_plain_http(template: dict[str, Any]) -> None:
    bucket = template["Resources"]["DataBucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    for name in ("DataBucketPolicy", "TrainingQueuesPolicy"):
        (statement,) = statements(template["Resources"][name])
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def evaluated(rule: Any, values: dict[str, str]) -> Any:
    """Evaluate a rule's assertion as CloudFormation does."""
    if not isinstance(rule, dict):
        return rule
    ((name, argument),) = rule.items()
    if name == "Ref":
        return values[argument]
    arguments = [evaluated(a, values) for a in argument]
    return any(arguments) if name == "Fn::Or" else arguments[0] == arguments[1]


@pytest.mark.parametrize(
    ("target", "loopback", "accepted"),
    [("aws", "false", True), ("aws", "true", False), ("local", "true", True)],
)
def test_loopback_links_are_refused_for_aws(
    template: dict[str, Any], target: str, loopback: str, accepted: bool
) -> None:
    values = {"DeploymentTarget": target, "AllowLoopbackLinks": loopback}
    (assertion,) = template["Rules"]["LoopbackLinksOnlyLocally"]["Assertions"]
    assert evaluated(assertion["Assert"], values) is accepted


def test_the_target_local_waits_on_aws_for_a_signal_that_never_comes(
    template: dict[str, Any],
) -> None:
    guard = template["Resources"]["RefusedByAws"]
    assert guard["Type"] == "AWS::CloudFormation::WaitCondition"
    assert guard["Condition"] == "IsLocal"
    assert template["Conditions"]["IsLocal"] == {
        "Fn::Equals": [{"Ref": "DeploymentTarget"}, "local"]
    }
    assert template["Parameters"]["DeploymentTarget"]["Default"] == "aws"


def test_layers_are_built_for_the_processor_that_the_template_assumes(
    template: dict[str, Any],
) -> None:
    builder = runpy.run_path(str(PROJECT / "layers" / "build.py"))
    parameter = template["Parameters"]["Architecture"]
    assert builder["DEFAULT_ARCHITECTURE"] == parameter["Default"]
    assert set(builder["PLATFORMS"]) == set(parameter["AllowedValues"])


def test_sections_have_banners(template: dict[str, Any]) -> None:
    text = (PROJECT / "template.yaml").read_text(encoding="utf-8")
    banners = re.findall(r"^ *# =+\n *# (.+?)\n", text, flags=re.MULTILINE)
    assert len(banners) >= 10
