"""`unwonted collect osv`: its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unwonted.cli.options import AsJson
from unwonted.errors import exit_codes


def send(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", show_default=False, help="A file of records, a zip, or a folder of both.")
    ],
    url: Annotated[
        str, typer.Option(metavar="URL", envvar="UNWONTED_URL", help="Where the service is.")
    ] = "http://127.0.0.1:8600",
    token: Annotated[
        str, typer.Option(metavar="TOKEN", envvar="UNWONTED_TOKEN", help="A token with the scope ingest.")
    ] = "",
    organisation: Annotated[
        str, typer.Option(metavar="NAME", help="Into this organisation (default: the token's own).")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Send records in the OSV format: which packages were declared malicious or vulnerable.

    What was installed before is judged again. Nothing is downloaded. A record counts once for each time it was
    modified, so the same dump can be sent every day.
    """
    with exit_codes():
        from unwonted.commands import collect_osv

        collect_osv.run(collect_osv.Options(path, url, token, organisation), as_json=as_json)
