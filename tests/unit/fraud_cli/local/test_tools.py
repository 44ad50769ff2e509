"""The environment that SAM runs in, and what is said when something is missing."""

import sys
from pathlib import Path

import pytest

from fraud_cli.local import LocalStackError, tools
from fraud_cli.local.deploy import local_session

ENDPOINT = "http://127.0.0.1:4566"


def test_nothing_of_the_users_aws_settings_reaches_sam(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.amazonaws.com")
    monkeypatch.setenv("SAM_CLI_POLL_DELAY", "1")
    env = tools.environment(ENDPOINT, tmp_path)
    assert "production" not in env.values()
    assert "AKIAREAL" not in env.values()
    assert [k for k in env if k.startswith("AWS_ENDPOINT")] == ["AWS_ENDPOINT_URL"]
    assert env["AWS_ENDPOINT_URL"] == ENDPOINT
    assert env["SAM_CLI_TELEMETRY"] == "0"


def test_a_local_session_reaches_the_emulator_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "https://sqs.eu-west-1.amazonaws.com")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    session = local_session(ENDPOINT)
    for service in ("sqs", "cloudformation"):
        client = session.client(service, region_name="eu-west-1")
        assert client.meta.endpoint_url == ENDPOINT
    credentials = session.get_credentials()
    assert credentials is not None
    assert credentials.access_key == "local"


def test_a_missing_program_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(LocalStackError) as caught:
        tools.check(["uv"], "/nowhere")
    assert caught.value.message == "uv was not found."
    assert "Install uv" in caught.value.remedy


def test_a_python_that_is_only_a_shim_is_refused(tmp_path: Path) -> None:
    shim = tmp_path / "python3.13"
    shim.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    shim.chmod(0o755)
    with pytest.raises(LocalStackError, match=r"does not run"):
        tools.check(["python3.13"], str(tmp_path))


def test_a_failure_shows_the_end_of_its_own_output_only(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("an earlier run\n", encoding="utf-8")
    code = "print(*range(100), sep='\\n'); raise SystemExit(3)"
    with pytest.raises(LocalStackError) as caught:
        tools.run([sys.executable, "-c", code], tmp_path, {}, log, "counting")
    assert caught.value.message.startswith("counting failed:\n75\n")
    assert "earlier" not in caught.value.message
    assert str(log) in caught.value.remedy
