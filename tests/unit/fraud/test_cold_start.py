"""The collector rests from a function's first import to its first answer."""

import os
import subprocess
import sys

LOOK = """
import gc
import fraud.cold_start
from fraud.cold_start import cold_start_over
resting = not gc.isenabled()
cold_start_over()
print(resting, gc.isenabled(), gc.get_freeze_count() > 0)
"""


def looked(**env: str) -> list[str]:
    elsewhere = {k: v for k, v in os.environ.items() if k != "AWS_LAMBDA_FUNCTION_NAME"}
    command = [sys.executable, "-c", LOOK]
    done = subprocess.run(
        command, env=elsewhere | env, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.split()


def test_in_lambda_it_rests_until_the_first_answer_and_leaves_what_was_there_alone():
    assert looked(AWS_LAMBDA_FUNCTION_NAME="predict") == ["True", "True", "True"]


def test_elsewhere_nothing_changes():
    assert looked() == ["False", "True", "False"]


def test_a_handler_lets_it_work_again_even_when_it_raises():
    answer = (
        "import gc\nfrom fraud.cold_start import cold_start_over\n"
        "import app\n"
        "try:\n    app.handler({}, None)\nexcept Exception as e:\n    print(type(e).__name__)\n"
        "print(gc.isenabled())"
    )
    env = os.environ | {
        "AWS_LAMBDA_FUNCTION_NAME": "authorizer",
        "PYTHONPATH": "functions/authorizer",
    }
    done = subprocess.run(
        [sys.executable, "-c", answer], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-1] == "True"
    assert len(done.stdout.split()) == 2
