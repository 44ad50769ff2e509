"""Every command of README and docs/ runs, against the deployed stack and in a scratch copy."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fraud_cli.local import StackInfo
from fraud_cli.sampling import write_sample

sys.path.append(str(Path(__file__).parent))

from console import Command, commands_of, run_session

pytestmark = pytest.mark.e2e

PROJECT = Path(__file__).resolve().parents[2]
GUIDE = "docs/operations.md"  # dozens of calls of the AWS CLI, seconds each on a busy machine
PAGES = ["README.md", *(f"docs/{path.name}" for path in sorted((PROJECT / "docs").glob("*.md")))]
AWS_CLI = "awscli==1.46.3"
# What is not run here, and why; each must still be in some page.
NOT_RUN = {
    r"uv run pytest": "runs this very test, or tests of this very suite",
    r"\.ci/(checks|run)": "runs this very suite, or lints what it is part of",
    r"uv run sam build": "`fraud up`, which this test needs, runs it; for arm64 see test_sam.py",
    r"uv run sam (deploy|delete)": "needs an AWS account, and asks questions",
    r"uv run sam local": "needs a container engine: tests/e2e/test_sam_local.py runs it",
    r"aws cloudformation continue-update-rollback": "the emulator has no such action",
    r"aws dynamodb (restore-table|wait table)": "the emulator restores no table with an index",
    r"aws dynamodb scan --table-name .*-restored": "there is no restored table, as above",
    r'aws dynamodb delete-table --table-name "\$TABLE-restored"': "as above",
    r"aws sqs (start|list)-message-move-task": "the emulator has no such actions",
    r"uv run fraud rollback --reason \"recall fell": "there is no champion before to go back to",
    r"aws logs tail": "only version 2 of the AWS CLI has it, which is in no package registry",
    r"aws dynamodb delete-table --table-name <table>": "would take the other tests' stack away",
    r"aws s3api (list-object-versions|delete-objects|delete-bucket) --bucket <bucket>": "as above",
}


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout by links, so that what commands write lies beside it."""
    folder = tmp_path_factory.mktemp("checkout")
    for path in PROJECT.iterdir():
        if path.name not in {".fraud", ".git"}:
            (folder / path.name).symlink_to(path)
    (folder / ".fraud").mkdir()
    return folder


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the AWS CLI, in an environment of its own: it pins another botocore."""
    folder = tmp_path_factory.mktemp("bin")
    aws = folder / "aws"
    run = f"uv tool run --quiet --from {AWS_CLI} aws"
    # Version 1 looks for SQS elsewhere when the variable alone names the endpoint.
    aws.write_text(f'#!/bin/sh\nexec {run} "$@" "--endpoint-url=$AWS_ENDPOINT_URL"\n')
    aws.chmod(0o755)
    return folder


@pytest.fixture
def environment(deployed: Any, fraud: Any, tools: Path) -> dict[str, str]:
    """The stack's connection, for the API and for AWS alike."""
    return {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "FRAUD_STATE_DIR": str(fraud.state_dir),
        "API_URL": deployed.up["api_url"],
        "API_KEY": deployed.up["api_key"],
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{deployed.port}",
        "AWS_REGION": "us-east-1",
        "COLUMNS": "110",
        "UV_NO_SYNC": "1",
        "UV_FROZEN": "1",
        "UV_PROJECT_ENVIRONMENT": str(Path(sys.prefix)),
    }


def _object_with_versions(s3: Any, bucket: str) -> dict[str, str]:
    """An artifact that was overwritten, and then deleted: the ids of what it takes to undo that."""
    place = {"Bucket": bucket, "Key": "models/restored/model.onnx"}
    good = s3.put_object(**place, Body=b"good")["VersionId"]
    s3.put_object(**place, Body=b"bad")
    return {"good": good, "marker": s3.delete_object(**place)["VersionId"]}


@pytest.fixture(scope="module")
def candidate(served: tuple[Path, str], train: Callable[..., dict[str, Any]]) -> str:
    """A model that is not enabled, whatever other tests have left."""
    directory, link = served
    write_sample(directory / "candidate.csv", 6000, seed=34)
    return str(train(f"{link}/candidate.csv", promote="never")["model"])


@pytest.fixture
def stand_ins(
    api: httpx.Client,
    deployed: Any,
    fraud: Any,
    aws: Callable[[str], Any],
    info: StackInfo,
    candidate: str,
) -> dict[str, str]:
    """What pages call keys, models and predictions -> what they are called in this stack."""
    versioned = _object_with_versions(aws("s3"), info.outputs["DataBucketName"])
    mapping = aws("lambda").list_event_source_mappings()["EventSourceMappings"][0]
    key = fraud.json("keys", "create", "rotated", "--scope", "read")
    enabled = api.get("/model/healthy").json()["modelname"]
    transaction = {"step": 1, "type": "PAYMENT", "amount": 10.0}
    transaction |= {"oldbalanceDest": 0.0, "newbalanceDest": 0.0}
    prediction = api.post("/model/predict", json=transaction).json()["prediction_id"]
    return {
        r"models/fraud-000001-\w{8}": "models/restored",
        r"<good version>": versioned["good"],
        r"<delete marker>": versioned["marker"],
        r"--function-version 7": "--function-version 1",
        r"<UUID>": mapping["UUID"],
        r"<request_id>": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        r"fd_live_\w{4}": key["prefix"],
        # The name that AWS gives it leads nowhere here.
        r"\$\(out ApiUrl\)": deployed.up["api_url"],
        r"fraud-000001-\w{8}": enabled,
        r"fraud-000002-\w{8}": candidate,
        r"pr_01\w{24}": prediction,
        r"<a key with scope admin>": deployed.up["api_key"],
    }


def runnable(page: str) -> Iterator[Command]:
    for command in commands_of((PROJECT / page).read_text(encoding="utf-8")):
        if not any(re.match(pattern, command.text) for pattern in NOT_RUN):
            yield command


def first_words(lines: list[str]) -> set[str]:
    """The names that lines of output begin with, numbers and the rest left out."""
    found = (re.match(r"[a-z][a-z_0-9]+(?=\s)", line) for line in lines)
    return {word[0] for word in found if word}


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=pytest.mark.guide) if page == GUIDE else page for page in PAGES],
)
def test_the_commands_of_a_page_run(
    page: str, scratch: Path, environment: dict[str, str], stand_ins: dict[str, str]
) -> None:
    commands = [*runnable(page)]
    for command in commands:
        for pattern, stand_in in stand_ins.items():
            command.text = re.sub(pattern, stand_in, command.text)
    run_session(commands, scratch, environment)
    failed = [f"{c.text}\n-> {c.status}\n{c.output[-1500:]}" for c in commands if c.status != 0]
    assert not failed, "\n\n".join(failed)
    for command in commands:
        missing = first_words(command.shown) - first_words(command.output.splitlines())
        assert not missing, f"{command.text} shows no {missing}"


def test_what_is_not_run_is_in_some_page() -> None:
    texts = [c.text for page in PAGES for c in commands_of((PROJECT / page).read_text("utf-8"))]
    for pattern in NOT_RUN:
        assert any(re.match(pattern, text) for text in texts), pattern
