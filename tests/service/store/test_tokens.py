"""Tokens open what they are for, until they are revoked; only their digests are kept."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from service.store import tokens as stored
from service.store.database import Database
from service.store.errors import NotFoundError
from service.store.tables import tokens
from service.store.tokens import Scope


def create(database: Database, *scopes: Scope) -> tuple[stored.Token, str]:
    """Store a token."""
    with database.transaction() as connection:
        return stored.create(connection, name="ci", scopes=scopes, organisation="acme", at=5.0)


def check(database: Database, secret: str) -> stored.Token | None:
    """Return the token of a secret."""
    with database.reading() as connection:
        return stored.check(connection, secret)


def test_secret_opens_its_token(database: Database) -> None:
    """Whoever shows the secret is known with organisation and scopes."""
    made, secret = create(database, Scope.INGEST)
    assert check(database, secret) == made
    assert (made.organisation, sorted(made.scopes), made.revoked_at) == ("acme", [Scope.INGEST], None)


def test_secret_is_not_stored(database: Database) -> None:
    """The store holds nothing that opens anything."""
    _, secret = create(database, Scope.READ)
    with database.reading() as connection:
        assert secret.removeprefix(stored.PREFIX) not in repr(connection.execute(select(tokens)).all())


def test_secret_can_be_found_by_scanners(database: Database) -> None:
    """A leaked token is known by its prefix, and no two are alike."""
    one, other = create(database, Scope.READ)[1], create(database, Scope.READ)[1]
    assert one.startswith("unw_")
    assert one != other
    assert len(one) > 40


@pytest.mark.parametrize("secret", ["", "unw_", "unw_wrong", "é" * 5])
def test_wrong_secret_opens_nothing(database: Database, secret: str) -> None:
    """What is no token of ours is nobody."""
    create(database, Scope.READ)
    assert check(database, secret) is None


def test_revoked_token_opens_nothing(database: Database) -> None:
    """A revoked token stays listed, and revoking again keeps the first time."""
    made, secret = create(database, Scope.READ)
    for at in (7.0, 9.0):
        with database.transaction() as connection:
            stored.revoke(connection, made.id, at)
    assert check(database, secret) is None
    with database.reading() as connection:
        assert [one.revoked_at for one in stored.all_tokens(connection)] == [7.0]
        assert stored.is_any(connection)


def test_unknown_token_cannot_be_revoked(database: Database) -> None:
    """A mistyped id is an error that says where the right ones are."""
    with database.transaction() as connection, pytest.raises(NotFoundError, match="token list"):
        stored.revoke(connection, "nope", 1.0)


@pytest.mark.parametrize(
    ("given", "has"),
    [
        ((Scope.READ,), {Scope.READ}),
        ((Scope.TRIAGE,), {Scope.TRIAGE, Scope.READ}),
        ((Scope.INGEST,), {Scope.INGEST}),
        ((Scope.ADMIN,), set(Scope)),
    ],
)
def test_scopes_imply_others(database: Database, given: tuple[Scope, ...], has: set[Scope]) -> None:
    """Who decides may read, and who governs may everything; who sends may only send."""
    made, _ = create(database, *given)
    assert made.scopes == has
