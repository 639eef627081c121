"""`unwonted poll`: its options."""

from __future__ import annotations

from typing import Annotated

import typer

from unwonted.cli.options import AsJson, ConfigFile, Data, DatabaseUrl, StreamUrl, settings_of
from unwonted.errors import exit_codes


def poll(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", show_default=False, help="Only these; --list shows them.")
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="Only tell how each is doing; fetch nothing.")] = False,
    data: Data = None,
    stream: StreamUrl = None,
    database: DatabaseUrl = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Fetch now what the settings name: audit logs, job logs, failed webhooks, files of a folder.

    A running service does so by itself; what it is fetching is left to it, at once.
    Exit codes: 0 everything was fetched, 1 something could not be, 2 bad input or usage.
    """
    with exit_codes():
        settings = settings_of(config, data=data, stream=stream, database=database)
        from unwonted.commands import poll as command

        code = command.tell(settings, as_json=as_json) if show else command.run(settings, names or [], as_json=as_json)
    raise typer.Exit(code)
