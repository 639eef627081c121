"""`unwonted record` and `unwonted replay`: their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unwonted.cli.options import AsJson, ConfigFile, settings_of
from unwonted.errors import exit_codes


def record(
    output: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", show_default=False, help="The recording to write to (.gz too); what is in it stays."
        ),
    ],
    host: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, metavar="PORT", help="Port to listen on; 0 takes a free one.")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Receive deliveries into a recording and do nothing else with them; Ctrl-C ends it.

    Secrets in bodies are masked and headers that open something are dropped before anything is written.
    """
    with exit_codes():
        settings = settings_of(config, host=host, port=port)
        from unwonted.commands import record as command

        command.run(settings, output)


def replay(
    recording: Annotated[
        Path,
        typer.Argument(
            metavar="RECORDING",
            show_default=False,
            help="The recording to send (.gz too), or any other history that `unwonted scan` reads.",
        ),
    ],
    speed: Annotated[
        float | None,
        typer.Option(min=0, metavar="X", help="X times as fast as it was received (default: as fast as possible)."),
    ] = None,
    url: Annotated[str, typer.Option(metavar="URL", help="Where the service is.")] = "http://127.0.0.1:8600",
    token: Annotated[
        str,
        typer.Option(
            metavar="TOKEN", envvar="UNWONTED_TOKEN", help="A token with the scope ingest, once there are tokens."
        ),
    ] = "",
    organisation: Annotated[
        str, typer.Option(metavar="NAME", help="Into this organisation (default: the token's own).")
    ] = "",
    batch: Annotated[int, typer.Option(min=1, max=5_000, metavar="N", help="Deliveries in one request.")] = 500,
    networks: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Networks by prefix, for a history that is no recording."),
    ] = None,
    skip: Annotated[int, typer.Option(min=0, metavar="N", help="Leave out the first N deliveries.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Send a recording, or another history, to a running service.

    A recording goes as it was received; of a repository or an export, the events, in the order they happened.
    What was sent before is recognised by the service and changes nothing, so a replay can be run again.
    """
    with exit_codes():
        from unwonted.commands.replay import Options, run

        options = Options(
            recording, url, token, organisation, speed=speed or 0.0, batch=batch, skip=skip, networks=networks
        )
        run(options, as_json=as_json)
