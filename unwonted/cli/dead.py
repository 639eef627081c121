"""`unwonted dead`: what could not be read or worked off, and how it is tried again."""

from __future__ import annotations

from typing import Annotated

import typer

from unwonted.cli.options import AsJson, ConfigFile, Data, DatabaseUrl, StreamUrl, settings_of
from unwonted.errors import exit_codes

app = typer.Typer(help="List what could not be read, and replay it once it can be.", no_args_is_help=True)

Organisation = Annotated[
    str, typer.Option(metavar="NAME", help="Only letters of this organisation (default: of all of them).")
]


@app.command("list")
def list_(
    organisation: Organisation = "",
    data: Data = None,
    database: DatabaseUrl = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """List dead letters: id, organisation, source, when it was received, and why it could not be read.

    With --json, one object a line, the body too.
    """
    with exit_codes():
        settings = settings_of(config, data=data, database=database)
        from unwonted.commands import dead

        dead.show(settings, organisation, as_json=as_json)


@app.command()
def replay(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID...]", show_default=False, help="Ids, as `list` shows them (default: all letters)."),
    ] = None,
    organisation: Organisation = "",
    data: Data = None,
    stream: StreamUrl = None,
    database: DatabaseUrl = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Read dead letters again, after whatever made them unreadable was mended; the service may run meanwhile.

    What can be read goes into the stream as if it had just come, and its letter is gone. What still cannot stays.
    """
    with exit_codes():
        settings = settings_of(config, data=data, stream=stream, database=database)
        from unwonted.commands import dead

        dead.replay(settings, ids or [], organisation, as_json=as_json)
