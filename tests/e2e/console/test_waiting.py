"""Answers that are slow: nothing is shown twice, and nothing older over something newer."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Request, Route, expect

pytestmark = pytest.mark.e2e

SETTLED = "() => new Promise((done) => setTimeout(done, 200))"
"""Long enough for the page to draw an answer that has come."""


def hold(page: Page, wanted: str) -> list[Route]:
    """Keep back requests whose address this expression is found in, until they are let go."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(re.compile(wanted), keep)
    return held


def let_go(page: Page, held: list[Route], wanted: str) -> None:
    """Let the first request of those held be answered, and the page draw it."""
    with page.expect_response(re.compile(wanted)):
        held[0].continue_()
    page.evaluate(SETTLED)


def until(page: Page, true: Callable[[], Any]) -> None:
    """Let the page go on until something is so."""
    for _ in range(100):
        if true():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not come about")


@pytest.fixture
def logged(api: httpx.Client) -> None:
    """More predictions than a page of the log has."""
    row = {"day_of_month": 5, "type": "PAYMENT", "amount_log": 3.0, "amount_dest": 0.0}
    made = api.post("/model/predict/batch", json={"transactions": [row] * 45})
    assert made.status_code == 200


@pytest.mark.usefixtures("logged")
def test_an_impatient_second_click_adds_no_page_twice(console: Any) -> None:
    page = console.page
    asked: list[Request] = []
    page.on("request", lambda request: "next=" in request.url and asked.append(request))
    console.go("Log")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(20)
    held = hold(page, "predictions.*next=")
    older = page.get_by_role("button", name="Show older ones")
    older.evaluate("it => { it.click(); it.click(); }")
    until(page, lambda: held)
    older.click()
    page.evaluate(SETTLED)
    assert len(asked) == 1
    for route in held:
        route.continue_()
    expect(rows).to_have_count(40)
    page.evaluate(SETTLED)
    names = [text.split()[0] for text in page.locator("tbody button.link").all_inner_texts()]
    assert len(names) == len(set(names)) == 40
    page.unroute(re.compile("predictions.*next="))
    older.click()
    expect(rows.nth(40)).to_be_visible()


@pytest.mark.usefixtures("logged")
def test_a_slow_search_is_not_shown_over_a_newer_one(console: Any) -> None:
    page = console.page
    held = hold(page, "predictions(?!.*client=)")
    console.go("Log")
    until(page, lambda: held)
    page.get_by_label("Client").fill("nobody-of-this-name")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("No predictions")).to_be_visible()
    let_go(page, held, "predictions(?!.*client=)")
    expect(page.get_by_text("No predictions")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(0)


def test_a_slow_comparison_is_not_shown_over_a_newer_one(
    console: Any, api: httpx.Client, rival: str
) -> None:
    champion = str(api.get("/model/healthy").json()["modelname"])
    page = console.page
    held = hold(page, "/compare/")
    console.go("Models")
    until(page, lambda: held)
    assert rival != champion
    page.get_by_label("Model", exact=True).select_option(champion)
    curves = page.get_by_role("img", name=f"for {champion}")
    expect(curves).to_have_count(3)
    let_go(page, held, "/compare/")
    expect(curves).to_have_count(3)
    expect(page.get_by_role("columnheader", name="Difference")).to_have_count(0)
