"""`unwonted train` and `unwonted model`: their options."""

from __future__ import annotations

from typing import Annotated

import typer

from unwonted.cli.options import AsJson, ConfigFile, Data, DatabaseUrl, settings_of
from unwonted.errors import exit_codes

app = typer.Typer(help="List, show, promote and roll back model versions.", no_args_is_help=True)

Organisation = Annotated[str, typer.Option(metavar="NAME", help="The organisation.")]
Wait = Annotated[float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for the worker to carry it out.")]
Version = Annotated[str, typer.Argument(metavar="VERSION", show_default=False, help="Its name, as `list` shows it.")]


def train(
    organisation: Organisation = "default",
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="The same events and seed give the same version.")] = 0,
    window: Annotated[
        float, typer.Option(min=1, max=3_650, metavar="DAYS", help="Learn from so many days of history.")
    ] = 90.0,
    data: Data = None,
    database: DatabaseUrl = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Train a model version on what was seen and judged, and compare it with the one that serves.

    Confirmed attacks are left out. It serves only once it is promoted: unwonted model promote VERSION. It is safe to
    run beside a running service.

    Exit codes: 0 it may serve, 1 it was made and failed its gate (or something else failed), 2 bad input or too few
    events.
    """
    with exit_codes():
        settings = settings_of(config, data=data, database=database)
        from unwonted.commands import train as command

        code = command.run(settings, organisation, seed=seed, days=window, as_json=as_json)
    raise typer.Exit(code)


@app.command("list")
def list_(
    organisation: Organisation = "default",
    data: Data = None,
    database: DatabaseUrl = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """List an organisation's model versions, newest first, and which of them serves."""
    with exit_codes():
        settings = settings_of(config, data=data, database=database)
        from unwonted.commands import model

        model.show_all(settings, organisation, as_json=as_json)


@app.command()
def show(version: Version, data: Data = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show what a version was trained on, how good it was found to be, and that nobody changed it."""
    with exit_codes():
        settings = settings_of(config, data=data)
        from unwonted.commands import model

        model.show(settings, version, as_json=as_json)


@app.command()
def promote(
    version: Version,
    organisation: Organisation = "default",
    force: Annotated[bool, typer.Option("--force", help="Also where it failed its gate.")] = False,
    wait: Wait = 10.0,
    data: Data = None,
    database: DatabaseUrl = None,
    config: ConfigFile = None,
) -> None:
    """Let a version serve, from a position of the stream on that is recorded.

    `own` lets the organisation's own fits serve. A version that failed its gate is refused without --force; one that
    was changed, or signed by somebody else, always.
    """
    with exit_codes():
        settings = settings_of(config, data=data, database=database)
        from unwonted.commands import model

        model.promote(settings, organisation, version, is_forced=force, wait_s=wait)


@app.command()
def rollback(
    organisation: Organisation = "default",
    wait: Wait = 10.0,
    data: Data = None,
    database: DatabaseUrl = None,
    config: ConfigFile = None,
) -> None:
    """Let the version serve again that served before this one."""
    with exit_codes():
        settings = settings_of(config, data=data, database=database)
        from unwonted.commands import model

        model.rollback(settings, organisation, wait_s=wait)
