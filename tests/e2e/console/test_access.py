"""The console for everybody: by keyboard alone, read aloud, in the dark, on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from visiting import VIEWS

pytestmark = pytest.mark.e2e

ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# In the dark nothing but the colours is another.
RULES = {
    "light": {"runOnly": {"type": "tag", "values": ALL}},
    "dark": {"runOnly": {"type": "rule", "values": ["color-contrast"]}},
}
MOST_TABS = 60


def focused(console: Any) -> str:
    """Name of what has the focus; it must be seen to have it."""
    found = console.page.evaluate(
        """() => {
            const it = document.activeElement;
            const style = getComputedStyle(it);
            const label = it.labels?.[0]?.textContent;
            return {
                name: (it.getAttribute("aria-label") ?? label ?? it.textContent).trim(),
                seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
            };
        }"""
    )
    assert found["seen"], f"the focus is not to be seen on {found['name']}"
    return str(found["name"])


def tab_to(console: Any, name: str) -> None:
    """Press Tab until something of this name has the focus."""
    passed = []
    for _ in range(MOST_TABS):
        console.page.keyboard.press("Tab")
        passed.append(focused(console))
        if passed[-1] == name:
            return
    raise AssertionError(f"{name} is not reached with the keyboard: {passed}")


def test_a_transaction_is_scored_and_labelled_with_the_keyboard_alone(
    visit: Any, deployed: Any
) -> None:
    page = visit()
    page.open()
    keyboard = page.page.keyboard
    expect(page.page.get_by_label("API key")).to_be_focused()
    keyboard.type(deployed.up["api_key"])
    keyboard.press("Enter")
    expect(page.page.get_by_role("heading", name="Health", level=1)).to_be_focused()
    keyboard.press("Shift+Tab")
    while focused(page) != "Score":
        keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    expect(page.page.get_by_role("heading", name="Score", level=1)).to_be_focused()
    expect(page.page.get_by_role("button", name="Score")).to_be_visible()
    tab_to(page, "four fields")
    keyboard.press("ArrowRight")
    tab_to(page, "Type")
    keyboard.press("C")
    tab_to(page, "Score")
    keyboard.press("Enter")
    expect(page.page.get_by_role("img", name="Contribution of each input")).to_be_visible()
    tab_to(page, "Look at it in the log")
    keyboard.press("Enter")
    dialog = page.page.get_by_role("dialog")
    expect(dialog).to_contain_text("CASH_OUT")
    prediction_id = dialog.locator("dd code").first.inner_text()
    tab_to(page, f"Label {prediction_id} as legitimate")
    keyboard.press("Enter")
    expect(page.said).to_contain_text("is labelled legitimate")
    keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_dialog_holds_the_focus_and_gives_it_back(console: Any) -> None:
    console.go("Models")
    opener = console.page.get_by_role("button", name="Roll back")
    opener.focus()
    console.page.keyboard.press("Enter")
    expect(console.page.get_by_label("Reason")).to_be_focused()
    for _ in range(8):
        console.page.keyboard.press("Tab")
        inside = console.page.evaluate(
            "() => [document.body, ...document.querySelectorAll('dialog *')]"
            ".includes(document.activeElement)"
        )
        assert inside
    console.page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_the_first_tab_skips_to_the_content(console: Any) -> None:
    console.page.reload()
    console.page.get_by_label("API key").blur()
    console.page.evaluate("document.querySelector('.skip').focus()")
    expect(console.page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    console.page.keyboard.press("Enter")
    expect(console.page.locator("main")).to_be_focused()


def violations(page: Any, scheme: str) -> list[str]:
    options = {**RULES[scheme], "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response
    assert found["passes"], "nothing was checked"
    return [
        f"{violation['id']} ({violation['impact']}): {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("scheme", RULES)
def test_an_accessibility_checker_finds_nothing(
    visit: Any, deployed: Any, scheme: str, rival: str
) -> None:
    page = visit(scheme=scheme)
    page.open()
    found = {"key": violations(page.page, scheme)}
    page.enter(deployed.up["api_key"])
    for view in VIEWS:
        page.go(view)
        page.page.wait_for_load_state("networkidle")
        found[view] = violations(page.page, scheme)
    page.page.locator("tbody button.link").first.click()
    expect(page.page.get_by_role("dialog")).to_contain_text("As it was sent")
    found["prediction"] = violations(page.page, scheme)
    page.page.keyboard.press("Escape")
    page.go("Models")
    page.page.get_by_role("button", name=f"Promote {rival}").click()
    found["change"] = violations(page.page, scheme)
    assert {name: rules for name, rules in found.items() if rules} == {}
    # What the checker itself does is no fault of the page.
    page.complaints[:] = [c for c in page.complaints if "requires 'Trusted" not in c]


def test_on_a_phone_nothing_is_wider_than_the_page(visit: Any, deployed: Any, rival: str) -> None:
    page = visit(width=390, height=844)
    page.open()
    page.enter(deployed.up["api_key"])
    for view in VIEWS:
        page.go(view)
        page.page.wait_for_load_state("networkidle")
        widths = page.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths == [390, 390], view
    page.go("Models")
    page.page.get_by_role("button", name=rival, exact=True).click()
    dialog = page.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Save the report")
    assert dialog.evaluate("it => it.scrollWidth <= it.clientWidth")


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_colours_follow_the_system(visit: Any, scheme: str, dark: bool) -> None:
    page = visit(scheme=scheme)
    page.open()
    background = page.page.evaluate("getComputedStyle(document.body).backgroundColor")
    red, green, blue = (int(x) for x in background.removeprefix("rgb(").rstrip(")").split(","))
    assert (red + green + blue < 150) is dark


@pytest.mark.parametrize(("motion", "moves"), [("no-preference", True), ("reduce", False)])
def test_nothing_moves_for_those_who_asked_for_less_motion(
    visit: Any, motion: str, moves: bool
) -> None:
    page = visit(motion=motion)
    page.open()
    lasting = page.page.evaluate(
        """() => [...document.querySelectorAll("*")].map((it) => getComputedStyle(it))
            .filter((style) => parseFloat(style.transitionDuration) > 0
                || style.animationName !== "none").length"""
    )
    assert (lasting > 0) is moves
