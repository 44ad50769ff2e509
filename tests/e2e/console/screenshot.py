"""Take docs/console.png: a transaction scored in the console, on the running local stack.

uv run fraud up
uv run python tests/e2e/console/screenshot.py
"""

from __future__ import annotations

import sys
from pathlib import Path

from chromium import chromium
from visiting import visit

from fraud_cli.connection import find_connection

PROJECT = Path(__file__).resolve().parents[3]
PICTURE = PROJECT / "docs/console.png"
MAX_BYTES = 150_000


def main() -> int:
    """Take the picture; fails where it is too large for the repository."""
    connection = find_connection(PROJECT)
    console_url = connection.api_url.removesuffix("/api/v1") + "/console"
    with chromium() as browser:
        page = visit(browser, console_url, height=720)
        page.open()
        page.enter(connection.api_key or "")
        page.go("Score")
        page.page.get_by_role("button", name="Score").click()
        page.page.get_by_role("link", name="Look at it in the log").wait_for()
        page.page.screenshot(path=PICTURE)
    size = PICTURE.stat().st_size
    sys.stdout.write(f"{PICTURE.relative_to(PROJECT)}: {size:,} bytes\n")
    return int(size > MAX_BYTES)


if __name__ == "__main__":
    raise SystemExit(main())
