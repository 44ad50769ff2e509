"""When `up` builds, starts and deploys, and when it leaves things alone."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fraud_cli.local import LocalStack, LocalStackError, Stage, build, stack, tools
from fraud_cli.local.emulator import Running


@dataclass
class World:
    """What the fakes below share."""

    digest: str = "one"
    built: str | None = None
    running: Running | None = None
    started: list[int] = field(default_factory=list)
    deployments: int = 0
    log: Path = Path("emulator.log")


class FakeEmulator:
    """Runs when it is told to."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.log = world.log

    def install(self, _: Any) -> None: ...

    def running(self) -> Running | None:
        return self.world.running

    def start(self, port: int) -> Running:
        self.world.started.append(port)
        self.world.running = Running(7, f"moment-{len(self.world.started)}", port)
        return self.world.running

    def stop(self) -> list[int]:
        stopped = [7, 8] if self.world.running else []
        self.world.running = None
        return stopped


class FakeBuild:
    """Has built what it was last told to."""

    packed_template = Path("packed.yaml")

    def __init__(self, world: World) -> None:
        self.world = world

    def current(self) -> str | None:
        return self.world.built

    def run(self, *_: Any) -> str:
        self.world.built = self.world.digest
        return self.world.digest


class FakeDeployment:
    """Counts deployments."""

    def __init__(self, world: World) -> None:
        self.world = world

    def run(self, *_: Any) -> None:
        self.world.deployments += 1

    def outputs(self, _: str) -> dict[str, str]:
        return {"ApiId": "abc", "StageName": "live"}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A machine on which building, the emulator and deploying are fakes."""
    world = World()
    monkeypatch.setattr(stack, "Emulator", lambda *_: FakeEmulator(world))
    monkeypatch.setattr(build, "Build", lambda *_: FakeBuild(world))
    monkeypatch.setattr(stack, "Deployment", lambda *_: FakeDeployment(world))
    monkeypatch.setattr(build, "digest", lambda _: world.digest)
    monkeypatch.setattr(tools, "check", lambda *_: None)
    return world


def up(folder: Path, port: int | None = None) -> tuple[stack.StackInfo, list[Stage]]:
    stages: list[Stage] = []
    return LocalStack(folder, port).up(stages.append), stages


def test_the_first_run_does_everything(world: World, tmp_path: Path) -> None:
    info, stages = up(tmp_path, 5000)
    assert stages == list(Stage)
    assert info.changed
    assert info.api_url == "http://127.0.0.1:5000/_aws/execute-api/abc/live/api/v1"
    assert info.docs_url == "http://127.0.0.1:5000/_aws/execute-api/abc/live/doc"
    assert info.console_url == "http://127.0.0.1:5000/_aws/execute-api/abc/live/console"


def test_the_second_run_does_nothing(world: World, tmp_path: Path) -> None:
    up(tmp_path, 5000)
    info, stages = up(tmp_path)
    assert stages == [Stage.READY]
    assert not info.changed
    assert (world.started, world.deployments) == ([5000], 1)


def test_a_change_is_built_and_deployed_on_the_running_emulator(
    world: World, tmp_path: Path
) -> None:
    up(tmp_path, 5000)
    world.digest = "two"
    info, stages = up(tmp_path)
    assert stages == [Stage.TOOLS, Stage.BUILD, Stage.DEPLOY, Stage.READY]
    assert info.changed
    assert world.started == [5000]


def test_an_emulator_that_died_is_started_and_deployed_to_again(
    world: World, tmp_path: Path
) -> None:
    up(tmp_path, 5000)
    world.running = None
    _, stages = up(tmp_path, 5001)
    assert Stage.EMULATOR in stages
    assert Stage.DEPLOY in stages
    assert Stage.BUILD not in stages


def test_another_port_than_that_of_the_running_stack_is_refused(
    world: World, tmp_path: Path
) -> None:
    up(tmp_path, 5000)
    with pytest.raises(LocalStackError, match="already up on port 5000"):
        up(tmp_path, 5001)


def test_down_tells_what_it_stopped(world: World, tmp_path: Path) -> None:
    up(tmp_path, 5000)
    assert LocalStack(tmp_path).down() == ["AWS emulator on port 5000", "1 Lambda worker"]
    assert LocalStack(tmp_path).down() == []
    assert not LocalStack(tmp_path).status().running


def test_information_about_a_stack_that_is_down_says_how_to_bring_it_up(
    world: World, tmp_path: Path
) -> None:
    with pytest.raises(LocalStackError, match="fraud up"):
        LocalStack(tmp_path).info()
