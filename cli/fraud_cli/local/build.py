"""Run `sam build` when something that goes into it has changed."""

import fcntl
import hashlib
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from fraud_cli.local import tools
from fraud_cli.local.packing import pack

INPUTS = (
    "template.yaml",
    "docs/dashboard.yaml",
    "samconfig.toml",
    "uv.lock",
    ".python-version",
    "layers",
    "functions",
)
IGNORED = {"__pycache__", ".mypy_cache", ".ruff_cache"}


def local_architecture() -> str:
    """Return the Lambda architecture of this machine."""
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


def digest(project_dir: Path) -> str:
    """Return a digest of everything that decides what `sam build` makes."""
    total = hashlib.sha256(local_architecture().encode())
    for name in INPUTS:
        root = project_dir / name
        for path in sorted(_files(root)):
            content = path.read_bytes()
            total.update(f"\0{path.relative_to(project_dir)}\0{len(content)}\0".encode())
            total.update(content)
    return total.hexdigest()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file, so that two runs do not build, start or stop at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Build:
    """The built functions and layers in `.aws-sam/build`, shared by all local stacks."""

    def __init__(self, project_dir: Path) -> None:
        self._project_dir = project_dir
        self.template = project_dir / ".aws-sam" / "build" / "template.yaml"
        self.packed_template = self.template.with_name("packed.yaml")
        # Inside the folder that every `sam build` empties: one run by hand makes it stale, too.
        self._stamp = self.template.with_name("fraud-build-digest")

    def current(self) -> str | None:
        """Return the digest of what is built, None if nothing is."""
        try:
            return self._stamp.read_text(encoding="utf-8")
        except OSError:
            return None

    def run(self, env: Mapping[str, str], log: Path) -> str:
        """Build if need be; `needed` tells beforehand.

        Returns
        -------
        str
            The digest of what is built.

        Raises
        ------
        LocalStackError
            When `sam build` fails.
        """
        with locked(self._project_dir / ".fraud" / "build.lock"):
            wanted = digest(self._project_dir)
            if self.current() == wanted:
                return wanted
            architecture = local_architecture()
            command = ["sam", "build", "--config-env", "local",
                       "--parameter-overrides", f"Architecture={architecture}"]  # fmt: skip
            settings = {**env, "ARCHITECTURE": architecture}
            tools.run(command, self._project_dir, settings, log, "sam build")
            pack(self.template)
            self._stamp.write_text(wanted, encoding="utf-8")
            return wanted


def _files(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
        return
    for path in root.rglob("*"):
        if path.is_file() and not IGNORED.intersection(path.parts):
            yield path
