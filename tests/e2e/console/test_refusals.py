"""What the console says when it may not, cannot, or is lied to."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Route, expect

pytestmark = pytest.mark.e2e

PLANTED = '<img src="x" onerror="window.planted = true"><b>bold</b>'


def refuse(console: Any, path: str, status: int, code: str, retry_after: str | None = None) -> None:
    """Let a route answer as the API does in a state that this stack is not in."""
    body = {"error": {"code": code, "message": "As the API says it.", "request_id": "request-1"}}
    headers = {"Retry-After": retry_after} if retry_after else {}

    def answer(route: Route) -> None:
        route.fulfill(
            status=status, headers=headers, body=json.dumps(body), content_type="application/json"
        )

    console.page.route(re.compile(rf"/api/v1/{path}"), answer)


@pytest.fixture
def reader(visit: Any, fraud: Any) -> Any:
    """The console with a key that may only read."""
    key = fraud.json("keys", "create", f"onlooker-{id(visit)}", "--scope", "read")["api_key"]
    opened = visit()
    opened.open()
    opened.enter(key)
    return opened


def test_without_a_key_it_asks_for_one_and_nothing_else(visit: Any) -> None:
    page = visit()
    page.open("#models")
    expect(page.page.get_by_role("heading", name="Enter an API key")).to_be_visible()
    expect(page.page.get_by_role("navigation")).to_be_hidden()
    expect(page.page.get_by_label("API key")).to_be_focused()
    on_aws = "fraud keys create NAME --scope SCOPE --stack STACK"
    expect(page.page.get_by_text(on_aws, exact=True)).to_be_visible()
    assert not any("/api/v1/" in url for url in page.requested)


def test_a_wrong_key_is_told_from_none(visit: Any) -> None:
    page = visit()
    page.open()
    for key in ("nonsense", "fd_local_nonsense", "not a key \u00e4"):
        page.page.get_by_label("API key").fill(key)
        page.page.get_by_role("button", name="Open the console").click()
        expect(page.page.get_by_role("alert")).to_contain_text("This key is not valid")
        expect(page.page.get_by_role("navigation")).to_be_hidden()
        page.page.get_by_role("alert").evaluate("it => it.remove()")


def test_the_key_is_in_memory_only_and_a_reload_forgets_it(console: Any, deployed: Any) -> None:
    kept = console.page.evaluate(
        "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    )
    assert json.loads(kept) == [{}, {}, ""]
    assert console.page.context.cookies() == []
    key = deployed.up["api_key"]
    assert not any(key in url for url in console.requested)
    assert key not in console.page.content()
    console.page.reload()
    expect(console.page.get_by_role("heading", name="Enter an API key")).to_be_visible()


def test_a_forgotten_key_opens_nothing(console: Any) -> None:
    console.page.get_by_role("button", name="Forget key").click()
    expect(console.page.get_by_role("heading", name="Enter an API key")).to_be_visible()
    console.page.evaluate("location.hash = '#log'")
    expect(console.page.get_by_role("heading", name="Enter an API key")).to_be_visible()


def test_a_key_without_the_scope_is_told_which_one_it_takes(reader: Any) -> None:
    reader.go("Score")
    reader.page.get_by_role("button", name="Score").click()
    expect(reader.page.get_by_role("alert")).to_contain_text("It takes a key with scope predict.")
    reader.go("Models")
    reader.page.get_by_role("button", name="Roll back").click()
    reader.page.get_by_label("Reason").fill("mine")
    reader.page.get_by_role("dialog").get_by_role("button", name="Roll back").click()
    expect(reader.page.get_by_role("alert")).to_contain_text("It takes a key with scope admin.")
    expect(reader.page.get_by_label("Reason")).to_have_value("mine")


def test_bad_values_are_named_where_they_were_typed(console: Any) -> None:
    console.go("Trainings")
    console.page.get_by_label("Link to the CSV file").fill("ftp://example.test/a.csv")
    console.page.get_by_role("button", name="Train", exact=True).click()
    expect(console.page.get_by_role("alert")).to_contain_text("must begin with http://")
    expect(console.page.get_by_label("Link to the CSV file")).to_have_value(
        "ftp://example.test/a.csv"
    )


def test_an_upload_that_fails_trains_nothing(console: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("step\n", encoding="utf-8")
    console.page.route("**/uploads/**", lambda route: route.fulfill(status=403))
    console.go("Trainings")
    console.page.get_by_label("a file").check()
    console.page.get_by_label("CSV file", exact=True).set_input_files(tmp_path / "mine.csv")
    console.page.get_by_role("button", name="Train", exact=True).click()
    expect(console.page.get_by_role("alert")).to_contain_text("The upload failed")


def test_that_there_is_no_model_is_no_fault_of_the_key(visit: Any, deployed: Any) -> None:
    page = visit()
    refuse(page, "model/healthy", 503, "no_model", "60")
    page.open()
    page.enter(deployed.up["api_key"])
    expect(page.page.get_by_role("alert")).to_contain_text("There is no model yet")
    page.page.get_by_role("link", name="Train a model").click()
    expect(page.page.get_by_role("heading", name="New training")).to_be_visible()


def test_what_the_service_refuses_is_said_with_what_to_do(console: Any) -> None:
    for status, code, retry_after, said in (
        (429, "throttled", "7", "As the API says it. Wait 7 s, then"),
        (429, "throttled", "34170", "As the API says it. Wait 9 h 30 min, then"),
        (503, "unavailable", "7", "The service has a problem"),
        (500, "internal", None, "request-1"),
    ):
        refuse(console, "models", status, code, retry_after)
        console.go("Models")
        expect(console.page.get_by_role("alert")).to_contain_text(said)
        console.go("Score")


def test_an_api_that_is_down_is_said_to_be_and_looked_for_again(console: Any) -> None:
    console.page.route(re.compile("/api/v1/"), lambda route: route.abort())
    console.go("Trainings")
    alert = console.page.get_by_role("alert")
    expect(alert).to_contain_text("The API does not answer")
    console.page.unroute(re.compile("/api/v1/"))
    expect(console.page.get_by_role("row").first).to_be_visible(timeout=15_000)
    expect(alert).to_be_hidden()
    # The browser's own word for the requests that were stopped.
    console.complaints[:] = [c for c in console.complaints if "ERR_FAILED" not in c]


def test_a_key_that_is_revoked_meanwhile_is_asked_for_again(console: Any) -> None:
    refuse(console, "models", 401, "unauthenticated")
    console.go("Score")
    console.page.evaluate("location.hash = '#models'")
    expect(console.page.get_by_role("alert")).to_contain_text("expired or revoked")
    expect(console.page.get_by_label("API key")).to_be_focused()


def test_markup_in_what_clients_wrote_stays_text(
    console: Any, api: httpx.Client, rival: str
) -> None:
    assert api.post(f"/models/{rival}/promote", json={"reason": PLANTED}).status_code == 200
    try:
        console.page.reload()
        console.enter(api.headers["X-Api-Key"])
        expect(console.page.get_by_text(PLANTED)).to_be_visible()
        console.go("Models")
        console.page.get_by_role("button", name=rival, exact=True).click()
        expect(console.page.get_by_role("dialog").get_by_text(PLANTED)).to_be_visible()
        assert console.page.locator("img, b").count() == 0
        assert console.page.evaluate("window.planted") is None
    finally:
        assert api.post("/models/rollback", json={"reason": "as it was"}).status_code == 200


MARKUP = (
    "document.body.innerHTML = '<b>bold</b>'",
    "document.body.setAttribute('onclick', 'window.planted = true')",
    "document.createElement('script').text = 'window.planted = true'",
)


def test_a_script_that_turned_text_into_markup_or_code_would_fail(console: Any) -> None:
    for way in MARKUP:
        tried = console.page.evaluate(
            f"() => {{ try {{ {way}; return 'allowed'; }} catch (e) {{ return e.name; }} }}"
        )
        assert tried == "TypeError", way
    assert all("requires 'Trusted" in complaint for complaint in console.complaints)
    console.complaints.clear()
