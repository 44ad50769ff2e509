"""The programs that building and deploying need, and the environment they run in."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from fraud_cli.local.errors import LocalStackError

REGION = "us-east-1"
# Whatever the user's own AWS settings are, nothing here may ever reach a real account.
LOCAL_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",  # nosec B105 - opens the emulator only
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
REMEDIES = {
    "uv": "Install uv: https://docs.astral.sh/uv/getting-started/installation/",
    "make": "Install make, for example with `apt-get install make` or `xcode-select --install`.",
    "sam": "Run the command with `uv run fraud ...`, which installs the AWS SAM CLI.",
    "python3.13": "Install Python 3.13, for example with `uv python install 3.13`.",
}
LAST_LINES = 25


def environment(endpoint_url: str, state_dir: Path) -> dict[str, str]:
    """Return this process's environment, bound to the emulator and to nothing else of AWS.

    Parameters
    ----------
    endpoint_url
        The emulator's address.
    state_dir
        Where SAM may keep what it otherwise writes to the home directory.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SAM_CLI_"))}
    loopback = "127.0.0.1,localhost"
    return {
        **kept,
        **LOCAL_CREDENTIALS,
        # This interpreter's folder has sam and python3.13 when the command runs under uv.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "AWS_ENDPOINT_URL": endpoint_url,
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), loopback])),
        "no_proxy": ",".join(filter(None, [os.environ.get("no_proxy"), loopback])),
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(state_dir / "sam"),
    }


def check(names: Sequence[str], path: str) -> None:
    """Make sure that programs are there and run.

    Raises
    ------
    LocalStackError
        Naming the first that is missing, and how to get it.
    """
    for name in names:
        program = shutil.which(name, path=path)
        if program is None:
            raise LocalStackError(f"{name} was not found.", REMEDIES[name])
        # A pyenv shim exists for versions that are not installed, and fails when it is run.
        if name.startswith("python"):
            done = subprocess.run([program, "-c", ""], capture_output=True, check=False)  # noqa: S603
            if done.returncode:
                raise LocalStackError(f"{program} does not run.", REMEDIES[name])


def run(command: Sequence[str], cwd: Path, env: Mapping[str, str], log: Path, what: str) -> None:
    """Run a program, its output appended to a log.

    Raises
    ------
    LocalStackError
        When it fails, with the end of its output.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a+b") as file:
        start = file.seek(0, os.SEEK_END)
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
        if process.wait() == 0:
            return
        file.seek(start)
        output = file.read().decode(errors="replace").strip().splitlines()
    end = "\n".join(output[-LAST_LINES:])
    raise LocalStackError(f"{what} failed:\n{end}", f"The whole output is in {log}.")
