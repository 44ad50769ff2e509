"""Swagger UI at /doc in a browser: it renders, takes the key, and its calls are answered."""

from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e


@pytest.fixture
def swagger(visit: Any, deployed: Any) -> Any:
    page = visit(deployed.up["docs_url"])
    page.open()
    expect(page.page.get_by_role("heading", name="Fraud detection API")).to_be_visible()
    return page


def answered(page: Any, operation: str) -> Any:
    """Send what an operation's form holds; the part of the page with the answer."""
    block = page.page.locator(f"#operations-{operation}")
    block.locator("button.opblock-summary-control").click()
    block.get_by_role("button", name="Execute").click()
    live = block.locator(".live-responses-table")
    expect(live.locator(".response-col_status").last).to_contain_text("200")
    return live


def test_it_describes_every_part_of_the_api(swagger: Any) -> None:
    for tag in ("Status", "Training", "Model", "Models", "Predictions"):
        expect(swagger.page.locator(f"#operations-tag-{tag}")).to_be_visible()


def test_status_is_tried_out_without_a_key(swagger: Any) -> None:
    expect(answered(swagger, "Status-getStatus")).to_contain_text("pong!")


def test_a_prediction_is_tried_out_with_the_key_that_was_given(swagger: Any, deployed: Any) -> None:
    swagger.page.get_by_role("button", name="Authorize").first.click()
    swagger.page.get_by_role("textbox").fill(deployed.up["api_key"])
    swagger.page.get_by_role("button", name="Apply credentials").click()
    swagger.page.get_by_role("button", name="Close").click()
    expect(answered(swagger, "Model-postPrediction")).to_contain_text("prediction_id")
