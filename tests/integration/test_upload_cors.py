"""What the data bucket answers to browsers: the template's rules, put on a bucket of moto."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests  # moto answers it in place of S3, httpx it does not
from moto import mock_aws

OWN = "https://fraud.example.com"
GATEWAY = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"
OTHERS = (
    "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
    "https://execute-api.eu-west-1.amazonaws.com",
    "http://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
    "https://elsewhere.example.com",
    "http://fraud.example.com",
    "null",
)


def rules(template: dict[str, Any], own: str) -> list[dict[str, Any]]:
    """The bucket's CORS rules as CloudFormation would set them in Ireland."""
    values = {"AWS::Region": "eu-west-1", "AWS::URLSuffix": "amazonaws.com", "ConsoleOrigin": own}

    def evaluated(origin: Any) -> str | None:
        """As the template is read here: a condition is a list, a reference a name."""
        if isinstance(origin, list):
            assert origin[0] == "HasConsoleOrigin"
            return evaluated(origin[1]) if own else None
        text = values.get(origin, str(origin))
        for name, value in values.items():
            text = text.replace(f"${{{name}}}", value)
        return text

    bucket = template["Resources"]["DataBucket"]["Properties"]
    return [
        {
            **{key: rule[key] for key in rule.keys() & {"AllowedMethods", "AllowedHeaders"}},
            "AllowedOrigins": [*filter(None, map(evaluated, rule["AllowedOrigins"]))],
            "MaxAgeSeconds": rule["MaxAge"],
        }
        for rule in bucket["CorsConfiguration"]["CorsRules"]
    ]


@pytest.fixture
def s3() -> Iterator[Any]:
    """S3 that answers preflights by a bucket's rules."""
    with mock_aws():
        yield boto3.client("s3", region_name="us-east-1")


@pytest.fixture
def link(s3: Any, template: dict[str, Any], own: str) -> str:
    """A signed link to an upload into a bucket with the template's rules."""
    s3.create_bucket(Bucket="data")
    s3.put_bucket_cors(Bucket="data", CORSConfiguration={"CORSRules": rules(template, own)})
    place = {"Bucket": "data", "Key": "uploads/shop/a.csv"}
    return str(s3.generate_presigned_url("put_object", place))


def preflight(link: str, origin: str) -> requests.Response:
    """What a browser asks before it sends a PUT."""
    headers = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
    return requests.options(link, headers=headers, timeout=10)


@pytest.mark.parametrize("own", [OWN, ""])
def test_a_console_may_put_and_nothing_else(link: str, own: str) -> None:
    for origin in filter(None, (GATEWAY, own)):
        allowed = preflight(link, origin)
        assert allowed.status_code == 200
        assert allowed.headers["Access-Control-Allow-Origin"] == origin
        # Of a browser's three simple methods none; of headers only those that need no leave.
        assert allowed.headers["Access-Control-Allow-Methods"] == "PUT"
        assert "Access-Control-Allow-Headers" not in allowed.headers
        assert "Access-Control-Allow-Credentials" not in allowed.headers
        sent = requests.put(link, data=b"step\n", headers={"Origin": origin}, timeout=10)
        assert sent.status_code == 200
        assert sent.headers["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize("own", [OWN, ""])
def test_pages_of_other_origins_are_refused(link: str, own: str) -> None:
    for origin in (*OTHERS, *(() if own else (OWN,))):
        refused = preflight(link, origin)
        assert refused.status_code == 403, origin
        assert "Access-Control-Allow-Origin" not in refused.headers
