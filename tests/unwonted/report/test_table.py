"""The table is honest, fits 80 columns, and no text of a source can play tricks in it."""

from __future__ import annotations

import io
import shlex

import pytest

from service.incident import Incident
from tests.service.stand_ins import DAY, make_incident
from tests.unwonted.samples import hostile_incident, make_report
from unwonted.report.report import Report
from unwonted.report.table import to_text


def again(**other: object) -> str:
    """Return a command line that scans the same."""
    return shlex.join(["unwonted", "scan", "audit.ndjson", *(f"--{name}={value}" for name, value in other.items())])


def told(report: Report, top: int = 10) -> str:
    """Return the table in one line, so that wrapping does not matter."""
    return " ".join(table(report, top).split())


def table(report: Report, top: int = 10) -> str:
    """Return the table as a file holds it."""
    return to_text(report, top=top, again=again, file=None).decode()


def clear(days: float) -> Incident:
    """Return an incident whose like is seen once in so many days."""
    incident = make_incident(risk=96.0)
    incident.return_period_s = days * DAY
    return incident


def test_what_was_read() -> None:
    """The first lines say how much was read, of what, from when to when, and what was lost."""
    text = told(make_report(skipped=2, duplicates=3))
    assert (
        "1,500 events of github.audit from audit.ndjson, 2026-01-01 to 2026-01-31; 2 unreadable entries skipped" in text
    )
    assert "3 repeated deliveries changed nothing" in text


def test_one_day() -> None:
    """What lies within a day has one date."""
    assert "audit.ndjson, on 2026-01-01 Learned" in told(make_report(days=0.5))


def test_commits_are_called_commits() -> None:
    """What a git history holds are commits, and states of what it pins."""
    assert "1,500 commits of git" in told(make_report(source="git", commits=1_500))
    text = told(make_report(source="git", commits=1_400))
    assert "1,400 commits and 100 states of lockfiles, workflows and models of git" in text


def test_what_was_learned() -> None:
    """The habits learned are counted, and warm-up is admitted."""
    text = told(make_report(warm_up=512))
    assert "the habits of 12 actors and 34 things they work on over 30 days; the first 512 events are warm-up" in text


def test_too_little_to_learn() -> None:
    """Where no model could be fitted, it says so."""
    assert "too few events yet to fit a model" in told(make_report(warm_up=1_500))


def test_incident_is_told_with_how_often() -> None:
    """Rank, title, when, risk, return period, reference and reason are all there."""
    text = told(make_report([clear(425)]))
    assert "1. user:mona did odd 2026-01-01 00:00 UTC; 1 event, ref-inc_1-0" in text
    assert "risk 96, one like it about every 14 months by estimate" in text
    assert "- first odd by user:mona (usual: git.clone) 10 bits" in text


def test_who_is_named_where_the_title_does_not() -> None:
    """A title that leaves the actor out is followed by the actor."""
    incident = make_incident(title="A token was used from a new network")
    assert "; by user:mona; 1 event" in told(make_report([incident]))


def test_three_reasons() -> None:
    """Only the three strongest reasons are told."""
    incident = make_incident()
    incident.reasons = incident.reasons * 5
    assert told(make_report([incident])).count("first odd by user:mona") == 3


def test_standing_out_is_said() -> None:
    """What is much rarer than the history is long stands out."""
    assert "1 of 2 incidents stands out clearly." in told(make_report([clear(400), clear(20)]))


def test_healthy_history() -> None:
    """Where nothing is rarer than chance would have it, it says so, and names the strangest."""
    text = told(make_report([clear(30)]))
    assert "Nothing stands out clearly: 30 days of a history bring something this strange by chance." in text
    assert "1. user:mona did odd" in text


def test_no_incident() -> None:
    """Where nothing was strange enough, the strangest events are named all the same."""
    text = told(make_report())
    assert "Nothing stands out. The strangest all the same: - user:mona git.clone repo:acme/pay" in text


def test_below_the_line() -> None:
    """What is not shown is counted, with the command that shows it."""
    incidents = [make_incident(f"inc_{n}", risk=90.0 - n) for n in range(12)]
    text = told(make_report(incidents))
    assert "2 more incidents (risk up to 80). To see them: unwonted scan audit.ndjson --top=12" in text


def test_nothing_below_the_line() -> None:
    """Where all is shown, nothing is said about more."""
    assert "more incident" not in told(make_report([make_incident()]))


def test_top_zero_shows_none() -> None:
    """A limit of none leaves only the counts."""
    assert "1. " not in told(make_report([make_incident()]), top=0)


def test_what_a_source_cannot_show() -> None:
    """A history says what to connect so that the rest can be seen."""
    assert "cannot show force-pushes, who pushed, token use" in told(make_report(source="git"))


def test_fits_80_columns_without_colour() -> None:
    """A file gets no escape sequence and no line over 80 columns."""
    text = table(make_report([hostile_incident("word " * 60), make_incident(title="x" * 300)]))
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_terminal_gets_colour() -> None:
    """A terminal gets escape sequences of our own."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NO_COLOR", raising=False)
        patch.setenv("TERM", "xterm-256color")
        text = to_text(make_report([make_incident()]), top=1, again=again, file=Terminal())
    assert b"\x1b[1m" in text


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\x1b]0;pwned\x07", "\u202egnp", "\r\nRisk 0", "\u2028x"])
def test_text_cannot_steer_the_terminal(hostile: str) -> None:
    """Control characters of a source never reach the terminal."""
    text = table(make_report([hostile_incident(f"a{hostile}b")], path=f"a{hostile}b", problems=(hostile,)))
    assert not {"\x1b", "\x07", "\u202e", "\r", "\u2028"} & set(text)


def test_markup_is_text() -> None:
    """Square brackets of a source are shown, not obeyed."""
    assert "[bold]x[/bold] [link=http://x]y" in told(make_report([hostile_incident("[bold]x[/bold] [link=http://x]y")]))
