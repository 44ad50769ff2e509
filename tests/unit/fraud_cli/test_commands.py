"""The commands as a person runs them: help, output forms, exit codes, errors without traces."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [str(Path(sys.executable).with_name("fraud"))]


def fraud(*args: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *args],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "HOME": str(cwd), "COLUMNS": "200", **env},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "args",
    [
        [], ["up"], ["train"], ["predict"], ["logs"], ["label"], ["keys"], ["keys", "create"],
        ["sample"], ["fit"], ["doctor"],
    ],
)  # fmt: skip
def test_every_command_explains_itself(args: list[str], tmp_path: Path) -> None:
    shown = fraud(*args, "--help", cwd=tmp_path)
    assert shown.returncode == 0
    assert "Usage: fraud" in shown.stdout


def test_a_sample_and_a_fit_without_any_aws(tmp_path: Path) -> None:
    made = fraud("sample", "--rows", "20000", "-o", "s.csv", "--json", cwd=tmp_path)
    assert json.loads(made.stdout.splitlines()[-1])["frauds"] == 200
    fitted = fraud("fit", "s.csv", "--out", "model", "--quick", "--json", cwd=tmp_path)
    result = json.loads(fitted.stdout.splitlines()[-1])
    assert (result["rows"], result["frauds"]) == (20_000, 200)
    assert result["f1"] > 0.4
    assert {"auprc", "seconds", "peak_memory_bytes"} <= result.keys()
    for path in result["files"].values():
        assert (tmp_path / path).is_file()


def test_a_bad_file_is_one_sentence_and_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("<html>Sign in</html>")
    failed = fraud("fit", "bad.csv", "--out", "model", cwd=tmp_path)
    assert failed.returncode == 1
    assert failed.stderr.strip().startswith("error: ")
    assert "Traceback" not in failed.stderr


def test_without_a_stack_the_hint_says_how_to_start_one(tmp_path: Path) -> None:
    for args in (["health"], ["status"], ["keys", "list"]):
        failed = fraud(*args, cwd=tmp_path)
        assert failed.returncode == 3
        assert "fraud up" in failed.stderr


def test_an_api_that_does_not_answer_is_named(tmp_path: Path) -> None:
    failed = fraud("status", cwd=tmp_path, FRAUD_API_URL="http://127.0.0.1:9/api/v1")
    assert failed.returncode == 3
    assert "127.0.0.1:9" in failed.stderr


def test_a_key_never_shows_in_an_error(tmp_path: Path) -> None:
    key = "fd_live_canary"
    failed = fraud(
        "health", cwd=tmp_path, FRAUD_API_URL="http://127.0.0.1:9/api/v1", FRAUD_API_KEY=key
    )
    assert key not in failed.stderr + failed.stdout


def test_wrong_usage_is_exit_code_2(tmp_path: Path) -> None:
    assert fraud("sample", "--rows", "0", "-o", "x.csv", cwd=tmp_path).returncode == 2
    assert fraud("nonsense", cwd=tmp_path).returncode == 2
