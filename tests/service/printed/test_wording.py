"""A reason quotes a new line as it was printed, with its place in the log."""

from __future__ import annotations

import msgspec

from collector.event import Event
from models.finding import Reason, Scored
from service.printed.wording import quoting
from tests.service.printed.logs import log_event
from tests.service.stand_ins import make_event, make_scored


def _scored(event: Event, *reasons: Reason) -> Scored:
    return msgspec.structs.replace(make_scored(event), reasons=reasons)


def _log(line: list[str], printed: list[str]) -> Event:
    return msgspec.structs.replace(log_event(), snapshot=None, facts={"line": line, "printed": printed})


_LINE = Reason("line_of_job", "log_text", "it printed: curl #", "curl #", "", 8.0, 50.0)
_COUNT = Reason("novel_lines_of_job", "log_text", "it printed 2 kinds of lines", "2", "0", 8.0, 50.0)


def test_a_shape_is_told_as_the_line_it_was() -> None:
    """What is compared stays the shape."""
    told = quoting(_scored(_log(["wget #", "curl #"], ["line 7: wget 9", "line 3: curl 4711"]), _LINE))
    assert [(reason.text, reason.value) for reason in told.reasons] == [("it printed: line 3: curl 4711", "curl #")]


def test_a_number_of_lines_comes_with_examples() -> None:
    """The newest of them are quoted, and no more than a few."""
    told = quoting(_scored(_log(["nothing new"], [f"line {n}: text" for n in range(8)]), _COUNT))
    assert told.reasons[0].text == (
        "it printed 2 kinds of lines; the newest to it: line 0: text; line 1: text; line 2: text"
    )


def test_other_events_stay_as_they_are() -> None:
    """A clone has no lines."""
    item = make_scored(make_event(action="odd"))
    assert quoting(item) is item
