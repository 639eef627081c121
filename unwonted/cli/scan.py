"""`unwonted scan`: its options."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from unwonted.errors import exit_codes


class Format(StrEnum):
    """How a scan is told."""

    TABLE = "table"
    JSON = "json"
    HTML = "html"
    SARIF = "sarif"


def scan(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...",
            show_default=False,
            help="A git repository, a GitHub audit-log export, a recording, or a folder of these; what it is, is "
            "recognised from its content.",
        ),
    ],
    top: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Show the N riskiest incidents (default: 10, in JSON and SARIF 2,000)."),
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", case_sensitive=False, help="How to tell what was found.")
    ] = Format.TABLE,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what is told to FILE instead of stdout.")
    ] = None,
    scores: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write one JSON line for every event read to FILE (.gz too)."),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Score with this model version instead of fitting one.")
    ] = None,
    model_key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Public key of who made the model version (default: those in your data folder)."
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="NAME", help="Read every SOURCE as NAME, such as git or github.audit."),
    ] = None,
    networks: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Networks by prefix: CSV with prefix,asn,kind,country, mmdb, or a folder."),
    ] = None,
    osv: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="Records in the OSV format: a file, a zip or a folder. Nothing is downloaded."
        ),
    ] = None,
    fail_on: Annotated[
        float | None,
        typer.Option(min=0, max=100, metavar="RISK", help="Exit with 3 when an incident reaches this risk (0-100)."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes on stderr.")] = False,
) -> None:
    """Read a history, learn what is usual in it, and show what is not.

    Works offline: no server, network, database or token. The same input gives the same output.

    Exit codes: 0 it ran, 1 it failed, 2 bad input or usage, 3 an incident reached --fail-on.
    """
    with exit_codes():
        from unwonted.commands.scan import Options, run

        options = Options(
            sources=tuple(sources),
            top=top,
            form=form.value,
            output=output,
            scores=scores,
            model=model,
            model_key=model_key,
            source=source,
            networks=networks,
            osv=osv,
            fail_on=fail_on,
            quiet=quiet,
        )
        code = run(options)
    raise typer.Exit(code)
