"""Python's garbage collector rests until a function has given its first answer.

What a cold start makes (modules, classes, a model) stays until the process ends, and the collector
would look through it some forty times in vain, for a twentieth of the time until predict's first
answer (docs/speed-and-cost.md). Afterwards all of it is set apart, so that no later collection
looks at it either; https://docs.python.org/3/library/gc.html#gc.freeze.

To be imported before anything else by a function that somebody waits for. It does nothing outside
Lambda.
"""

from __future__ import annotations

import gc
import os

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    gc.disable()


def cold_start_over() -> None:
    """Let the collector work again, on what is made from now on."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
