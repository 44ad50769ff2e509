"""What goes wrong is one sentence, an exit code and no trace; colours are for terminals."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
COMMAND = [str(Path(sys.executable).with_name("fraud"))]
COLOUR = re.compile(r"\x1b\[(?:\d+;)*3[0-7]m")
ANSWERS = {
    "/key": (401, '{"error": {"code": "unauthenticated", "message": "no", "request_id": "r-1"}}'),
    "/scope": (403, '{"error": {"code": "forbidden", "message": "no", "request_id": "r-2"}}'),
    "/page": (200, "<!doctype html><p>Sign in</p>"),
    "/broken": (502, "<html>Bad gateway</html>"),
    "/busy": (503, '{"error": {"code": "unavailable", "message": "later", "request_id": "r-3"}}'),
}


ASKED = threading.Event()


class Answering(BaseHTTPRequestHandler):
    """Answers by the first part of the path; `/silent` never does."""

    def do_GET(self) -> None:
        first = f"/{self.path.split('/')[1]}"
        if first == "/silent":
            ASKED.set()
            time.sleep(30)
            return
        status, body = ANSWERS[first]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_POST = do_GET  # noqa: N815 - the server's own name

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def environment(cwd: Path, **env: str) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": str(cwd), "COLUMNS": "200", **env}


def fraud(*args: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *args],
        cwd=cwd,
        env=environment(cwd, **env),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("place", "code", "words"),
    [
        ("key", 4, "401 unauthenticated"),
        ("scope", 4, "403 forbidden"),
        ("page", 3, "FRAUD_API_URL"),
        ("broken", 1, "502"),
        ("busy", 1, "later"),
    ],
)
def test_an_answer_that_is_no_success_is_one_sentence(
    place: str, code: int, words: str, server: str, tmp_path: Path
) -> None:
    failed = fraud("health", cwd=tmp_path, FRAUD_API_URL=f"{server}/{place}", FRAUD_API_KEY="k")
    assert failed.returncode == code, failed.stderr
    assert failed.stderr.startswith("error: ")
    assert words in failed.stderr
    assert "Traceback" not in failed.stderr + failed.stdout


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["predict", "{broken"], 2, "not JSON"),
        (["train", "missing.csv"], 1, "neither a file nor a link"),
        (["fit", "missing.csv", "--out", "m"], 1, "is no file"),
        (["sample", "--rows", "10", "-o", "no/such/dir.csv"], 1, "cannot write"),
        (["label", "nonsense", "fraud"], 2, "is not a prediction id"),
        (["logs", "--since", "yesterday"], 2, "--since yesterday"),
        (["replay", "m", "--to", "tomorrow"], 2, "--to tomorrow"),
        (["fit", "missing.csv", "--out", "m", "--policy", "target_precision"], 2, "--target"),
        (["train", "missing.csv", "--target", "0.5"], 2, "--target"),
        (["challenge", "m", "--share", "0", "--reason", "r"], 2, "--share"),
        (["label", "pr_01M82MVDB1C5ZZ0VMYJFYDCW1H", "perhaps"], 2, "Usage"),
        (["promote", "m"], 2, "--reason"),
    ],
)
def test_wrong_input_says_what_is_wrong(
    args: list[str], code: int, words: str, server: str, tmp_path: Path
) -> None:
    failed = fraud(*args, cwd=tmp_path, FRAUD_API_URL=f"{server}/busy", FRAUD_API_KEY="k")
    assert failed.returncode == code, failed.stderr
    assert words in failed.stderr
    assert "Traceback" not in failed.stderr


@pytest.mark.parametrize(
    "env",
    [
        {"FRAUD_API_URL": "not a link"},
        {"FRAUD_API_URL": "http://[broken"},
        {"FRAUD_API_URL": "http://127.0.0.1:9", "FRAUD_API_KEY": "ключ"},
        {"FRAUD_API_URL": "http://127.0.0.1:9", "FRAUD_API_KEY": "a\nb"},
    ],
    ids=["no link", "broken link", "key of other letters", "key of two lines"],
)
def test_settings_that_cannot_be_used_are_no_trace(env: dict[str, str], tmp_path: Path) -> None:
    failed = fraud("health", cwd=tmp_path, **env)
    assert failed.returncode in {1, 3}
    assert failed.stderr.startswith("error: ")
    assert "Traceback" not in failed.stderr


def test_with_json_an_error_is_json_too(server: str, tmp_path: Path) -> None:
    failed = fraud("health", "--json", cwd=tmp_path, FRAUD_API_URL=f"{server}/key")
    error = json.loads(failed.stderr)["error"]
    assert (failed.returncode, error["exit_code"]) == (4, 4)
    assert "r-1" in error["hint"]
    assert failed.stdout == ""


def test_ctrl_c_is_a_word_and_130(server: str, tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "health"],
        cwd=tmp_path,
        env=environment(tmp_path, FRAUD_API_URL=f"{server}/silent"),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert ASKED.wait(30)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in said


def test_what_nobody_foresaw_has_a_trace_only_when_asked_for(tmp_path: Path) -> None:
    code = "import fraud_cli.main as m; m.app = lambda **_: 1 / 0; m.main()"
    for env, traced in (({}, False), ({"FRAUD_TRACES": "1"}, True)):
        failed = subprocess.run(
            [sys.executable, "-c", code],
            env=environment(tmp_path, **env),
            capture_output=True,
            text=True,
            check=False,
        )
        assert failed.returncode == 1
        assert ("Traceback" in failed.stderr) is traced
        assert "ZeroDivisionError" in failed.stderr


def on_a_terminal(*args: str, cwd: Path, **env: str) -> str:
    """What a command shows where its output is a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *args],
        cwd=cwd,
        env=environment(cwd, TERM="xterm-256color", **env),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                read = os.read(ours, 4096)
            except OSError:  # Linux's word for the end of a terminal
                break
            if not read:
                break
            shown += read
        process.wait(timeout=20)
    os.close(ours)
    return shown.decode()


