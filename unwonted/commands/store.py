"""The store of a service, for commands that work on what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from service.store.database import Database
from unwonted.errors import UsageError
from unwonted.serving.parts import paths_of
from unwonted.settings import Settings


@contextmanager
def existing_store(settings: Settings) -> Iterator[Database]:
    """Yield the store, and close it; raise UsageError where no service has ever made one."""
    _, path = paths_of(settings)
    if not path.exists():
        raise UsageError(
            f"there is no store at {path}: nothing was received yet. Start `unwonted serve`, or name the folder of a "
            "running one with --data"
        )
    database = Database.embedded(path)
    try:
        yield database
    finally:
        database.close()
