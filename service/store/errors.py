"""What can be wrong with the store.

StoreError
|- DatabaseUrlError      the address cannot be read
|- UnreachableError      the server does not answer, or does not let us in
|- SchemaOutdatedError   it was made by another version
|- NotFoundError         there is no such row
|- ConflictError         somebody else changed it meanwhile
|- FencedError           another worker owns the partition by now
"""

from __future__ import annotations

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


class StoreError(Exception):
    """Something is wrong with the store."""


class DatabaseUrlError(StoreError):
    """The address of the database cannot be read."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{url!r} is no database address. Name a SQLite file as sqlite:///path/to/store.sqlite,"
            " or a PostgreSQL server as postgresql+psycopg://user@host/name"
        )


class UnreachableError(StoreError):
    """The database cannot be reached."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(
            f"the database at {where} cannot be reached: {reason}."
            " Look whether it runs, whether this machine may connect, and at the user, password and name in --database"
        )


class SchemaOutdatedError(StoreError):
    """The tables are not those that this version works with."""

    def __init__(self, where: str, found: str | None, expected: str) -> None:
        has = f"has schema {found}" if found else "has no tables yet"
        super().__init__(
            f"the database at {where} {has}, and this version of Unwonted needs {expected}."
            " Run unwonted migrate with the same --database, then start again"
        )


def is_away(error: Exception) -> bool:
    """Return whether the database cannot be used now, and perhaps can in a moment."""
    if isinstance(error, PoolTimeoutError | InterfaceError):
        return True
    return isinstance(error, OperationalError) and "no such" not in str(error.orig)  # SQLite's for what is not there


class NotFoundError(StoreError):
    """There is no such row, or it belongs to another organisation."""


class ConflictError(StoreError):
    """Somebody else changed this meanwhile; reload it and decide again."""

    def __init__(self, message: str = "somebody else changed this meanwhile; reload it and decide again") -> None:
        super().__init__(message)


class FencedError(StoreError):
    """Another worker owns the partition by now: what this one was about to store must not be stored."""