def test_colours_are_for_terminals_without_no_color(tmp_path: Path) -> None:
    assert COLOUR.search(on_a_terminal("health", cwd=tmp_path))
    assert not COLOUR.search(on_a_terminal("health", cwd=tmp_path, NO_COLOR="1"))
    piped = fraud("health", cwd=tmp_path)
    assert "\x1b" not in piped.stdout + piped.stderr
    assert "\x1b" not in fraud("--help", cwd=tmp_path).stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands(shell: str, tmp_path: Path) -> None:
    words = {"COMP_WORDS": "fraud pre", "COMP_CWORD": "1", "_TYPER_COMPLETE_ARGS": "fraud pre"}
    words["_TYPER_COMPLETE_FISH_ACTION"] = "get-args"
    shown = fraud(cwd=tmp_path, _FRAUD_COMPLETE=f"complete_{shell}", **words)
    assert "predict" in shown.stdout
    source = fraud(cwd=tmp_path, _FRAUD_COMPLETE=f"source_{shell}")
    assert "fraud" in source.stdout


def test_the_help_tells_the_exit_codes(tmp_path: Path) -> None:
    shown = fraud("--help", cwd=tmp_path).stdout
    for words in ("0 done", "1 failed", "2 wrong usage", "3 no API", "4 the API refused", "130"):
        assert words in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train"], "dataset"),
        (["nonsense"], "nonsense"),
        (["label", "pr_01", "maybe"], "maybe"),
        (["models", "--colour"], "--colour"),
        (["rollback"], "--reason"),
        (["keys", "create", "shop", "--scope", "all"], "all"),
        (["predict", "nope"], "not JSON"),
        (["label", "foo", "fraud"], "prediction id"),
        (["logs", "--since", "abc"], "--since abc"),
    ],
)
def test_wrong_usage_is_an_object_too_where_one_is_asked_for(
    arguments: list[str], words: str, tmp_path: Path
) -> None:
    failed = fraud(*arguments, "--json", cwd=tmp_path)
    assert (failed.returncode, failed.stdout) == (2, "")
    error = json.loads(failed.stderr)["error"]
    assert error["exit_code"] == 2
    assert words in error["message"]
    assert "--help" in error["hint"]


def test_help_is_no_failure_with_json_either(tmp_path: Path) -> None:
    shown = fraud("train", "--help", "--json", cwd=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Examples:" in shown.stdout


def test_it_tells_its_version(tmp_path: Path) -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    shown = fraud("--version", cwd=tmp_path)
    assert shown.stdout == f"fraud {project['project']['version']}\n"
