"""`unwonted serve`: its options."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from unwonted.cli.options import ConfigFile, Data, DatabaseUrl, StreamUrl, settings_of
from unwonted.errors import exit_codes


class RoleName(StrEnum):
    """Which part of the service a process is."""

    ALL = "all"
    RECEIVER = "receiver"
    WORKER = "worker"
    API = "api"
    TRAINER = "trainer"
    SCHEDULER = "scheduler"


class LogForm(StrEnum):
    """How stderr is written."""

    TEXT = "text"
    JSON = "json"


def serve(
    role: Annotated[RoleName, typer.Option(help="The part of the service that this process is.")] = RoleName.ALL,
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Address to listen on (default: 127.0.0.1).")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, metavar="PORT", help="Port to listen on; 0 takes a free one (default: 8600)."),
    ] = None,
    data: Data = None,
    stream: StreamUrl = None,
    database: DatabaseUrl = None,
    config: ConfigFile = None,
    log: Annotated[LogForm | None, typer.Option(help="How stderr is written (default: text).")] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write every delivery, masked, to this recording.")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Show a simulated organisation and play an attack into it.")
    ] = False,
) -> None:
    """Receive deliveries, learn, and serve the incidents: the page, the API and the hooks.

    Without other settings it is one process that keeps everything in its data folder and listens on loopback. Prints
    one line with its URL when it is ready; Ctrl-C or SIGTERM ends it after the batch it is at.

    Exit codes: 0 it was stopped, 1 it failed, 2 bad input or usage.
    """
    with exit_codes():
        settings = settings_of(config, data=data, stream=stream, database=database, host=host, port=port, log=log)
        from unwonted.serve import run

        run(settings, role.value, record=record, is_demo=demo)
