"""Fetching an object from S3, within the same caps."""

import hashlib
import io

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import Stubber
from moto import mock_aws

from fraud.domain.errors import DatasetError, Unavailable
from fraud.domain.links import parse_link
from fraud_training.download import DownloadLimits, download_s3

BODY = b"step,type,amount\n1,TRANSFER,10\n" * 10_000
LINK = parse_link("s3://datasets/2026/a.csv")


@pytest.fixture
def client():
    """A client of a region, without credentials of the machine."""
    return boto3.client(
        "s3",
        region_name="eu-central-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


@pytest.fixture
def fetch(client, target):
    """Download the link with the client."""

    def run(client=client, on_progress=None, total_timeout_s=5.0, max_bytes=1_000_000):
        limits = DownloadLimits(max_bytes, total_timeout_s=total_timeout_s)
        return download_s3(LINK, target, client=client, limits=limits, on_progress=on_progress)

    return run


class Source(io.BytesIO):
    """A body whose reads are counted and may fail."""

    def __init__(self, content, failure=None):
        super().__init__(content)
        self.reads = 0
        self.failure = failure

    def read(self, amount=-1):
        self.reads += 1
        if self.failure is not None and self.reads > 1:
            raise self.failure
        return super().read(amount)


@pytest.fixture
def fetch_from(client, fetch):
    """Download where S3 answers with this body and length."""

    def run(source, length, **options):
        answer = {
            "Body": StreamingBody(source, length),
            "ContentLength": length,
            "ETag": '"v1"',
        }
        with Stubber(client) as stub:
            stub.add_response("get_object", answer, {"Bucket": "datasets", "Key": "2026/a.csv"})
            return fetch(**options)

    return run


def test_an_object_is_stored_with_its_digest_size_and_etag(fetch, target):
    with mock_aws():
        client = boto3.client("s3", region_name="eu-central-1")
        client.create_bucket(
            Bucket="datasets", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        etag = client.put_object(Bucket="datasets", Key="2026/a.csv", Body=BODY)["ETag"]
        seen = []
        downloaded = fetch(client, lambda *counts: seen.append(counts))
    assert target.read_bytes() == BODY
    assert downloaded.sha256 == hashlib.sha256(BODY).hexdigest()
    assert (downloaded.size_bytes, downloaded.etag) == (len(BODY), etag)
    assert downloaded.final_url == "s3://datasets/2026/a.csv"
    assert seen[-1] == (len(BODY), len(BODY))


def test_an_object_too_large_is_refused_before_its_first_byte(fetch_from, target):
    source = Source(BODY)
    with pytest.raises(DatasetError) as failure:
        fetch_from(source, 10_000_000_000)
    assert failure.value.code == "dataset_too_large"
    assert source.reads == 0
    assert source.closed
    assert list(target.parent.iterdir()) == []


def test_more_bytes_than_announced_stop_at_the_cap(fetch_from, target):
    with pytest.raises(DatasetError) as failure:
        fetch_from(Source(bytes(2_000_000)), 10)
    assert failure.value.code == "dataset_too_large"
    assert list(target.parent.iterdir()) == []


def test_the_deadline_holds_while_the_body_is_read(fetch_from, target):
    with pytest.raises(DatasetError) as failure:
        fetch_from(Source(BODY), len(BODY), total_timeout_s=0.0)
    assert failure.value.code == "dataset_timeout"
    assert list(target.parent.iterdir()) == []


def test_a_truncated_object_is_tried_again_never_a_short_file(fetch_from, target):
    with pytest.raises(Unavailable) as failure:
        fetch_from(Source(BODY[:1000]), 2000)
    assert failure.value.code == "dataset_unreachable"
    assert list(target.parent.iterdir()) == []


def test_a_stall_inside_the_body_is_tried_again(fetch_from, target):
    stall = ReadTimeoutError(endpoint_url="https://s3")
    with pytest.raises(Unavailable):
        fetch_from(Source(BODY, stall), len(BODY))
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize(
    "code", ["NoSuchKey", "NoSuchBucket", "AccessDenied", "InvalidObjectState"]
)
def test_an_object_that_cannot_be_read_ends_the_training(client, fetch, code):
    with Stubber(client) as stub:
        stub.add_client_error("get_object", code)
        with pytest.raises(DatasetError, match=r"2026/a\.csv") as failure:
            fetch()
    assert failure.value.code == "dataset_unreachable"


@pytest.mark.parametrize("code", ["SlowDown", "InternalError", "ServiceUnavailable"])
def test_a_busy_s3_is_tried_again(client, fetch, code):
    with Stubber(client) as stub:
        stub.add_client_error("get_object", code, http_status_code=503)
        with pytest.raises(Unavailable, match=code):
            fetch()


def test_an_s3_out_of_reach_is_tried_again(client, fetch, monkeypatch):
    def unreachable(**_):
        raise EndpointConnectionError(endpoint_url="https://s3")

    monkeypatch.setattr(client, "get_object", unreachable)
    with pytest.raises(Unavailable):
        fetch()
