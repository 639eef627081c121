"""`unwonted drill`: its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unwonted.cli.options import AsJson
from unwonted.errors import exit_codes


def drill(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME...]", show_default=False, help="Drills to play (default: all)."),
    ] = None,
    is_list: Annotated[bool, typer.Option("--list", help="Name the drills and what happens in each.")] = False,
    url: Annotated[str, typer.Option(metavar="URL", help="Where the service is.")] = "http://127.0.0.1:8600",
    token: Annotated[
        str,
        typer.Option(
            metavar="TOKEN", envvar="UNWONTED_TOKEN", help="A token with the scope admin, once there are tokens."
        ),
    ] = "",
    organisation: Annotated[
        str, typer.Option(metavar="NAME", help="Against this organisation (default: the token's own, or default).")
    ] = "",
    scan: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="SOURCE",
            show_default=False,
            help="Play after the history of SOURCE, as `unwonted scan` reads it, and into no service; repeatable.",
        ),
    ] = None,
    networks: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --scan: networks by prefix, as for `unwonted scan`.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**31, metavar="N", help="Decides who is attacked (default: drawn).")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the copy that was attacked, so that its incident can be read.")
    ] = False,
    fail_on_missed: Annotated[
        bool, typer.Option("--fail-on-missed", help="Exit with 3 when a drill was not found.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Play simulated attacks into a copy of what was learned, and tell which were found, at what rank, how fast.

    They are played with your own people, repositories and workflows. Nothing of yours is touched: the copy is erased
    afterwards.

    Exit codes: 0 they were played, 1 it failed, 2 bad input or usage, 3 one was not found, with --fail-on-missed.
    """
    with exit_codes():
        from unwonted.commands.drill import Options, run

        options = Options(
            names=tuple(names or ()),
            is_list=is_list,
            as_json=as_json,
            url=url,
            token=token,
            organisation=organisation,
            seed=seed,
            keep=keep,
            scan=tuple(scan or ()),
            networks=networks,
            fail_on_missed=fail_on_missed,
        )
        code = run(options)
    raise typer.Exit(code)
