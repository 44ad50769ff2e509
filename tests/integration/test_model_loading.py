"""The predict function over moto: whatever becomes of a new model's files, predictions go on."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from fraud.domain.model_cards import CARD_FILE, GOLDEN_FILE, ONNX_FILE
from fraud_serving import wiring

PREDICT = "/api/v1/model/predict"
TRANSACTION = {"day_of_month": 3, "type": "TRANSFER", "amount_log": 12.0, "amount_dest": 0.0}
BUCKET = "fraud-data"


def key(model: str, file: str) -> dict[str, str]:
    return {"Bucket": BUCKET, "Key": f"models/{model}/{file}"}


def flip_a_bit(s3: Any, file: str) -> None:
    content = bytearray(s3.get_object(**key("second", file))["Body"].read())
    content[len(content) // 2] ^= 1
    s3.put_object(**key("second", file), Body=bytes(content))


def remove(s3: Any, file: str) -> None:
    s3.delete_object(**key("second", file))


def swap(s3: Any, file: str) -> None:
    other = {ONNX_FILE: GOLDEN_FILE, CARD_FILE: ONNX_FILE, GOLDEN_FILE: CARD_FILE}[file]
    s3.copy_object(**key("second", file), CopySource=key("second", other))


def served_by(stack: Any) -> str:
    answer = stack.call("predict", "POST", PREDICT, TRANSACTION)
    assert answer.status == 200, answer.body
    return str(answer.body["model"]["name"])


@pytest.mark.parametrize("file", [ONNX_FILE, CARD_FILE, GOLDEN_FILE])
@pytest.mark.parametrize("damage", [flip_a_bit, remove, swap])
def test_a_damaged_release_leaves_the_last_good_model_serving_and_is_logged_for_the_alarm(
    stack: Any,
    release: Callable[..., Any],
    logged: Callable[[], list[dict[str, Any]]],
    damage: Callable[[Any, str], None],
    file: str,
) -> None:
    release("first")
    assert served_by(stack) == "first"
    release("second", version=2)
    s3 = boto3.client("s3")
    whole = s3.get_object(**key("second", file))["Body"].read()
    damage(s3, file)
    wiring.champion().look_again()
    assert {served_by(stack) for _ in range(3)} == {"first"}
    (line,) = [line for line in logged() if line["message"] == "model_not_loaded"]
    assert (line["level"], line["serving"]) == ("ERROR", "first")
    assert file in line["reason"]

    s3.put_object(**key("second", file), Body=whole)
    wiring.champion().look_again()
    assert served_by(stack) == "second"


def test_a_sound_file_that_is_not_the_registered_one_is_refused(
    stack: Any, release: Callable[..., Any], logged: Callable[[], list[dict[str, Any]]]
) -> None:
    release("first")
    assert served_by(stack) == "first"
    record = release("second", version=2)
    models = boto3.resource("dynamodb").Table("ModelsTable")
    models.update_item(
        Key={"pk": "model", "sk": "second"},
        UpdateExpression="SET files.#f = :digest",
        ExpressionAttributeNames={"#f": ONNX_FILE},
        ExpressionAttributeValues={":digest": record.files[ONNX_FILE][::-1]},
    )
    wiring.champion().look_again()
    assert served_by(stack) == "first"
    (line,) = [line for line in logged() if line["message"] == "model_not_loaded"]
    assert "altered" in line["reason"]


def test_a_first_model_that_is_damaged_is_said_to_be_unavailable(
    stack: Any, release: Callable[..., Any], logged: Callable[[], list[dict[str, Any]]]
) -> None:
    release("first")
    boto3.client("s3").delete_object(**key("first", ONNX_FILE))
    answer = stack.call("predict", "POST", PREDICT, TRANSACTION)
    assert (answer.status, answer.body["error"]["code"]) == (503, "model_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert ONNX_FILE not in json.dumps(answer.body)
    (line,) = [line for line in logged() if line["message"] == "model_not_loaded"]
    assert "serving" not in line
