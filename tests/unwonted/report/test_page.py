"""The HTML report is one file, trusts no text, and says what the table says."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from tests.service.stand_ins import make_incident
from tests.unwonted.samples import hostile_incident, make_report
from unwonted.report.page import to_html
from unwonted.report.report import Report

VOID = {"meta"}


class Tags(HTMLParser):
    """The tags and attributes of a page, and whether they close in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that closes itself."""
        self.seen.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note what a reader sees."""
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        """Check that what closes was opened last."""
        assert self.open.pop() == tag


def page(report: Report, top: int = 10) -> str:
    """Return the page of a report."""
    return to_html(report, "1.2.3", top).decode()


def test_page_is_well_formed() -> None:
    """Every tag that opens closes, in order."""
    assert Tags(page(make_report([make_incident(events=7)]))).open == []


def test_page_needs_nothing_else() -> None:
    """No script, no style, image or font from elsewhere, and no form."""
    tags = Tags(page(make_report([make_incident()]))).seen
    assert not {"script", "link", "img", "iframe", "form", "object"} & {tag for tag, _ in tags}
    assert not [attributes for _, attributes in tags if {"src", "style", "onclick"} & set(attributes)]


def test_style_matches_the_policy() -> None:
    """The content security policy allows our style sheet, by its digest, and nothing more."""
    text = page(make_report())
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in text


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "&lt;b&gt;"]
)
def test_text_stays_text(hostile: str) -> None:
    """Whatever a source says is shown, never obeyed; the page keeps its tags."""
    harmless = Tags(page(make_report([hostile_incident("harmless")]))).seen
    text = page(make_report([hostile_incident(hostile)], path=hostile))
    assert [tag for tag, _ in Tags(text).seen] == [tag for tag, _ in harmless]
    assert Tags(text).text.count(hostile) > 10


def test_text_cannot_turn_the_page() -> None:
    """Control characters and reordering marks are shown as what they are."""
    assert not {"\x1b", "\u202e"} & set(page(make_report([hostile_incident("a\x1b[31m\u202eb")])))


def test_incident_is_told() -> None:
    """Risk, how often, reason with bits, observed and usual, and the events are there."""
    text = page(make_report([make_incident()]))
    for words in (
        "<b>50</b>",
        "one like it about every 6 weeks",
        "observed: odd · usual: git.clone",
        "9.5 bits",
        "ref-inc_1-0",
    ):
        assert words in text


def test_link_of_the_overview_leads_somewhere() -> None:
    """Every link is to an incident further down."""
    tags = Tags(page(make_report([make_incident("a"), make_incident("b")]))).seen
    targets = {f"#{attributes['id']}" for _, attributes in tags if "id" in attributes}
    links = {attributes["href"] for tag, attributes in tags if tag == "a"}
    assert links == {"#i1", "#i2"}
    assert links <= targets


def test_below_the_line() -> None:
    """What the page leaves out is counted."""
    assert "1 more incident lies below" in page(make_report([make_incident("a"), make_incident("b")]), top=1)


def test_no_incident() -> None:
    """A page without incidents names the strangest events."""
    assert "ref-e" in page(make_report())
