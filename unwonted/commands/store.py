"""The store of a service, for commands that work on what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.store.database import Database
from unwonted.errors import UsageError
from unwonted.serving.parts import opened_store, store_address
from unwonted.settings import Settings


@contextmanager
def existing_store(settings: Settings) -> Iterator[Database]:
    """Yield the store, and close it; raise UsageError where no service has ever made one."""
    address = store_address(settings)
    if isinstance(address, Path) and not address.exists():
        raise UsageError(
            f"there is no store at {address}: nothing was received yet. Start `unwonted serve`, or name the folder of "
            "a running one with --data"
        )
    with opened_store(settings) as database:
        yield database
