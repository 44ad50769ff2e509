"""The whole report: what is in it, what is left out, and what it never does."""

from __future__ import annotations

import copy
import re
from html.parser import HTMLParser

import pytest

from fraud.domain.findings import Finding, Level
from fraud.domain.model_cards import ModelCard
from fraud_training.report.page import SECTIONS

HOSTILE = "</title></style><script>alert('x')</script><img src=https://evil.example/?\" onerror=a>"
VOID = {"meta", "br", "hr"}


class Balance(HTMLParser):
    """Fails on an end tag that does not match."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in VOID, f"<{tag}/> is not closed in HTML"
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def parsed(text: str) -> Balance:
    parser = Balance()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


def test_a_full_card_with_a_champion_fills_every_section(full_card, quick_card, written):
    report = written(full_card, champion=quick_card)
    assert report.anchors == {anchor for anchor, _, _ in SECTIONS}
    headings = {h.text for h in report.root.iter("h2")}
    assert headings == {heading for _, heading, _ in SECTIONS}


def test_a_quick_card_leaves_out_what_was_not_measured(quick_card, written):
    report = written(quick_card)
    assert report.anchors == {"held-out", "findings", "confusion", "making"}
    assert "without intervals" in report.text
    links = {a.get("href") for nav in report.root.iter("nav") for a in nav.iter("a")}
    assert links == {f"#{anchor}" for anchor in report.anchors}


def test_a_card_without_evaluation_still_gives_a_report(full_card, written):
    bare = full_card.model_copy(update={"evaluation": {}})
    report = written(bare, champion=bare)
    assert report.anchors == {"champion", "findings", "making"}


def test_the_document_is_well_formed_as_html_and_as_xml(full_card, quick_card, written):
    for card in (full_card, quick_card):
        report = written(card, champion=full_card)
        parsed(report.text)
        ids = [e.get("id") for e in report.root.iter() if e.get("id")]
        assert len(ids) == len(set(ids))


def test_every_drawing_and_table_says_what_it_is(full_card, written):
    report = written(full_card)
    drawings = [s for s in report.root.iter("svg") if s.get("aria-hidden") != "true"]
    assert len(drawings) == 8
    for drawing in drawings:
        named = (drawing.get("aria-labelledby") or "").split()
        texts = {e.get("id"): e.text for e in drawing if e.tag in {"title", "desc"}}
        assert named == list(texts)
        assert all(texts.values())
    tables = list(report.root.iter("table"))
    assert tables
    for table in tables:
        assert table.findtext("caption")
        assert {th.get("scope") for th in table.iter("th")} == {"col", "row"}


def test_nothing_is_fetched_and_nothing_runs(full_card, quick_card, written):
    seen = parsed(written(full_card, champion=quick_card).text).seen
    tags = {tag for tag, _ in seen}
    assert not tags & {"script", "link", "img", "iframe", "object", "image", "use", "form", "base"}
    for _, attributes in seen:
        assert not any(name.startswith("on") or name in {"src", "style"} for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    policies = [a["content"] for _, a in seen if a.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    styles = re.findall(r"<style>(.*?)</style>", written(full_card).text, re.DOTALL)
    assert len(styles) == 1
    assert not re.search(r"url\(|@import|https?:", styles[0])


def test_light_dark_and_paper_are_catered_for(full_card, written):
    text = written(full_card).text
    assert "@media screen and (prefers-color-scheme:dark)" in text
    assert "@media print" in text
    assert 'name="color-scheme" content="light dark"' in text


def test_a_full_report_stays_small(full_card, written):
    assert len(written(full_card, champion=full_card).text.encode()) < 400_000


def test_the_same_card_gives_the_same_report(full_card, written):
    assert written(full_card).text == written(full_card).text


def hostile_card(card: ModelCard) -> ModelCard:
    feature = card.feature_set.features[0].model_copy(
        update={"description": HOSTILE, "unit": HOSTILE}
    )
    features = (feature, *card.feature_set.features[1:])
    evaluation = copy.deepcopy(card.evaluation)
    evaluation["not_split"] = {HOSTILE: HOSTILE}
    evaluation["search"]["candidates"][0]["name"] = HOSTILE
    evaluation["splits"][card.split]["by_type"][HOSTILE] = evaluation["splits"][card.split][
        "by_type"
    ]["TRANSFER"]
    return card.model_copy(
        update={
            "name": HOSTILE,
            "algorithm": HOSTILE,
            "parameters": {HOSTILE: {HOSTILE: HOSTILE}},
            "library_versions": {HOSTILE: HOSTILE},
            "dataset": card.dataset.model_copy(update={"source": HOSTILE}),
            "feature_set": card.feature_set.model_copy(update={"features": features}),
            "evaluation": evaluation,
        }
    )


def test_hostile_text_is_shown_and_never_becomes_markup(full_card, written):
    finding = Finding(code=HOSTILE, level=Level.WARNING, message=HOSTILE, column=HOSTILE, rows=3)
    hostile = hostile_card(full_card)
    harmless = parsed(written(full_card, champion=full_card).text)
    report = written(hostile, [finding], champion=hostile)
    seen = parsed(report.text).seen
    assert {tag for tag, _ in seen} <= {tag for tag, _ in harmless.seen} | {"nav"}
    assert HOSTILE in report.section("findings")
    assert HOSTILE in report.section("making")


@pytest.mark.parametrize(
    "text", ["\x00\x08\x1b[31m", "\udc80", "\u202egpj.exe", "\ufffe", "a\r\n\tb"]
)
def test_characters_that_break_files_or_mislead_readers_are_replaced(text, full_card, written):
    card = full_card.model_copy(
        update={"dataset": full_card.dataset.model_copy(update={"source": text})}
    )
    report = written(card, [Finding(code="c", level=Level.INFO, message=text)])
    assert "\ufffd" in report.section("findings")
    assert not set(report.text) & set("\x00\x08\x1b\r\u202e\ufffe")


def test_endless_findings_do_not_make_an_endless_report(full_card, written):
    findings = [
        Finding(code="ragged_rows", level=Level.INFO, message="m" * 100_000) for _ in range(3_000)
    ]
    report = written(full_card, findings)
    assert len(report.text) < 400_000
    assert "and 2,900 more" in report.section("findings")
