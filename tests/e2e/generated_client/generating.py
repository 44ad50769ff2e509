"""Generate the client, check its types, run the loop with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROJECT = HERE.parents[2]
PACKAGE = "fraud_api_client"
# What mypy finds in the generator's own code: exits typed as `object`, and a name it makes once for
# each field of the same tuple.
MYPY_SETTINGS = f"""
[mypy]
strict = true
[mypy-{PACKAGE}.client]
disable_error_code = arg-type
[mypy-{PACKAGE}.models.quality_intervals]
disable_error_code = no-redef
"""


def generate(directory: Path) -> str:
    """Generate the client; everything that the generator had to say."""
    command = [Path(sys.executable).with_name("openapi-python-client"), "generate"]
    command += ["--path", PROJECT / "docs/openapi.json", "--meta", "none"]
    command += ["--output-path", directory / PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def type_check(directory: Path) -> str:
    """What mypy says, strict, about the client and the loop that uses it."""
    settings = directory / "mypy.ini"
    settings.write_text(MYPY_SETTINGS, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", settings]
    command += ["--cache-dir", directory / "mypy", directory / PACKAGE, HERE / "loop.py"]
    environment = {**os.environ, "MYPYPATH": str(directory)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def run_loop(directory: Path, root_url: str, key: str, csv: Path) -> list[dict[str, Any]]:
    """Run the loop against a stack; every exchange."""
    exchanges = directory / "exchanges.json"
    command = [sys.executable, HERE / "loop.py", root_url, key, csv, exchanges]
    environment = {**os.environ, "PYTHONPATH": str(directory)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(exchanges.read_text(encoding="utf-8")))
