"""Tokens: who may use the API and for what; only digests of them are kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, insert, select, update

from service.store.errors import NotFoundError
from service.store.tables import tokens

PREFIX = "unw_"
"""What every token starts with, so that scanners for leaked secrets know one."""


class Scope(StrEnum):
    """What a token lets its bearer do."""

    READ = "read"
    """See incidents, events and entities."""
    TRIAGE = "triage"
    """Judge, assign, comment and suppress; and read."""
    INGEST = "ingest"
    """Send deliveries, and ask the gate."""
    ADMIN = "admin"
    """Govern model versions; and all the rest."""


IMPLIED = {Scope.TRIAGE: {Scope.READ}, Scope.ADMIN: set(Scope)}


class Token(NamedTuple):
    """A token as it is listed: everything but the token."""

    id: str
    name: str
    scopes: frozenset[Scope]
    """With those that they imply."""
    organisation: str
    created_at: float
    revoked_at: float | None


def create(
    connection: Connection, *, name: str, scopes: Iterable[Scope], organisation: str, at: float
) -> tuple[Token, str]:
    """Store a new token; return it, and its secret, which nobody can tell again."""
    secret = PREFIX + secrets.token_urlsafe(32)
    row = {
        "id": secrets.token_hex(4),
        "name": name,
        "digest": _digest(secret),
        "scopes": " ".join(sorted(set(scopes))),
        "organisation": organisation,
        "created_at": at,
        "revoked_at": None,
    }
    connection.execute(insert(tokens).values(row))
    return _token(connection.execute(select(tokens).where(tokens.c.id == row["id"])).one()), secret


def all_tokens(connection: Connection) -> list[Token]:
    """Return every token there ever was, oldest first."""
    return [_token(row) for row in connection.execute(select(tokens).order_by(tokens.c.created_at, tokens.c.id))]


def revoke(connection: Connection, identity: str, at: float) -> None:
    """Let a token open nothing from now on; raise NotFoundError where there is none of this id."""
    mine = tokens.c.id == identity
    if connection.scalar(select(tokens.c.id).where(mine)) is None:
        raise NotFoundError(f"there is no token {identity}; `unwonted token list` shows them all")
    connection.execute(update(tokens).where(mine, tokens.c.revoked_at.is_(None)).values(revoked_at=at))


def check(connection: Connection, secret: str) -> Token | None:
    """Return the token that a bearer shows; nothing where it is none of ours, or was revoked."""
    digest = _digest(secret)
    row = connection.execute(select(tokens).where(tokens.c.digest == digest)).one_or_none()
    # the database looked for the digest of a random secret: how long that took tells nothing about the secret
    if row is None or not hmac.compare_digest(row.digest, digest) or row.revoked_at is not None:
        return None
    return _token(row)


def is_any(connection: Connection) -> bool:
    """Return whether a token was ever created; a revoked one counts, so that revoking the last opens no door."""
    return connection.scalar(select(tokens.c.id).limit(1)) is not None


def _token(row: Row[Any]) -> Token:
    named = {Scope(scope) for scope in row.scopes.split()}
    scopes = named.union(*(IMPLIED.get(scope, set()) for scope in named))
    return Token(row.id, row.name, frozenset(scopes), row.organisation, row.created_at, row.revoked_at)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
