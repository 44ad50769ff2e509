"""The template keeps the promises that nothing but AWS itself would check."""

import inspect
import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from samtranslator.translator.transform import transform

from fraud.adapters import aws_clients
from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.aws_clients import PROMPT_DYNAMODB
from fraud.adapters.keys_table import KeysTable
from fraud.adapters.prediction_buffer import MAX_BATCH_BYTES
from fraud.domain.access import ROUTES
from fraud.domain.uploads import uploads_of
from fraud.services.giving_up import GivenUp
from fraud.services.leased_jobs import MAX_ATTEMPTS
from fraud.services.sweep_metrics import given_up_metrics
from fraud.settings import Settings
from fraud.wiring.authorizer import AuthorizerSettings
from fraud.wiring.dead_letters import DeadLettersSettings
from fraud.wiring.docs import DocsSettings
from fraud.wiring.health import HealthSettings
from fraud.wiring.log_writer import LogWriterSettings
from fraud.wiring.models import ModelsSettings, RegistrySettings
from fraud.wiring.monitor import MonitorSettings
from fraud.wiring.predictions import PredictionsSettings
from fraud.wiring.replays import ReplaysSettings
from fraud.wiring.scoring import ScoringSettings
from fraud.wiring.scoring_finish import ScoringFinishSettings
from fraud.wiring.sweeper import SweeperSettings
from fraud.wiring.training import TrainingSettings
from fraud_serving.replay_wiring import ReplayerSettings
from fraud_serving.wiring import PredictSettings
from fraud_training.scoring.plan_wiring import ScoringPlanSettings
from fraud_training.scoring.range_wiring import ScoringRangeSettings
from fraud_training.shards.join_wiring import TrainingJoinSettings
from fraud_training.shards.shard_wiring import TrainingShardSettings
from fraud_training.wiring import TrainerSettings

