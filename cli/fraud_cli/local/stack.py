"""Bring the whole stack up on this machine, and down again."""

import os
from dataclasses import dataclass
from pathlib import Path

import boto3

from fraud_cli.local import build, tools
from fraud_cli.local.deploy import Deployment, local_session
from fraud_cli.local.emulator import HOST, Emulator, Running, refuse_taken
from fraud_cli.local.errors import LocalStackError, NotUp
from fraud_cli.local.stages import OnStage, Stage

DEFAULT_PORT = 4566
TOOLS = ("uv", "make", "sam", "python3.13")


@dataclass(frozen=True)
class StackInfo:
    """A stack that is up.

    Attributes
    ----------
    api_url : str
        What `/status` is appended to.
    docs_url : str
        Swagger UI.
    console_url : str
        The console.
    endpoint_url : str
        The emulator; every AWS client works with it.
    outputs : dict
        The stack's outputs: tables, bucket, queues, functions.
    changed : bool
        Whether anything had to be built, started or deployed.
    """

    api_url: str
    docs_url: str
    console_url: str
    endpoint_url: str
    outputs: dict[str, str]
    changed: bool

    def session(self) -> boto3.Session:
        """Return a session whose clients talk to this stack's emulator, and nothing else."""
        return local_session(self.endpoint_url)


@dataclass(frozen=True)
class LocalStatus:
    """What runs at the moment."""

    running: bool
    deployed: bool
    port: int | None
    pid: int | None
    log: Path


class LocalStack:
    """The stack on this machine.

    Parameters
    ----------
    project_dir
        Where template.yaml is.
    port
        Port of the emulator, 4566 by default. A stack that is up keeps the port it has.
    state_dir
        Where its state is kept, `.fraud/local` by default. Stacks of different state directories
        know nothing of each other and share what is built.
    """

    def __init__(
        self, project_dir: Path, port: int | None = None, state_dir: Path | None = None
    ) -> None:
        self._project_dir = project_dir.resolve()
        self._port = port
        self._state_dir = (state_dir or self._project_dir / ".fraud" / "local").resolve()
        self._emulator = Emulator(self._project_dir, self._state_dir)
        self._build = build.Build(self._project_dir)
        self._deployment = Deployment(self._project_dir)
        self._deployed = self._state_dir / "deployed"

    def up(self, on_stage: OnStage = lambda _: None) -> StackInfo:
        """Build, start and deploy what is not up to date.

        Parameters
        ----------
        on_stage
            Called at the beginning of every stage that has something to do.

        Raises
        ------
        LocalStackError
            With what was wrong and what to do.
        """
        with build.locked(self._state_dir / "lock"):
            wanted = build.digest(self._project_dir)
            running = self._emulator.running()
            if running is not None and self._port not in (None, running.port):
                raise LocalStackError(
                    f"The stack is already up on port {running.port}.",
                    f"Use it there, or run `fraud down` before `fraud up --port {self._port}`.",
                )
            up_to_date = running is not None and self._is_deployed(running, wanted)
            if not up_to_date:
                running = self._make(running, wanted, on_stage)
            assert running is not None  # noqa: S101 # nosec B101 - for the type checker
            info = self._info(running, changed=not up_to_date)
        on_stage(Stage.READY)
        return info

    def down(self) -> list[str]:
        """Stop what `up` started, and nothing else.

        Returns
        -------
        list of str
            What was stopped, in words; empty when nothing ran.
        """
        with build.locked(self._state_dir / "lock"):
            running = self._emulator.running()
            pids = self._emulator.stop()
            self._deployed.unlink(missing_ok=True)
        workers = len(pids) - (running is not None)
        stopped = [f"AWS emulator on port {running.port}"] if running else []
        return stopped + ([f"{workers} Lambda worker{'s'[: workers != 1]}"] if workers else [])

    def status(self) -> LocalStatus:
        """Tell what runs, changing nothing."""
        running = self._emulator.running()
        return LocalStatus(
            running=running is not None,
            deployed=running is not None and self._deployment_of(running) is not None,
            port=running.port if running else None,
            pid=running.pid if running else None,
            log=self._emulator.log,
        )

    def info(self) -> StackInfo:
        """Describe the stack that is up.

        Raises
        ------
        NotUp
            When none is.
        """
        running = self._emulator.running()
        if running is None:
            raise NotUp("The local stack is not up.", "Run `fraud up`.")
        return self._info(running, changed=False)

    def _make(self, running: Running | None, wanted: str, on_stage: OnStage) -> Running:
        port = running.port if running else self._port or default_port()
        env = tools.environment(f"http://{HOST}:{port}", self._state_dir)
        on_stage(Stage.TOOLS)
        tools.check(TOOLS, env["PATH"])
        if running is None:
            refuse_taken(port)
        if self._build.current() != wanted:
            on_stage(Stage.BUILD)
            wanted = self._build.run(env, self._state_dir / "build.log")
        if running is None:
            on_stage(Stage.EMULATOR_ENVIRONMENT)
            self._emulator.install(env)
            on_stage(Stage.EMULATOR)
            running = self._emulator.start(port)
        on_stage(Stage.DEPLOY)
        self._deployment.run(self._build.packed_template, env, self._state_dir / "deploy.log")
        self._deployed.write_text(f"{running.started} {wanted}", encoding="utf-8")
        return running

    def _deployment_of(self, running: Running) -> str | None:
        try:
            started, digest = self._deployed.read_text(encoding="utf-8").split()
        except (OSError, ValueError):
            return None
        return digest if started == running.started else None

    def _is_deployed(self, running: Running, wanted: str) -> bool:
        return self._deployment_of(running) == wanted

    def _info(self, running: Running, *, changed: bool) -> StackInfo:
        outputs = self._deployment.outputs(running.endpoint_url)
        # The path form needs no name resolution of *.localhost and no Host header.
        api = f"{running.endpoint_url}/_aws/execute-api/{outputs['ApiId']}/{outputs['StageName']}"
        return StackInfo(
            api_url=f"{api}/api/v1",
            docs_url=f"{api}/doc",
            console_url=f"{api}/console",
            endpoint_url=running.endpoint_url,
            outputs=outputs,
            changed=changed,
        )


def default_port() -> int:
    """The port where none is named: FRAUD_LOCAL_PORT, or 4566."""
    return int(os.environ.get("FRAUD_LOCAL_PORT", DEFAULT_PORT))
