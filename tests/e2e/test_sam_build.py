"""`sam build` makes what Lambda takes, for both architectures."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
LIMIT_BYTES = 262_144_000
# Of an ELF file's header: the machine it is for.
MACHINES = {"x86_64": 62, "arm64": 183}
LAYERS_OF_TRAINER = ("CoreLayer", "ServingLayer", "TrainingLayer")


@pytest.mark.sam_local
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("architecture", MACHINES)
def test_layers_are_built_for_an_architecture(architecture: str, tmp_path: Path) -> None:
    built = tmp_path / "build"
    command = [sys.executable, "-m", "samcli", "build", "--build-dir", str(built)]
    command += ["--parameter-overrides", f"Architecture={architecture}"]
    environment = {**os.environ, "ARCHITECTURE": architecture, "SAM_CLI_TELEMETRY": "0"}
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    machines = set()
    total = 0
    for layer in LAYERS_OF_TRAINER:
        for path in (built / layer).rglob("*"):
            if path.is_file():
                total += path.stat().st_size
            if path.suffix == ".so" or ".so." in path.name:
                machines.add(int.from_bytes(path.read_bytes()[18:20], "little"))
    assert machines == {MACHINES[architecture]}
    assert total < LIMIT_BYTES
