"""The table: what a scan found, for a terminal of 80 columns, with or without colour."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from service.incident import Incident, IncidentEvent
from service.words import count, duration, listed, minute, plain, short_ref, strangest_ref, title_of
from unwonted.report import verdict
from unwonted.report.blind import blind_spots
from unwonted.report.report import Report
from unwonted.version import version

_WIDEST = 100
_REASONS = 3
_QUIET_STYLE = "dim"


def to_text(report: Report, *, top: int, again: Callable[..., str], file: TextIO | None) -> bytes:
    """Return the table as bytes, in the colours and width of a terminal where `file` is one.

    `again` makes the command line that scans the same with other options.
    """
    like = Console(file=file, highlight=False) if file is not None else Console(file=io.StringIO(), width=80)
    width = min(like.width, _WIDEST)
    drawn = io.StringIO()
    console = Console(
        file=drawn,
        width=width,
        highlight=False,
        markup=False,
        emoji=False,
        force_terminal=like.is_terminal,
        color_system=like.color_system if like.is_terminal else None,  # type: ignore[arg-type]  # rich's own name for it
        no_color=like.no_color,
        legacy_windows=False,
    )
    console.print(Group(*_parts(report, top, again)))
    lines = (line.rstrip() for line in drawn.getvalue().splitlines())
    return ("\n".join(lines) + "\n").encode(errors="replace")


def _parts(report: Report, top: int, again: Callable[..., str]) -> list[RenderableType]:
    parts: list[RenderableType] = [_head(report), Text()]
    parts.append(Text(verdict.headline(report), style="bold"))
    for rank, incident in enumerate(report.incidents[:top], 1):
        parts += [Text(), _incident(rank, incident, report)]
    if not report.incidents:
        parts += [Text(), Group(*(_event(event) for event in report.strangest))]
    parts += [Text(), *_foot(report, top, again)]
    return parts


def _head(report: Report) -> RenderableType:
    grid = _grid()
    label = "Read"
    for line in verdict.read(report):
        grid.add_row(Text(label, style="bold"), Text(plain(line)))
        label = ""
    grid.add_row(Text("Learned", style="bold"), Text(verdict.learned(report)))
    return Group(Text(f"Unwonted {version()}", style="bold"), Text(), grid)


def _incident(rank: int, incident: Incident, report: Report) -> RenderableType:
    heading = title_of(incident)
    facts = [_when(incident)]
    if any(plain(actor) not in heading for actor in incident.actors):
        facts.append(f"by {listed(incident.actors)}")
    facts.append(_events(incident))
    often = f"risk {incident.risk:.0f}, one like it {verdict.frequency(incident.return_period_s, report)}"
    title = _hanging(f"{rank}.", Text(heading, style="bold"), len(str(rank)) + 1)
    body = Group(
        Text("; ".join(facts), style=_QUIET_STYLE),
        Text(often, style=_colour(incident.risk)),
        *(_reason(reason.text, reason.usual, reason.weight) for reason in incident.reasons[:_REASONS]),
    )
    return Group(title, Padding(body, (0, 0, 0, 3)))


def _events(incident: Incident) -> str:
    number = len(incident.events)
    return f"{count(number, 'event')}, {'the strangest ' if number > 1 else ''}{strangest_ref(incident)}"


def _reason(text: str, usual: str, bits: float) -> RenderableType:
    words = Text(plain(text))
    if usual and usual.casefold() not in text.casefold():
        words.append(f" (usual: {plain(usual, 80)})", style=_QUIET_STYLE)
    return _surprise(words, bits)


def _event(event: IncidentEvent) -> RenderableType:
    words = f"{event.actor} {event.action} {event.entity}, {minute(event.time)} UTC ({short_ref(event.ref)})"
    return _surprise(Text(plain(words)), event.score)


def _surprise(words: Text, bits: float) -> RenderableType:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(width=1)
    grid.add_column(ratio=1)
    grid.add_column(width=7, justify="right", style=_QUIET_STYLE)
    grid.add_row("-", words, f"{bits:.0f} bits")
    return grid


def _hanging(mark: str, words: Text, width: int) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=width)
    grid.add_column(ratio=1)
    grid.add_row(Text(mark, style=words.style), words)
    return grid


def _foot(report: Report, top: int, again: Callable[..., str]) -> list[RenderableType]:
    grid = _grid()
    below = report.incidents[top:]
    if below:
        more = count(report.incident_count - top, "more incident")
        grid.add_row(Text("Below", style="bold"), Text(f"{more} (risk up to {below[0].risk:.0f}). To see them:"))
        grid.add_row("", Text(plain(again(top=len(report.incidents)))))
    for number, line in enumerate(blind_spots(report.totals.sources)):
        grid.add_row(Text("" if number else "Unseen", style="bold"), Text(line))
    grid.add_row(
        Text("Bits", style="bold"), Text("of surprise: 10 is one in a thousand, by this history.", style=_QUIET_STYLE)
    )
    grid.add_row(Text("Page", style="bold"), Text(plain(again(format="html", output="report.html"))))
    return [grid]


def _when(incident: Incident) -> str:
    length = incident.last_at - incident.first_at
    return f"{minute(incident.first_at)} UTC" + (f" for {duration(length)}" if length >= 60 else "")


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=7)
    grid.add_column(ratio=1)
    return grid


def _colour(risk: float) -> str:
    return "bold red" if risk >= 90 else "bold" if risk >= 75 else ""  # yellow cannot be read on white
