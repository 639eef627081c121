"""Services that are broken on purpose: `python -m tests.faults.variants NAME serve ...`. The fault test must notice."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from service.store import positions
from service.store.database import Database
from unwonted.cli import main

WINDOW_S = 0.2
"""As on a slow disk: wide enough for a kill to fall into."""


def position_apart() -> None:
    """Commit the position in a transaction of its own, after the results."""
    advance, transaction = positions.advance, Database.transaction
    waiting: list[tuple[Any, ...]] = []

    def later(_: Connection, *rest: Any) -> None:
        waiting.append(rest)

    @contextmanager
    def two_transactions(self: Database) -> Iterator[Connection]:
        with transaction(self) as connection:
            yield connection
        while waiting:
            time.sleep(WINDOW_S)
            with transaction(self) as connection:
                advance(connection, *waiting.pop())

    positions.advance = later  # type: ignore[assignment]  # breaking it is the point
    Database.transaction = two_transactions  # type: ignore[method-assign]  # breaking it is the point


VARIANTS = {"position_apart": position_apart}

if __name__ == "__main__":
    VARIANTS[sys.argv.pop(1)]()
    main()
