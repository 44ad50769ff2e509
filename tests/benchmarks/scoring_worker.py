"""One worker's work on one file, in a process of its own: `scoring_worker.py FILE MODEL_DIR`.

Prints rows, seconds, processor seconds and peak memory as JSON; the model is loaded before.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from fraud.domain.byte_ranges import ByteRange
from fraud_training.learn.threads import one_thread
from fraud_training.scoring.file_scoring import FileScoring
from fraud_training.scoring.local import load
from fraud_training.scoring.texts import opened

PIECE_BYTES = 1 << 20


def pieces(path: Path) -> Iterator[bytes]:
    """The file's bytes, as a worker gets them from S3."""
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def main() -> None:
    """Score the file once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("model_dir", type=Path)
    parser.add_argument("--reasons", action="store_true")
    options = parser.parse_args()
    model = load(options.model_dir)
    start_s = time.process_time()  # since the interpreter began
    whole = ByteRange(0, options.file.stat().st_size)
    with tempfile.TemporaryDirectory() as name, one_thread():
        part, refused = Path(name) / "part.csv", Path(name) / "refused.csv"
        started, busy = time.monotonic(), time.process_time()
        header, blocks = opened(pieces(options.file), whole, "the file", sys.maxsize)
        scoring = FileScoring(model, header, with_reasons=options.reasons)
        counts = scoring.write(blocks, part, refused)
        seconds, cpu_s = time.monotonic() - started, time.process_time() - busy
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    facts = {"rows": counts.scored_rows, "seconds": seconds, "cpu_s": cpu_s}
    print(json.dumps({**facts, "peak_bytes": peak_bytes, "start_s": start_s}))


if __name__ == "__main__":
    main()
