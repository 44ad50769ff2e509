"""How the console's files are served, behind the stage's name and behind a domain of its own."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e

PASSED_ON = ("content-type", "content-security-policy", "etag", "cache-control", "retry-after")


def files(project_dir: Path) -> list[str]:
    return sorted(path.name for path in (project_dir / "functions/docs/console").iterdir())


def test_every_file_comes_without_a_key_under_a_strict_policy(
    anonymous: httpx.Client, deployed: Any, project_dir: Path
) -> None:
    url = deployed.up["console_url"]
    for address in (url, *(f"{url}/{name}" for name in files(project_dir))):
        answer = anonymous.get(address)
        assert answer.status_code == 200, address
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "connect-src 'self';" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_that_has_not_changed_is_not_sent_again(
    anonymous: httpx.Client, deployed: Any
) -> None:
    url = f"{deployed.up['console_url']}/app.js"
    etag = anonymous.get(url).headers["etag"]
    again = anonymous.get(url, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert anonymous.get(url, headers={"If-None-Match": '"another"'}).status_code == 200


def test_a_file_that_there_is_not_is_not_found(anonymous: httpx.Client, deployed: Any) -> None:
    for name in ("nothing.js", "app.py", "%2e%2e%2fapp.py"):
        answer = anonymous.get(f"{deployed.up['console_url']}/{name}")
        assert answer.status_code == 404, name
        assert answer.json()["error"]["code"] == "not_found"


@pytest.fixture
def domain(deployed: Any) -> Iterator[str]:
    """A domain in front of the API: its root is the stage's."""
    stage = deployed.up["console_url"].removesuffix("/console")

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = {"X-Api-Key": self.headers["X-Api-Key"]} if self.headers["X-Api-Key"] else {}
            answer = httpx.get(stage + self.path, headers=sent, timeout=60, trust_env=False)
            self.send_response(answer.status_code)
            for name in PASSED_ON:
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_it_works_behind_a_domain_without_the_stages_name(
    visit: Any, deployed: Any, domain: str
) -> None:
    page = visit(f"{domain}/console")
    page.open()
    page.enter(deployed.up["api_key"])
    expect(page.page.get_by_text("Enabled model")).to_be_visible()
    page.go("Models")
    expect(page.page.get_by_role("img")).to_have_count(3)
