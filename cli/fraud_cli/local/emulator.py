"""The AWS emulator: a process of its own, in an environment of its own, on loopback only."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from fraud_cli.local import processes, tools
from fraud_cli.local.errors import LocalStackError

HOST = "127.0.0.1"
START_TIMEOUT_S = 60
GROUP = "emulator"
INHERITED = ("LANG", "SSL_CERT_FILE", "SSL_CERT_DIR")
# The emulator's environment has no package of ours: its module is found by path. Appended, so that
# it can shadow nothing.
BOOT = "import sys; sys.path.append(sys.argv[1]); from emulated.serve import main; main()"


@dataclass(frozen=True)
class Running:
    """An emulator that was started; kept in `emulator.json`."""

    pid: int
    started: str
    port: int

    @property
    def endpoint_url(self) -> str:
        """Address of every AWS service."""
        return f"http://{HOST}:{self.port}"


class Emulator:
    """Starts, finds and stops the emulator that belongs to a state directory."""

    def __init__(self, project_dir: Path, state_dir: Path) -> None:
        self._project_dir = project_dir
        self._state_dir = state_dir
        self._record = state_dir / "emulator.json"
        self._work_dir = state_dir / "tmp"
        self.log = state_dir / "emulator.log"
        # Shared by all state directories: it holds the locked packages and nothing else.
        self._environment_dir = project_dir / ".fraud" / "emulator"
        self._python = self._environment_dir / "bin" / "python"

    def install(self, env: dict[str, str]) -> None:
        """Make the environment that emulator and Lambda workers run in: the lock's group alone."""
        command = ["uv", "sync", "--frozen", "--only-group", GROUP, "--no-install-project"]
        own = {
            "UV_PROJECT_ENVIRONMENT": str(self._environment_dir),
            "UV_COMPILE_BYTECODE": "1",  # every Lambda worker imports boto3 from it
        }
        others = {k: v for k, v in env.items() if k != "VIRTUAL_ENV"}
        log = self._state_dir / "install.log"
        tools.run(command, self._project_dir, others | own, log, "Installing the emulator")

    def running(self) -> Running | None:
        """Return the emulator that was started here, None if there is none (any more)."""
        try:
            running = Running(**json.loads(self._record.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return running if processes.alive(running.pid, running.started) else None

    def start(self, port: int) -> Running:
        """Start the emulator and wait until it answers.

        Raises
        ------
        LocalStackError
            When the port is taken, or the emulator ends or stays silent.
        """
        self.stop()  # what a crashed run left behind
        refuse_taken(port)
        self._work_dir.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [self._python, "-c", BOOT, str(Path(__file__).parent)],
                cwd=self._work_dir,
                env=self._environment(port),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal is not meant for it
            )
        running = Running(process.pid, processes.started_at(process.pid) or "", port)
        self._record.write_text(json.dumps(asdict(running)), encoding="utf-8")
        self._wait(process, running)
        return running

    def stop(self) -> list[int]:
        """Stop the emulator and its Lambda workers, and remove what they kept on disk.

        Returns
        -------
        list of int
            The processes that were stopped.
        """
        running = self.running()
        ours = processes.marked(self._state_dir)
        if running and running.pid not in ours:
            ours.insert(0, running.pid)
        processes.stop(ours)
        shutil.rmtree(self._work_dir, ignore_errors=True)
        self._record.unlink(missing_ok=True)
        return ours

    def _environment(self, port: int) -> dict[str, str]:
        # Lambda workers inherit this: nothing of the user's shell but what is named here.
        kept = {k: os.environ[k] for k in INHERITED if k in os.environ}
        work = str(self._work_dir)
        return {
            **kept,
            **tools.LOCAL_CREDENTIALS,
            processes.MARK: str(self._state_dir),
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": work,
            "TMPDIR": work,
            "S3_DATA_DIR": work,
            "STATE_DIR": work,
            "PYTHONNOUSERSITE": "1",
            "BIND_HOST": HOST,
            "MINISTACK_HOST": HOST,
            "GATEWAY_PORT": str(port),
            "MINISTACK_REGION": tools.REGION,
            # Listeners and containers that this stack does not need; without a socket the emulator
            # leaves the machine's containers alone.
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "DOCKER_HOST": f"unix://{work}/no-docker.sock",
        }

    def _wait(self, process: subprocess.Popen[bytes], running: Running) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if process.poll() is not None:
                problem = f"The AWS emulator ended while starting:\n{self._last_lines()}"
                raise LocalStackError(problem, f"The whole output is in {self.log}.")
            if answers(running.endpoint_url):
                return
            time.sleep(0.05)
        self.stop()
        raise LocalStackError(
            f"The AWS emulator did not answer on port {running.port} within {START_TIMEOUT_S} s.",
            f"Its output is in {self.log}.",
        )

    def _last_lines(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-tools.LAST_LINES :])


def answers(endpoint_url: str) -> bool:
    """Tell whether an emulator answers there."""
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(f"{endpoint_url}/_ministack/health", timeout=2) as response:
            return bool(response.status == 200)  # noqa: PLR2004
    except (URLError, OSError):
        return False


def refuse_taken(port: int) -> None:
    """Make sure that a port can be listened on.

    Raises
    ------
    LocalStackError
        When something listens on it, or it must not be used.
    """
    with socket.socket() as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as e:
            raise LocalStackError(
                f"Port {port} on {HOST} cannot be used: {e.strerror}.",
                "Stop what listens there, or choose another port with --port.",
            ) from e
