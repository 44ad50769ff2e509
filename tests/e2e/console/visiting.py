"""A visit to the console: one page, and everything it asked for and complained about."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request

TIMEOUT_MS = 20_000
VIEWS = ("Health", "Trainings", "Models", "Score", "Log")


@dataclass
class Visit:
    """One page in a context of its own.

    `complaints` are errors and warnings of the page: scripts, policies, but not answers with an
    error status, which a browser lists too.
    """

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    def open(self, fragment: str = "") -> None:
        """Load the page anew."""
        self.page.goto("about:blank")
        self.page.goto(self.url + fragment)

    def enter(self, key: str) -> None:
        """Give the key and go on."""
        self.page.get_by_label("API key").fill(key)
        self.page.get_by_role("button", name="Open the console").click()
        self.page.get_by_role("navigation").wait_for()

    def go(self, view: str) -> None:
        """Show a view by its link, without what is open in front of it."""
        while self.page.get_by_role("dialog").count():
            self.page.keyboard.press("Escape")
        self.page.get_by_role("link", name=view, exact=True).click()
        self.page.get_by_role("heading", name=view, level=1).wait_for()

    @property
    def said(self) -> Locator:
        """The line that tells what happened."""
        return self.page.locator("p.said").last

    def elsewhere(self) -> list[str]:
        """Requests to any other origin."""
        own = urlsplit(self.url).netloc
        return [
            url
            for url in self.requested
            if urlsplit(url).scheme in {"http", "https"} and urlsplit(url).netloc != own
        ]


def visit(
    browser: Browser,
    url: str,
    *,
    width: int = 1280,
    height: int = 800,
    scheme: str = "light",
    motion: str = "no-preference",
) -> Visit:
    """Open a page that keeps what it asked for and what went wrong; nothing is loaded yet."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce" if motion == "reduce" else "no-preference",
    )
    made = Visit(context.new_page(), url)
    made.page.set_default_timeout(TIMEOUT_MS)

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "status of" not in message.text:
            made.complaints.append(f"{message.text} ({message.location['url']})")

    def ask(request: Request) -> None:
        made.requested.append(request.url)

    made.page.on("console", hear)
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    made.page.on("request", ask)
    return made
