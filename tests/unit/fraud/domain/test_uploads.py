"""Of the product's own bucket a client's link may name its own uploads, and nothing else."""

import pytest

from fraud.domain.caller import Caller
from fraud.domain.errors import InvalidValue
from fraud.domain.keys import Scope
from fraud.domain.links import parse_link
from fraud.domain.uploads import check_own_bucket, uploads_of

SHOP = Caller("shop", frozenset({Scope.TRAIN}))
OPERATOR = Caller("operator", frozenset({Scope.ADMIN}))


@pytest.mark.parametrize(
    "key",
    [
        "datasets/0f343b0931126a20f133d67c2b018a3b5f1f3a2f4b2c5d1e6a7b8c9d0e1f2a3b",
        "models/first/model.joblib",
        "uploads/a.csv",
        f"{uploads_of('rival')}a.csv",
        f"x/{uploads_of('shop')}a.csv",
        uploads_of("shop").upper() + "a.csv",
        f"/{uploads_of('shop')}a.csv",
        uploads_of("shop").rstrip("/") + "x/a.csv",
    ],
)
def test_what_is_not_its_own_upload_is_refused(key: str) -> None:
    link = parse_link(f"s3://data/{key}")
    with pytest.raises(InvalidValue, match="not an upload of yours") as refusal:
        check_own_bucket(link, "data", SHOP)
    assert [f.field for f in refusal.value.fields] == ["dataset"]
    check_own_bucket(link, "data", OPERATOR)


def test_its_own_upload_and_what_lies_elsewhere_pass() -> None:
    for text in (
        f"s3://data/{uploads_of('shop')}a.csv",
        "s3://others/datasets/0f34",
        "https://example.com/datasets/0f34",
    ):
        check_own_bucket(parse_link(text), "data", SHOP)


def test_the_prefix_does_not_tell_the_client() -> None:
    assert uploads_of("shop") != uploads_of("shop2")
    assert "shop" not in uploads_of("shop")
