"""The `unwonted` command: its options and help; each command's work is in a module of its own."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from unwonted.errors import exit_codes

app = typer.Typer(
    name="unwonted",
    help="Learns what is usual in your CI/CD and shows the unusual, ranked and explained.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)


class Format(StrEnum):
    """How a scan is told."""

    TABLE = "table"
    JSON = "json"
    HTML = "html"
    SARIF = "sarif"


def _version(asked: bool) -> None:
    if asked:
        from unwonted.version import version

        typer.echo(f"unwonted {version()}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Learns what is usual in your CI/CD and shows the unusual, ranked and explained."""


@app.command()
def scan(  # noqa: PLR0917  # typer names every option
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
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="NAME", help="Read every SOURCE as NAME, such as git or github.audit."),
    ] = None,
    networks: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Networks by prefix: CSV with prefix,asn,kind,country, or an mmdb file."),
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
            source=source,
            networks=networks,
            fail_on=fail_on,
            quiet=quiet,
        )
        code = run(options)
    raise typer.Exit(code)


def main() -> None:
    """Run the command line."""
    app()
