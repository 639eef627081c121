"""`unwonted migrate`, `unwonted rebuild` and `unwonted doctor`: their options."""

from __future__ import annotations

from typing import Annotated

import typer

from unwonted.cli.options import AsJson, ConfigFile, Data, DatabaseUrl, StreamUrl, settings_of
from unwonted.errors import exit_codes


def migrate(data: Data = None, database: DatabaseUrl = None, config: ConfigFile = None) -> None:
    """Bring the store's tables to what this version works with; run it again, and it changes nothing."""
    with exit_codes():
        settings = settings_of(config, data=data, database=database)
        from unwonted.commands.migrate import run

        run(settings)


def rebuild(
    data: Data = None,
    stream: StreamUrl = None,
    database: DatabaseUrl = None,
    config: ConfigFile = None,
    check: Annotated[bool, typer.Option("--check", help="Only compare; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make events, incidents and profiles again from the stream, and put them in the place of what differs.

    What people said stays: triage, comments, tokens. Stop the service first.
    Exit codes: 0 it ran, 1 it failed or --check found a difference, 2 bad input or usage.
    """
    with exit_codes():
        settings = settings_of(config, data=data, stream=stream, database=database)
        from unwonted.commands.rebuild import run

        code = run(settings, is_check=check, as_json=as_json)
    raise typer.Exit(code)


def doctor(
    data: Data = None,
    stream: StreamUrl = None,
    database: DatabaseUrl = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Look at everything the service needs, and say of each what is wrong and what to do.

    Changes nothing. Exit codes: 0 nothing is bad, 1 something is, 2 bad input or usage.
    """
    with exit_codes():
        settings = settings_of(config, data=data, stream=stream, database=database)
        from unwonted.commands.doctor import run

        code = run(settings, as_json=as_json)
    raise typer.Exit(code)
