"""A page as a reader meets it: its elements, its text, its links and forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset("area base br col embed hr img input link meta source track wbr path rect circle".split())


INLINE = frozenset("a b code em kbd span time wbr".split())


@dataclass
class Element:
    """One element with its attributes and the text within."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    inside: tuple[str, ...] = ()
    """The tags around it, outermost first."""


@dataclass
class Document:
    """A parsed page."""

    elements: list[Element] = field(default_factory=list)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Return the elements with a tag and these attributes; `class_` asks for one class of several."""
        asked = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [one for one in self.elements if one.tag == tag and all(_has(one, *pair) for pair in asked.items())]

    def one(self, tag: str, **attributes: str) -> Element:
        """Return the only such element."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, (tag, attributes, len(found))
        return found[0]

    @property
    def text(self) -> str:
        """All that can be read."""
        return " ".join(self.one("body").text.split())


def _has(element: Element, name: str, value: str) -> bool:
    told = element.attributes.get(name, "")
    return value in told.split() if name == "class" else told == value


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.document = Document()
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        around = tuple(one.tag for one in self.open)
        self._space(tag)
        element = Element(tag, {name: value or "" for name, value in attrs}, inside=around)
        self.document.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()
        self._space(tag)

    def _space(self, tag: str) -> None:
        """Part what stands in two blocks, as the eye does."""
        if tag not in INLINE:
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def parse(html: str) -> Document:
    """Return a page parsed; fails where an element is not closed in order."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    assert not parser.open, [one.tag for one in parser.open]
    return parser.document
