"""Drills as a table for people, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.words import count, plain
from training.drills.result import DrillResult, Ending

_COLOURS = {Ending.FOUND: "green", Ending.BURIED: "yellow", Ending.MISSED: "red", Ending.FAILED: "red"}
_WIDTH = 100


def to_table(results: Sequence[DrillResult], like: Console) -> str:
    """Return what each drill showed, drawn for a console."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for result in results:
        table.add_row(Text(result.name, style="bold"), Text(_capital(result.sentence), style=_colour(result)))
        table.add_row("", Text(plain(result.says), style="dim"))
        for line in _details(result):
            table.add_row("", Text(plain(line), style="dim"))
        table.add_row("", "")
    found = sum(result.ending is Ending.FOUND for result in results)
    played = sum(result.ending is not Ending.UNPLAYED for result in results)
    return _drawn(table, like) + f"{found} of {count(played, 'drill')} that could be played found\n"


def to_list(drills: Sequence[tuple[str, str]], like: Console) -> str:
    """Return the drills there are, drawn for a console."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for name, says in drills:
        table.add_row(Text(name, style="bold"), Text(says))
    return _drawn(table, like)


def to_json(results: Sequence[DrillResult], version: str) -> str:
    """Return what the drills showed, as one object."""
    return msgspec.json.format(msgspec.json.encode({"unwonted": version, "drills": results}), indent=2).decode() + "\n"


def _details(result: DrillResult) -> list[str]:
    lines = []
    if result.told:
        lines.append(
            f"risk {result.risk:.0f}; {result.told} of {count(result.events, 'event')} told, by "
            f"{', '.join(result.feeds)}; beside {count(result.rivals, 'incident')} of the last 30 days"
        )
    if result.missing_feeds and result.ending is not Ending.UNPLAYED:
        lines.append(f"not sent by this organisation, so not played: {', '.join(result.missing_feeds)}")
    return lines


def _colour(result: DrillResult) -> str:
    return _COLOURS.get(result.ending, "")


def _capital(sentence: str) -> str:
    return plain(sentence[:1].upper() + sentence[1:])


def _drawn(table: Table, like: Console) -> str:
    drawn = StringIO()
    console = Console(
        file=drawn,
        width=min(like.width, _WIDTH) if like.is_terminal else _WIDTH,
        force_terminal=like.is_terminal,
        color_system=like.color_system if like.is_terminal else None,  # type: ignore[arg-type]  # rich's own name for it
        no_color=like.no_color,
    )
    console.print(table)
    return "\n".join(line.rstrip() for line in drawn.getvalue().splitlines()) + "\n"
