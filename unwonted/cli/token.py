"""`unwonted token`: who may use the API, and for what."""

from __future__ import annotations

from typing import Annotated

import typer

from unwonted.cli.options import AsJson, ConfigFile, Data, DatabaseUrl, settings_of
from unwonted.errors import exit_codes

app = typer.Typer(help="Create, list and revoke the tokens that open the API.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False, help="Whom or what it is for.")],
    scope: Annotated[
        str, typer.Option(metavar="SCOPES", help="What it may do, separated by commas: read, triage, ingest, admin.")
    ] = "read,triage",
    organisation: Annotated[str, typer.Option(metavar="NAME", help="The organisation it is bound to.")] = "default",
    data: Data = None,
    database: DatabaseUrl = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Create a token and print it, once: only its digest is kept."""
    with exit_codes():
        settings = settings_of(config, data=data, database=database)
        from unwonted.commands import token as commands

        commands.create(settings, name, scope, organisation, as_json=as_json)


@app.command("list")
def list_(data: Data = None, database: DatabaseUrl = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List the tokens: id, name, scopes, organisation, since when, until when."""
    with exit_codes():
        settings = settings_of(config, data=data, database=database)
        from unwonted.commands import token as commands

        commands.show(settings, as_json=as_json)


@app.command()
def revoke(
    identity: Annotated[str, typer.Argument(metavar="ID", show_default=False, help="Its id, as `list` shows it.")],
    data: Data = None,
    database: DatabaseUrl = None,
    config: ConfigFile = None,
) -> None:
    """Revoke a token: it opens nothing from now on."""
    with exit_codes():
        settings = settings_of(config, data=data, database=database)
        from unwonted.commands import token as commands

        commands.revoke(settings, identity)
