"""A training over many files on the deployed state machine."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import boto3
import httpx
import pytest

from fraud_cli.local import tools
from fraud_cli.sampling import write_sample

from .conftest import Deployed

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    path = tmp_path_factory.mktemp("lines") / "sample.csv"
    write_sample(path, 12_000, seed=3, fraud_rate=0.02)
    return path.read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def bucket(api: httpx.Client) -> str:
    link = api.post("/datasets", json={}).json()["dataset"]
    return str(link.split("/")[2])


@pytest.fixture(scope="module")
def s3(deployed: Deployed) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{deployed.port}",
        region_name=tools.REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@pytest.fixture(scope="module")
def put(s3: Any, bucket: str) -> Callable[[str, list[str]], str]:
    def write(name: str, rows: list[str]) -> str:
        s3.put_object(Bucket=bucket, Key=f"uploads/{name}", Body="\n".join(rows).encode())
        return f"s3://{bucket}/uploads/{name}"

    return write


def digest(s3: Any, bucket: str, model: str) -> str:
    answer = s3.get_object(Bucket=bucket, Key=f"models/{model}/model.onnx")
    return sha256(answer["Body"].read()).hexdigest()


def test_ten_shards_give_the_model_of_one_file(
    s3: Any, bucket: str, put: Any, train: Any, lines: list[str]
) -> None:
    header, *rows = lines
    one = train(put("one.csv", lines), promote="never")
    for i in range(10):
        put(f"ten/{i}.csv", [header, *rows[i::10]])
    ten = train(f"s3://{bucket}/uploads/ten/", promote="never")
    assert one["status"] == ten["status"] == "processed", ten
    assert digest(s3, bucket, ten["model"]) == digest(s3, bucket, one["model"])
    assert {k: v for k, v in ten["metrics"].items() if k != "time"} == {
        k: v for k, v in one["metrics"].items() if k != "time"
    }
    progress = [p for _, _, p in ten["seen"]]
    assert progress == sorted(progress)


def test_a_corrupt_shard_ends_in_a_sentence_with_its_file_and_line(
    bucket: str, put: Any, train: Any, lines: list[str]
) -> None:
    header, *rows = lines
    for i in range(3):
        part = rows[i::3]
        put(f"corrupt/{i}.csv", [header, *part[:40], *(["oops,x"] if i == 1 else []), *part[40:]])
    failed = train(f"s3://{bucket}/uploads/corrupt/")
    assert failed["status"] == "error"
    message = failed["error"]["message"]
    assert f"first in line 42 of s3://{bucket}/uploads/corrupt/1.csv" in message
    assert failed.get("model") is None
