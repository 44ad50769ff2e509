"""When `sam build` is run again."""

from pathlib import Path

import pytest

from fraud_cli.local import build, tools


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("template.yaml", "samconfig.toml", "uv.lock", ".python-version"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    for folder in ("layers/core/fraud", "functions/status"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "app.py").write_text("", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", ["uv.lock", "template.yaml", "layers/core/fraud/app.py"])
def test_digest_follows_content(project: Path, name: str) -> None:
    before = build.digest(project)
    (project / name).write_text("changed", encoding="utf-8")
    assert build.digest(project) != before


def test_digest_follows_names(project: Path) -> None:
    before = build.digest(project)
    (project / "functions/status/app.py").rename(project / "functions/status/main.py")
    assert build.digest(project) != before


def test_digest_ignores_caches_and_times(project: Path) -> None:
    before = build.digest(project)
    (project / "functions/status/__pycache__").mkdir()
    (project / "functions/status/__pycache__/app.pyc").write_bytes(b"x")
    (project / "uv.lock").touch()
    assert build.digest(project) == before


def test_digest_follows_the_architecture(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = set()
    for machine in ("x86_64", "aarch64"):
        monkeypatch.setattr("platform.machine", lambda machine=machine: machine)
        digests.add(build.digest(project))
    assert len(digests) == 2


def test_builds_only_what_has_changed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = []

    def run(command: list[str], *_: object) -> None:
        commands.append(command)
        (project / ".aws-sam/build").mkdir(parents=True, exist_ok=True)
        (project / ".aws-sam/build/template.yaml").write_text("Resources: {}", encoding="utf-8")

    monkeypatch.setattr(tools, "run", run)
    for _ in range(2):
        build.Build(project).run({}, project / "log")
    assert len(commands) == 1
    (project / "uv.lock").write_text("changed", encoding="utf-8")
    build.Build(project).run({}, project / "log")
    assert len(commands) == 2
