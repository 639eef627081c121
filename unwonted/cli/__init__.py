"""The `unwonted` command: its options and help; each command's work is in a module of `unwonted.commands`."""

from __future__ import annotations

from typing import Annotated

import typer

from unwonted.cli import collect, dead, deliveries, model, source, token, upkeep
from unwonted.cli.drill import drill
from unwonted.cli.poll import poll
from unwonted.cli.scan import scan
from unwonted.cli.serve import serve

app = typer.Typer(
    name="unwonted",
    help="Learns what is usual in your CI/CD and shows the unusual, ranked and explained.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)


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


app.command()(scan)
app.command()(serve)
app.command()(deliveries.record)
app.command()(deliveries.replay)
app.command()(poll)
app.command()(drill)
app.command()(model.train)
app.add_typer(collect.app, name="collect")
app.add_typer(dead.app, name="dead")
app.add_typer(model.app, name="model")
app.add_typer(source.app, name="source")
app.add_typer(token.app, name="token")
app.command()(upkeep.migrate)
app.command()(upkeep.rebuild)
app.command()(upkeep.doctor)


def main() -> None:
    """Run the command line."""
    app()
