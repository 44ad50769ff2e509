"""The console's files: complete, small, and written so that no text can become code."""

import re
from pathlib import Path

import pytest

from fraud.http.console_page import (
    MEDIA_TYPES,
    PAGE,
    content_security_policy,
    file_response,
    read_console,
)

FOLDER = Path(__file__).resolve().parents[4] / "functions/docs/console"
FILES = read_console(FOLDER)
MODULES = {name: file.content for name, file in FILES.items() if name.endswith(".js")}
MAX_FILE_LINES = 250
MAX_BYTES = 150_000
# What makes markup or code of text, and what outlives the tab.
NEVER = (
    "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "srcdoc", "eval(",
    "new Function", "DOMParser", "localStorage", "sessionStorage", "indexedDB", "document.cookie",
    "javascript:",
)  # fmt: skip

# What a chart's fill has to have beside what it is drawn on: WCAG 2.2, 1.4.11.
LEAST_CONTRAST = 3
FILLS = ("own", "other", "base", "raises", "lowers", "amber", "bad")
BEHIND = ("panel", "calm-back", "warn-back", "bad-back")


def luminance(colour: str) -> float:
    """Relative luminance of #rgb or #rrggbb, as WCAG defines it."""
    digits = colour.removeprefix("#")
    full = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    red, green, blue = (
        x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4
        for x in (int(full[i : i + 2], 16) / 255 for i in (0, 2, 4))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def directives(policy: str) -> dict[str, str]:
    return {name: rest for name, _, rest in (part.partition(" ") for part in policy.split("; "))}


def test_the_policy_allows_own_files_the_api_and_the_uploads() -> None:
    uploads = "https://s3.eu-central-1.amazonaws.com/data/uploads/"
    policy = directives(content_security_policy(uploads))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["img-src"] == "'self'"
    assert policy["connect-src"] == f"'self' {uploads}"
    assert policy["trusted-types"] == "'none'"
    assert {"base-uri", "form-action", "frame-ancestors"} <= policy.keys()
    assert directives(content_security_policy(""))["connect-src"] == "'self'"


def test_a_file_is_sent_once_and_again_after_it_has_changed() -> None:
    file = FILES["app.js"]
    assert file_response(file, None, "").status_code == 200
    same = file_response(file, f"W/{file.etag}", "")
    assert (same.status_code, same.body) == (304, "")
    assert file_response(file, FILES["api.js"].etag, "").status_code == 200


def test_every_file_is_of_a_known_kind_and_all_are_small() -> None:
    assert {Path(name).suffix for name in FILES} == set(MEDIA_TYPES)
    assert sum(len(file.content.encode()) for file in FILES.values()) < MAX_BYTES
    for name, file in FILES.items():
        assert len(file.content.splitlines()) <= MAX_FILE_LINES, name


def test_every_file_is_used_and_none_is_missing() -> None:
    used = {PAGE, *re.findall(r'(?:href|src)="console/([\w.]+)"', FILES[PAGE].content)}
    for content in MODULES.values():
        used |= set(re.findall(r'(?:from|import\()\s*"\./([\w.]+)"', content))
    assert used == set(FILES)


def test_every_import_is_used_and_exported() -> None:
    for name, content in MODULES.items():
        for names, module in re.findall(r'import \{([^}]+)\} from "\./([\w.]+)"', content):
            for imported in (text.strip() for text in names.split(",") if text.strip()):
                exported = rf"export (?:async )?(?:function|const|class) {imported}\b"
                assert re.search(exported, MODULES[module]), (name, imported)
                assert len(re.findall(rf"\b{imported}\b", content)) > 1, (name, imported)


def test_the_page_has_no_inline_code_and_links_to_nothing_else() -> None:
    page = FILES[PAGE].content
    assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?![^>]*\ssrc=)", page)
    assert all(
        link.startswith(("console/", "#")) for link in re.findall(r'(?:href|src)="(.*?)"', page)
    )


@pytest.mark.parametrize("name", MODULES)
def test_a_module_makes_no_markup_of_text_and_keeps_nothing(name: str) -> None:
    for word in NEVER:
        assert word not in MODULES[name], word
    addresses = set(re.findall(r"https?://[\w./]+", MODULES[name]))
    assert addresses <= {"http://www.w3.org/2000/svg"}


def test_a_charts_colours_stand_out_from_what_is_behind_them() -> None:
    light, dark = re.findall(r":root \{(.*?)\}", FILES["console.css"].content, re.DOTALL)
    for scheme in (light, dark):
        colours = dict(re.findall(r"--([\w-]+): (#\w+);", scheme))
        for fill in FILLS:
            for back in BEHIND:
                found = contrast(colours[fill], colours[back])
                assert found >= LEAST_CONTRAST, (fill, colours[fill], back, round(found, 2))
