"""Options that several commands share, and the settings they come to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from unwonted.settings import Settings

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Read settings from this TOML file (default: unwonted.toml in the data folder, or here)."
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder of the service's data (default: ~/.local/share/unwonted)."),
]
StreamUrl = Annotated[
    str | None, typer.Option("--stream", metavar="URL", help="The stream (default: embedded, in the data folder).")
]
DatabaseUrl = Annotated[
    str | None, typer.Option("--database", metavar="URL", help="The store (default: embedded, in the data folder).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def settings_of(config: Path | None, **flags: Any) -> Settings:
    """Return the settings that flags, environment and file come to; a flag that is None was not given."""
    from unwonted.settings import Settings

    return Settings.load(flags, config)
