"""`unwonted source`: how a system is told to send its deliveries here."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from unwonted.errors import exit_codes

app = typer.Typer(help="Set up what sends deliveries.", no_args_is_help=True)


class Sender(StrEnum):
    """A system that can be told to send."""

    GITHUB = "github"
    GITLAB = "gitlab"
    EVENT = "event"


@app.callback()
def _group() -> None:
    """Set up what sends deliveries."""


@app.command()
def add(
    sender: Annotated[Sender, typer.Argument(show_default=False, help="The system that shall send.")],
    url: Annotated[
        str, typer.Option("--url", metavar="PUBLIC_URL", help="Where the sender reaches this service.")
    ] = "http://127.0.0.1:8600",
    is_printed: Annotated[
        bool, typer.Option("--print", help="Print what to paste where; nothing is sent. There is no other way yet.")
    ] = True,
) -> None:
    """Print exactly what to paste where, with a secret made for it just now."""
    del is_printed
    with exit_codes():
        from unwonted.commands import source

        source.add(sender.value, url)
