"""Asks PyPI for known vulnerabilities of everything that uv.lock names.

Fails on every one that has no reason below, and on packages that PyPI says nothing about. Where
PyPI does not answer at all, as behind a mirror that serves packages only, nothing is audited: that
is said, and passes on a developer's machine and fails in GitHub Actions, which reaches PyPI.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Not in uv.lock: its 28 packages are nothing that this project runs with.
PIP_AUDIT = "pip-audit==2.10.1"
# Id of a vulnerability -> why it does no harm here, and until when that is to be believed.
WAIVED: Mapping[str, str] = {}
FAILED, PASSED = 1, 0


def judged(
    report: Mapping[str, Any] | None, waived: Mapping[str, str], *, must_reach: bool
) -> tuple[int, list[str]]:
    """Judge what pip-audit reports.

    Parameters
    ----------
    report
        Its JSON; None when it made none.
    waived
        Ids of vulnerabilities that are accepted, with reasons.
    must_reach
        Whether it is a failure that PyPI did not answer.

    Returns
    -------
    tuple of int and list of str
        The exit code, and what to say.
    """
    packages = report["dependencies"] if report else []
    answered = [package for package in packages if "skip_reason" not in package]
    if not answered:
        end = "that must not be here" if must_reach else "where GITHUB_ACTIONS is true this fails"
        words = f"NOT AUDITED: PyPI's vulnerabilities could not be reached; {end}"
        return (FAILED if must_reach else PASSED), [words]
    silent = [package["name"] for package in packages if "skip_reason" in package]
    found = {
        vulnerability["id"]: f"{package['name']} {package['version']}: {vulnerability['id']}, "
        f"fixed in {', '.join(vulnerability['fix_versions']) or 'no version'}"
        for package in answered
        for vulnerability in package["vulns"]
    }
    problems = [words for name, words in found.items() if name not in waived]
    problems += [f"{name} is waived and not found any more" for name in waived if name not in found]
    problems += [f"PyPI knows nothing of {name}" for name in silent]
    return (FAILED if problems else PASSED), problems or [f"{len(answered)} packages audited"]


def audited() -> Mapping[str, Any] | None:
    """Run pip-audit on every package of uv.lock."""
    export = ["uv", "export", "--frozen", "--no-hashes", "--no-emit-project", "--all-groups"]
    with tempfile.TemporaryDirectory() as directory:
        names = Path(directory) / "requirements.txt"
        subprocess.run([*export, "--quiet", "--output-file", str(names)], check=True)
        audit = ["uv", "tool", "run", "--from", PIP_AUDIT, "pip-audit", "--format", "json"]
        audit += ["--progress-spinner", "off", "--no-deps", "--disable-pip"]
        done = subprocess.run(
            [*audit, "--requirement", str(names)], check=False, capture_output=True, text=True
        )
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        sys.stderr.write(done.stderr[-1000:])
        return None
    return report


if __name__ == "__main__":
    code, said = judged(audited(), WAIVED, must_reach=os.environ.get("GITHUB_ACTIONS") == "true")
    print("\n".join(said))
    sys.exit(code)
