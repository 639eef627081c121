"""The version of the installed distribution."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of


def version() -> str:
    """Return the version, such as 0.1.0; 0 where the package was never installed."""
    try:
        return version_of("unwonted")
    except PackageNotFoundError:
        return "0"