PROJECT = Path(__file__).resolve().parents[2]
SETTINGS: dict[str, type[Settings]] = {
    "AuthorizerFunction": AuthorizerSettings,
    "DeadLettersFunction": DeadLettersSettings,
    "DocsFunction": DocsSettings,
    "HealthFunction": HealthSettings,
    "LogWriterFunction": LogWriterSettings,
    "ModelsFunction": ModelsSettings,
    "MonitorFunction": MonitorSettings,
    "PredictFunction": PredictSettings,
    "PredictionsFunction": PredictionsSettings,
    "RegistryFunction": RegistrySettings,
    "ScoringFunction": ScoringSettings,
    "ScoringFinishFunction": ScoringFinishSettings,
    "ScoringPlanFunction": ScoringPlanSettings,
    "ScoringRangeFunction": ScoringRangeSettings,
    "SweeperFunction": SweeperSettings,
    "ReplayerFunction": ReplayerSettings,
    "ReplaysFunction": ReplaysSettings,
    "TrainerFunction": TrainerSettings,
    "TrainingFunction": TrainingSettings,
    "TrainingJoinFunction": TrainingJoinSettings,
    "TrainingShardFunction": TrainingShardSettings,
}
# Read by a library, not by a settings class.
FOR_LIBRARIES = {"OPENBLAS_NUM_THREADS"}
# The only actions allowed on all resources: IAM knows none that they could be narrowed to.
WITHOUT_RESOURCES = {
    "cloudwatch:GetMetricData",  # metrics of API Gateway, which the monitor judges
    "xray:PutTraceSegments",  # the function's own trace
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


def queues(template: dict[str, Any]) -> dict[str, str]:
    """Every queue that is worked off and its dead letters; there are no others."""
    found = of_type(template, "AWS::SQS::Queue")
    redrive = {name: q["Properties"].get("RedrivePolicy") for name, q in found.items()}
    worked_off = {
        name: str(policy["deadLetterTargetArn"]["Fn::GetAtt"]).removesuffix(".Arn")
        for name, policy in redrive.items()
        if policy
    }
    assert worked_off
    assert {*worked_off, *worked_off.values()} == set(found)
    return worked_off


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
        assert given - FOR_LIBRARIES == {field.upper() for field in fields}, name


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
        for dimension in properties.get("Dimensions", []):
            watched.add((properties["MetricName"], json.dumps(dimension["Value"])))
    for name in functions(template):
        for metric in ("Errors", "Throttles"):
            assert (metric, json.dumps({"Ref": name})) in watched, name
    for queue, dead_letters in queues(template).items():
        visible = json.dumps({"Fn::GetAtt": f"{dead_letters}.QueueName"})
        assert ("ApproximateNumberOfMessagesVisible", visible) in watched, dead_letters
        oldest = json.dumps({"Fn::GetAtt": f"{queue}.QueueName"})
        assert ("ApproximateAgeOfOldestMessage", oldest) in watched, queue


def test_every_parameter_and_output_is_described(template: dict[str, Any]) -> None:
    described = {**template["Parameters"], **template["Outputs"]}
    assert [name for name, value in described.items() if not value.get("Description")] == []
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert {p for group in groups for p in group["Parameters"]} == set(template["Parameters"])


def test_a_revoked_key_is_refused_everywhere_within_60_seconds(template: dict[str, Any]) -> None:
    authorizer = template["Resources"]["Api"]["Properties"]["Auth"]["Authorizers"]
    assert authorizer["ApiKeyAuthorizer"]["Identity"]["ReauthorizeEvery"] <= 60


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


def consumer(template: dict[str, Any], queue: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The function that works off a queue, and its event."""
    ((properties, event),) = (
        (properties, event["Properties"])
        for properties in functions(template).values()
        for event in properties.get("Events", {}).values()
        if event["Type"] == "SQS" and event["Properties"]["Queue"]["Fn::GetAtt"] == f"{queue}.Arn"
    )
    return properties, event


def test_a_message_is_hidden_for_six_times_its_functions_timeout(
    template: dict[str, Any],
) -> None:
    timeouts = template["Parameters"]["TrainerTimeoutS"]["AllowedValues"]
    visibility = {
        k: v["VisibilityTimeoutS"] for k, v in template["Mappings"]["TrainerTimes"].items()
    }
    assert visibility == {timeout: 6 * int(timeout) for timeout in timeouts}
    for name in queues(template):
        hidden = template["Resources"][name]["Properties"]["VisibilityTimeout"]
        timeout = consumer(template, name)[0]["Timeout"]
        if isinstance(timeout, int):
            assert hidden == 6 * timeout, name
        else:
            found = {"Fn::FindInMap": ["TrainerTimes", timeout, "VisibilityTimeoutS"]}
            assert hidden == found, name


def test_a_failed_message_comes_back_alone_and_to_few_at_once(template: dict[str, Any]) -> None:
    for name in queues(template):
        event = consumer(template, name)[1]
        assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert "MaximumConcurrency" in event["ScalingConfig"], name


def test_jobs_are_tried_five_times_a_prediction_as_often_as_sqs_can(
    template: dict[str, Any],
) -> None:
    def tries(queue: str) -> int:
        redrive = template["Resources"][queue]["Properties"]["RedrivePolicy"]
        return int(redrive["maxReceiveCount"])

    for queue in ("TrainingQueue", "ReplayQueue"):
        assert consumer(template, queue)[1]["BatchSize"] == 1
        # A job that keeps failing, or killing its workers, ends before its message does.
        assert tries(queue) == 5 > MAX_ATTEMPTS + 1
    assert tries("PredictionBufferQueue") == 1000


def test_the_sweeper_knows_how_long_the_queue_hides_and_keeps_messages(
    template: dict[str, Any],
) -> None:
    queue = template["Resources"]["TrainingQueue"]["Properties"]
    given = functions(template)["SweeperFunction"]["Environment"]["Variables"]
    assert given["MESSAGE_KEPT_S"] == str(queue["MessageRetentionPeriod"])
    hidden = {"Seconds": queue["VisibilityTimeout"]}
    assert given["MESSAGE_HIDDEN_S"] == {"Fn::Sub": ["${Seconds}", hidden]}


def test_a_dead_letter_is_hidden_for_six_times_its_functions_timeout(
    template: dict[str, Any],
) -> None:
    timeout = template["Globals"]["Function"]["Timeout"]
    properties, event = consumer(template, "TrainingDeadLetterQueue")
    assert "Timeout" not in properties
    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    queue = template["Resources"]["TrainingDeadLetterQueue"]["Properties"]
    assert queue["VisibilityTimeout"] == 6 * timeout


def test_a_training_that_is_given_up_rings_an_alarm(template: dict[str, Any]) -> None:
    alarm = template["Resources"]["TrainingGivenUpAlarm"]["Properties"]
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    (measured,) = given_up_metrics([GivenUp(1, "shop", 3, "worker_lost", None)])
    assert alarm["MetricName"] == measured.name
    assert alarm["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
    service = variables["POWERTOOLS_SERVICE_NAME"]
    assert alarm["Dimensions"] == [{"Name": "service", "Value": service}]


def test_queues_are_encrypted_and_keep_dead_letters_for_as_long_as_sqs_can(
    template: dict[str, Any],
) -> None:
    longest_s = 14 * 24 * 3600
    resources = of_type(template, "AWS::SQS::Queue")
    for name, queue in resources.items():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True, name
    for queue, dead_letters in queues(template).items():
        kept = resources[dead_letters]["Properties"]["MessageRetentionPeriod"]
        assert kept == longest_s >= resources[queue]["Properties"]["MessageRetentionPeriod"]
    buffered = resources["PredictionBufferQueue"]["Properties"]
    assert buffered["MessageRetentionPeriod"] == longest_s
    assert buffered["MaximumMessageSize"] == MAX_BATCH_BYTES


def test_a_batch_of_timeouts_ends_before_the_log_writer_does(template: dict[str, Any]) -> None:
    properties, event = consumer(template, "PredictionBufferQueue")
    longest_try_s = PROMPT_DYNAMODB["connect_timeout"] + PROMPT_DYNAMODB["read_timeout"]
    tries = PROMPT_DYNAMODB["retries"]["total_max_attempts"]
    assert properties["Timeout"] > event["BatchSize"] * tries * longest_try_s


def test_tables_are_encrypted_and_recoverable_and_outlive_the_stack(
    template: dict[str, Any],
) -> None:
    for name, table in of_type(template, "AWS::DynamoDB::Table").items():
        properties = table["Properties"]
        assert properties["BillingMode"] == "PAY_PER_REQUEST", name
        assert properties["SSESpecification"] == {"SSEEnabled": True}, name
        recovery = properties["PointInTimeRecoverySpecification"]
        assert recovery == {"PointInTimeRecoveryEnabled": True}, name
        if name not in {"IdempotencyTable", "UsageTable"}:
            assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain", name


def test_tables_refuse_plain_http_and_allow_nobody_anything(template: dict[str, Any]) -> None:
    """Roles alone allow. DynamoDB answers plain HTTP too, as botocore's endpoints say."""
    for name, table in of_type(template, "AWS::DynamoDB::Table").items():
        (statement,) = table["Properties"]["ResourcePolicy"]["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny", name
        assert statement["Principal"] == statement["Resource"] == "*", name
        assert statement["Action"] == "dynamodb:*", name
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}, name


def test_the_authorizer_may_write_when_a_key_was_used_and_nothing_else(
    template: dict[str, Any],
) -> None:
    role = statements(template["Resources"]["AuthorizerRole"])
    (writing,) = (s for s in role if s["Action"] == "dynamodb:UpdateItem")
    (names,) = writing["Condition"]["ForAllValues:StringEquals"].values()
    source = inspect.getsource(KeysTable.note_use)
    used = set(re.findall(r"(?:SET |exists\(|OR )(\w+)(?=[ )])", source))
    assert names == ["key_hash", "last_used_on"]
    assert used - {"attribute_exists", "attribute_not_exists"} == set(names)


def test_bucket_and_queues_refuse_the_public_and_plain_http(template: dict[str, Any]) -> None:
    bucket = template["Resources"]["DataBucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    policies = of_type(template, "AWS::SQS::QueuePolicy")
    protected = {q["Ref"] for p in policies.values() for q in p["Properties"]["Queues"]}
    assert protected == set(of_type(template, "AWS::SQS::Queue"))
    for name, policy in (policies | of_type(template, "AWS::S3::BucketPolicy")).items():
        (statement,) = statements(policy)
        if "Queues" in policy["Properties"]:
            named = [q["Ref"] for q in policy["Properties"]["Queues"]]
            assert statement["Resource"] == [{"Fn::GetAtt": f"{q}.Arn"} for q in named], name
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_browsers_may_upload_from_apis_of_the_region_and_do_nothing_else(
    template: dict[str, Any],
) -> None:
    cors = template["Resources"]["DataBucket"]["Properties"]["CorsConfiguration"]
    (rule,) = cors["CorsRules"]
    assert rule["AllowedMethods"] == ["PUT"]
    assert "AllowedHeaders" not in rule
    gateway, own = rule["AllowedOrigins"]
    assert gateway["Fn::Sub"] == "https://*.execute-api.${AWS::Region}.${AWS::URLSuffix}"
    assert own["Fn::If"][:2] == ["HasConsoleOrigin", {"Ref": "ConsoleOrigin"}]
    pattern = template["Parameters"]["ConsoleOrigin"]["AllowedPattern"]
    for origin in ("", "https://fraud.example.com", "https://fraud.example.com:8443"):
        assert re.fullmatch(pattern, origin), origin
    for origin in ("*", "http://fraud.example.com", "https://*.example.com", "https://a.b/c"):
        assert not re.fullmatch(pattern, origin), origin


def test_the_console_may_reach_uploads_where_their_links_point_to(
    template: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    docs = functions(template)["DocsFunction"]["Environment"]["Variables"]
    condition, local, on_aws = docs["UPLOADS_URL"]["Fn::If"]
    assert (condition, local) == ("IsLocal", "")
    region = "us-east-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    aws_clients.s3_client.cache_clear()
    link, _ = ArtifactsBucket(aws_clients.s3_client(), "data").presign_upload(
        f"{uploads_of('shop')}a.csv", 60
    )
    aws_clients.s3_client.cache_clear()
    allowed = on_aws["Fn::Sub"]
    for name, value in {
        "AWS::Region": region,
        "AWS::URLSuffix": "amazonaws.com",
        "DataBucket": "data",
    }.items():
        allowed = allowed.replace(f"${{{name}}}", value)
    assert allowed.endswith("/")
    assert link.startswith(allowed)
    # Buckets made after June 2020 refuse version 2.
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in link
    assert "X-Amz-SignedHeaders=host&" in link


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


LOG_A_FAILED_LOOK = """
from fraud.domain.errors import ArtifactRejected
from fraud.http.api import logger  # what the function logs with
from fraud_serving import wiring

logger.error("unexpected error")
logger.warning("model_not_loaded")
wiring._report(ArtifactRejected("model.onnx was altered"), None)
"""


def matches(pattern: str, line: str) -> bool:
    """Evaluate a filter pattern of equalities joined by && as CloudWatch Logs does."""
    assert pattern.startswith("{")
    assert pattern.endswith("}")
    event = json.loads(line)
    for term in pattern[1:-1].split("&&"):
        equality = re.fullmatch(r'\s*\$\.(\w+) = "([^"*]*)"\s*', term)
        assert equality, f"{term} is more than this evaluates"
        if event.get(equality[1]) != equality[2]:
            return False
    return True


def test_a_model_that_cannot_be_loaded_rings_an_alarm(template: dict[str, Any]) -> None:
    metric_filter = template["Resources"]["ModelNotLoadedFilter"]["Properties"]
    (metric,) = metric_filter["MetricTransformations"]
    alarm = template["Resources"]["ModelNotLoadedAlarm"]["Properties"]
    assert alarm["Namespace"] == metric["MetricNamespace"]
    assert alarm["MetricName"] == metric["MetricName"]
    function = functions(template)["PredictFunction"]
    assert metric_filter["LogGroupName"] == function["LoggingConfig"]["LogGroup"]
    logged = subprocess.run(
        [sys.executable, "-c", LOG_A_FAILED_LOOK],
        env={**os.environ, "POWERTOOLS_SERVICE_NAME": "fraud-detection"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = logged.stdout.splitlines()
    found = [line for line in lines if matches(metric_filter["FilterPattern"], line)]
    assert len(lines) == 3
    assert [json.loads(line)["reason"] for line in found] == ["model.onnx was altered"]


def test_layers_are_built_for_the_processor_that_the_template_assumes(
    template: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(PROJECT / "layers")
    builder = runpy.run_path(str(PROJECT / "layers" / "build.py"))
    parameter = template["Parameters"]["Architecture"]
    assert builder["DEFAULT_ARCHITECTURE"] == parameter["Default"]
    assert set(builder["PLATFORMS"]) == set(parameter["AllowedValues"])


def test_a_changed_layer_reaches_the_functions_that_use_it(template: dict[str, Any]) -> None:
    """Through a version of theirs of another name, which the alias is moved to."""
    used = {name: {x["Ref"] for x in f["Layers"]} for name, f in functions(template).items()}
    before = versions_with(template, {})
    assert set(before) == set(used)
    for layer in of_type(template, "AWS::Serverless::LayerVersion"):
        after = versions_with(template, {layer: "s3://bucket/changed"})
        changed = {name for name in used if before[name] != after[name]}
        assert changed == {name for name in used if layer in used[name]}, layer


def versions_with(template: dict[str, Any], contents: dict[str, str]) -> dict[str, str]:
    """The names of the versions that SAM publishes, by function, for contents of layers."""
    copy = json.loads(json.dumps(template))
    for name, resource in copy["Resources"].items():
        properties = resource.get("Properties", {})
        for place in {"CodeUri", "ContentUri", "DefinitionUri", "Location"} & set(properties):
            properties[place] = contents.get(name, "s3://bucket/key")
    made = transform(copy, {}, SimpleNamespace(load=dict))["Resources"]
    return {
        resource["Properties"]["FunctionName"]["Ref"]: name
        for name, resource in made.items()
        if resource["Type"] == "AWS::Lambda::Version"
    }


def test_sections_have_banners(template: dict[str, Any]) -> None:
    text = (PROJECT / "template.yaml").read_text(encoding="utf-8")
    banners = re.findall(r"^ *# =+\n *# (.+?)\n", text, flags=re.MULTILINE)
    assert len(banners) >= 10
