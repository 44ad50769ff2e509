"""What a cold predict function spends its time on: `python -m phases MODULE EVENT_FILE`.

Prints milliseconds as JSON: the import of the handler's module, the model (its clients and their
calls included), the first and the tenth answer.
"""

import importlib
import json
import sys
from itertools import pairwise
from pathlib import Path
from time import perf_counter


def main() -> None:
    event = json.loads(Path(sys.argv[2]).read_bytes())
    marks = [perf_counter()]
    module = importlib.import_module(sys.argv[1])
    marks.append(perf_counter())
    importlib.import_module("fraud_serving.wiring").champion().current()
    marks.append(perf_counter())
    for _ in range(10):
        answer = module.handler(event, None)
        marks.append(perf_counter())
    assert answer["statusCode"] == 200, answer
    spans = [(end - start) * 1000 for start, end in pairwise(marks)]
    names = {"imports": 0, "model": 1, "first answer": 2, "tenth answer": len(spans) - 1}
    print(json.dumps({name: spans[i] for name, i in names.items()}))


if __name__ == "__main__":
    main()
