"""The commands of a page's ```console blocks: read, and run as one shell session."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MARK = "::ended"
PROMPT = "$ "
TIMEOUT_S = 600


@dataclass
class Command:
    """A command as a page shows it, and the output shown below it.

    Attributes
    ----------
    text : str
        All its lines, without the prompt.
    shown : list of str
        The lines of output below it.
    status : int or None
        How it ended; None before it ran.
    output : str
        What it printed, on both streams.
    """

    text: str
    shown: list[str] = field(default_factory=list)
    status: int | None = None
    output: str = ""


def commands_of(page: str) -> list[Command]:
    """The commands of a page in order; a line that ends in a backslash or opens a body goes on."""
    found: list[Command] = []
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        going_on = False
        for line in block.splitlines():
            if line.startswith(PROMPT):
                found.append(Command(line.removeprefix(PROMPT)))
            elif going_on:
                found[-1].text += f"\n{line}"
            else:
                found[-1].shown.append(line)
                continue
            going_on = not _complete(found[-1].text)
    return found


def _complete(text: str) -> bool:
    """Whether a shell would not ask for another line."""
    done = subprocess.run(["bash", "-n", "-c", text], capture_output=True, check=False)
    return done.returncode == 0 and not text.endswith("\\")


def run_session(commands: list[Command], cwd: Path, environment: Mapping[str, str]) -> None:
    """Run commands one after the other in one bash, and note how each ended."""
    lines = []
    for command in commands:
        lines += [command.text, f'printf "\\n{MARK} %d\\n" "$?"']
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    parts = re.split(rf"\n{MARK} (\d+)\n", done.stdout)
    for command, output, status in zip(commands, parts[::2], parts[1::2], strict=False):
        command.output, command.status = output, int(status)
