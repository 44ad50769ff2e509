"""One worker of a bulk scoring in a process of its own: byte ranges of a file in, parts out.

`scale.py` starts it; what it prints is JSON. No AWS is involved: the ranges come from disk and the
parts go there.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from workspace import record_of

from fraud.domain.byte_ranges import ByteRange, whole_lines
from fraud_serving.scorer import SERVED_FILES
from fraud_serving.served_model import ServedModel
from fraud_training.ingest.opening import first_line
from fraud_training.ingest.source import BLOCK_BYTES
from fraud_training.scoring.file_scoring import FileScoring
from fraud_training.scoring.texts import opened

PIECE_BYTES = 1 << 20
MAX_UNPACKED_BYTES = 2 << 30


def loaded(model_dir: Path) -> ServedModel:
    """A model as `fraud fit` left it."""
    files = {name: (model_dir / name).read_bytes() for name in SERVED_FILES}
    return ServedModel.load(record_of(model_dir), files)


def score(csv: Path, within: ByteRange, model: ServedModel, *, reasons: bool) -> int:
    """Score one range of a file into a part that is thrown away; gives its rows."""
    header, blocks = _opened(csv, within)
    scoring = FileScoring(model, header, with_reasons=reasons)
    with tempfile.TemporaryDirectory() as scratch:
        return scoring.write(blocks, Path(scratch) / "part", Path(scratch) / "refused").rows


def _opened(csv: Path, within: ByteRange) -> tuple[str, Iterator[bytes]]:
    if within.start == 0:
        return opened(_pieces(csv, within), within, csv.name, MAX_UNPACKED_BYTES)
    with csv.open("rb") as file:
        header, _, _ = first_line(file.read(PIECE_BYTES))
    return header, whole_lines(_pieces(csv, within), within, BLOCK_BYTES)


def _pieces(csv: Path, within: ByteRange) -> Iterator[bytes]:
    with csv.open("rb") as file:
        file.seek(within.first_byte)
        while piece := file.read(PIECE_BYTES):
            yield piece


def _peak_bytes() -> int:
    """Highest resident memory; `getrusage` would count what the parent had when it forked."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def main() -> None:
    """Score ranges one after the other, once the parent says so."""
    csv, model_dir, reasons, *bounds = sys.argv[1:]
    path, with_reasons = Path(csv), reasons == "reasons"
    model = loaded(Path(model_dir))
    cold_s = time.process_time()
    cuts = [int(bound) for bound in bounds]
    ranges = [ByteRange(*cut) for cut in zip(cuts[::2], cuts[1::2], strict=True)]
    print("ready", flush=True)
    sys.stdin.readline()
    started, cpu = time.perf_counter(), time.process_time()
    rows = sum(score(path, within, model, reasons=with_reasons) for within in ranges)
    seconds, cpu_s = time.perf_counter() - started, time.process_time() - cpu
    facts = {"rows": rows, "seconds": seconds, "cpu_s": cpu_s, "cold_s": cold_s}
    print(json.dumps(facts | {"peak_bytes": _peak_bytes()}))


if __name__ == "__main__":
    main()
