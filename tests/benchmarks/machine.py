"""Which machine numbers were measured on: only those of one machine may be compared."""

from __future__ import annotations

import hashlib
import os
import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """A machine as far as its speed goes.

    Attributes
    ----------
    fingerprint
        Equal for runs on the same machine; says nothing else about it.
    """

    processor: str
    cores: int
    python: str
    fingerprint: str

    @classmethod
    def here(cls, cores: int) -> Machine:
        """This machine, of which `cores` are used."""
        processor = _processor()
        identity = (processor, os.cpu_count(), cores, _identity())
        digest = hashlib.sha256(repr(identity).encode()).hexdigest()
        return cls(processor, cores, platform.python_version(), digest[:16])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _identity() -> str:
    """The machine's own id, its name where it has none, and when it was started."""
    files = map(Path, ("/etc/machine-id", "/proc/sys/kernel/random/boot_id"))
    parts = [path.read_text(encoding="utf-8").strip() for path in files if path.is_file()]
    return "/".join([platform.node(), *parts])
