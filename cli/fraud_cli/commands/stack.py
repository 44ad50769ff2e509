"""`fraud up`, `fraud down`, `fraud status`: the local stack."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from fraud.domain.keys import Scope, create_key
from fraud_cli.client import ApiClient
from fraud_cli.commands.model import EXAMPLE
from fraud_cli.commands.options import AsJson
from fraud_cli.connection import (
    Connection,
    connection_file,
    find_connection,
    save_connection,
    saved_connection,
)
from fraud_cli.demo import first_model, first_prediction
from fraud_cli.deployment import local_deployment, local_stack
from fraud_cli.local import DEFAULT_PORT, StackInfo
from fraud_cli.output import err, out, print_facts, print_json

DEMO_CLIENT = "local"
ENVIRONMENT_OUTPUTS = {
    "TRAININGS_TABLE": "TrainingsTableName",
    "MODELS_TABLE": "ModelsTableName",
    "PREDICTIONS_TABLE": "PredictionsTableName",
    "API_KEYS_TABLE": "ApiKeysTableName",
    "IDEMPOTENCY_TABLE": "IdempotencyTableName",
    "USAGE_TABLE": "UsageTableName",
    "MONITORING_TABLE": "MonitoringTableName",
    "REPLAYS_TABLE": "ReplaysTableName",
    "SCORINGS_TABLE": "ScoringsTableName",
    "SCORING_STATE_MACHINE_ARN": "ScoringStateMachineArn",
    "TRAINING_STATE_MACHINE_ARN": "TrainingStateMachineArn",
    "DATA_BUCKET": "DataBucketName",
    "TRAINING_QUEUE_URL": "TrainingQueueUrl",
    "REPLAY_QUEUE_URL": "ReplayQueueUrl",
    "LOG_BUFFER_QUEUE_URL": "PredictionBufferQueueUrl",
    "LOG_BUFFER_DEAD_LETTER_QUEUE_URL": "PredictionBufferDeadLetterQueueUrl",
}


def up(
    port: Annotated[
        int | None,
        typer.Option(help=f"Port on 127.0.0.1 (default {DEFAULT_PORT}).", min=1, max=65535),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo/--no-demo", help="Train a first model and predict once.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Build and run the whole stack on this machine, with a first model in it."""
    project_dir = Path.cwd()
    stages = Stages()
    info = local_stack(project_dir, port).up(stages)
    connection = _connect(project_dir, info)
    result: dict[str, Any] = {
        "api_url": connection.api_url,
        "api_key": connection.api_key,
        "docs_url": info.docs_url,
        "console_url": info.console_url,
        "model": None,
    }
    with ApiClient(connection) as client:
        stages("waiting for the API's first answer")
        client.status()
        if demo:
            result["model"] = first_model(client, stages)
            stages("asking for a prediction")
            result["prediction"] = first_prediction(client)
    stages.done()
    if as_json:
        print_json(result)
    else:
        _show(result)


def down(as_json: AsJson = False) -> None:
    """Stop everything `fraud up` started, and nothing else."""
    project_dir = Path.cwd()
    stopped = local_stack(project_dir).down()
    connection_file(project_dir).unlink(missing_ok=True)
    if as_json:
        print_json({"stopped": stopped})
        return
    for line in stopped or ["nothing was running"]:
        out.print(line)


def status(as_json: AsJson = False) -> None:
    """Say what is running, whether it answers, and which model is enabled."""
    connection = find_connection(Path.cwd())
    with ApiClient(connection) as client:
        answer = client.status()
        model = client.health() if connection.api_key else None
    facts = {
        "api_url": connection.api_url,
        "status": answer["status"],
        "model": model["modelname"] if model else None,
    }
    if as_json:
        print_json(facts)
    else:
        print_facts("API", facts)


def env(as_json: AsJson = True) -> None:  # noqa: ARG001 - there is no other form
    """Print the stack's names as `sam local --env-vars` reads them, which is JSON."""
    deployment = local_deployment(Path.cwd())
    names = {name: deployment.outputs[output] for name, output in ENVIRONMENT_OUTPUTS.items()}
    print_json({"Parameters": {"AWS_ENDPOINT_URL": deployment.endpoint_url, **names}})


class Stages:
    """Tells on the error stream what is going on, and how long each stage took."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._stage: tuple[str, float] | None = None
        self._status = err.status("")

    def __call__(self, stage: str) -> None:
        """Begin a stage; the one before it has ended."""
        self._end_stage()
        self._stage = (stage, time.monotonic())
        self._status.update(Text(stage))
        self._status.start()

    def done(self) -> None:
        """End the last stage."""
        self._end_stage()
        err.print(f"ready after {time.monotonic() - self._started:.1f} s", style="bold")

    def _end_stage(self) -> None:
        self._status.stop()
        if self._stage:
            stage, began = self._stage
            err.print(f"{time.monotonic() - began:7.1f} s  {stage}", style="dim")
            self._stage = None


def _connect(project_dir: Path, info: StackInfo) -> Connection:
    """The saved connection while its key is still in the stack, else one with a new key."""
    saved = saved_connection(project_dir)
    if saved and saved.api_url == info.api_url and saved.api_key:
        return saved
    deployment = local_deployment(project_dir)
    made = create_key(deployment.key_environment, DEMO_CLIENT, [Scope.ADMIN], datetime.now(UTC))
    deployment.keys().put(made.record)
    connection = Connection(info.api_url, made.key)
    save_connection(project_dir, connection)
    return connection


def _show(result: dict[str, Any]) -> None:
    facts = {
        "API": result["api_url"],
        "key": result["api_key"],
        "docs": result["docs_url"],
        "console": result["console_url"],
    }
    model, prediction = result["model"], result.get("prediction")
    if model and prediction:
        facts["model"] = (
            f"{model['modelname']}: F1 {model['f1']:.3f}, precision {model['precision']:.3f}, "
            f"recall {model['recall']:.3f}, AUPRC {model['auprc']:.3f} on held-out rows"
        )
        facts["prediction"] = (
            f"{prediction['outcome']} (probability {prediction['probability']:.3f}, "
            f"risk score {prediction['risk_score']})"
        )
    print_facts("The fraud detection API is up", facts)
    out.print("\nAsk it yourself:\n")
    out.print(_curl(result), soft_wrap=True)
    out.print("\nStop it with: fraud down")


def _curl(result: dict[str, Any]) -> str:
    return (
        f"curl -s {result['api_url']}/model/predict "
        f"-H 'X-Api-Key: {result['api_key']}' -H 'Content-Type: application/json' "
        f"-d '{json.dumps(EXAMPLE)}'"
    )
