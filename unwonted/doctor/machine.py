"""Checks of the machine: environment, data folder, clock, networks file, compiled code."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from collector.errors import NetworksError
from unwonted.doctor.check import Check, bad, ok, warn
from unwonted.settings import Settings, strangers

_SCARCE, _TIGHT = 100 * 1024**2, 1024**3
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
_DRIFT_S = 600.0


def check_environment(_settings: Settings) -> Iterator[Check]:
    """Look for variables that were meant as settings."""
    found = strangers(os.environ)
    for text in found:
        yield warn("environment", text, "Correct or remove it; docs/settings.md lists the settings")
    if not found:
        yield ok("environment", "every UNWONTED_ variable is a setting")


def check_data(settings: Settings) -> Iterator[Check]:
    """Look whether the data folder can be written, and how much fits in."""
    folder = settings.data
    if not folder.exists():
        yield ok("data folder", f"{folder} does not exist yet: unwonted serve makes it")
        folder = next(parent for parent in folder.absolute().parents if parent.exists())
    if not os.access(folder, os.W_OK | os.X_OK):
        yield bad(
            "data folder", f"{folder} cannot be written by this user", "Name another with --data, or change its owner"
        )
        return
    free = shutil.disk_usage(folder).free
    text = f"{folder} can be written, {free / 1024**3:,.1f} GiB free"
    if free < _SCARCE:
        yield bad("data folder", text, "Free some space: nothing can be accepted when it is full")
    elif free < _TIGHT:
        yield warn("data folder", text, "Free some space soon")
    else:
        yield ok("data folder", text)


def check_clock(settings: Settings) -> Iterator[Check]:
    """Look whether this machine's clock can be true."""
    now = time.time()
    files = [path for path in (settings.stream_path, settings.store_path) if path.exists()]
    newest = max((path.stat().st_mtime for path in files), default=0.0)
    told = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
    if now < max(_EARLIEST, newest - _DRIFT_S):
        yield bad("clock", f"the clock says {told}, which is in the past", "Set it, for example by NTP")
    else:
        yield ok("clock", f"the clock says {told}")


def check_networks(settings: Settings) -> Iterator[Check]:
    """Look whether addresses can be told from another."""
    from collector.networks import Networks

    if settings.networks is None:
        yield ok(
            "networks", "no file of networks is named: addresses are known one by one (UNWONTED_NETWORKS names one)"
        )
        return
    try:
        Networks.read(settings.networks)
    except (NetworksError, OSError) as error:
        yield bad("networks", str(error), "Correct the file, or name another in UNWONTED_NETWORKS")
    else:
        yield ok("networks", f"{settings.networks} is read")


def check_compiled(_settings: Settings) -> Iterator[Check]:
    """Look whether compiled code can be kept from one start to the next."""
    from models.kernel import mix

    advice = "Name a folder that can be written in NUMBA_CACHE_DIR; else every start compiles for half a minute"
    kept = mix.stats.cache_path
    if not kept:
        yield warn("compiled code", "neither the program's folder nor the user's cache can be written", advice)
        return
    folder = Path(kept)
    there = folder if folder.exists() else next(parent for parent in folder.absolute().parents if parent.exists())
    if os.access(there, os.W_OK | os.X_OK):
        yield ok("compiled code", f"it is kept under {folder}")
    else:
        yield warn("compiled code", f"{folder} cannot be written", advice)
