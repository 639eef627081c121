"""`unwonted token`: creates, lists and revokes what opens the API."""

from __future__ import annotations

import sys
import time

import msgspec

from service.store import tokens
from service.store.errors import NotFoundError
from service.words import plain, rfc3339
from unwonted.errors import UsageError
from unwonted.serving.parts import opened_store
from unwonted.settings import Settings


def create(settings: Settings, name: str, scope: str, organisation: str, *, as_json: bool) -> None:
    """Create a token and print it: on stdout alone, so that it can be put into a variable."""
    scopes = [_scope(word) for word in scope.replace(",", " ").split()]
    if not scopes:
        raise UsageError(f"--scope names nothing that the token may do; choose of {_choices()}")
    if not name.strip():
        raise UsageError("NAME is empty; say whom or what the token is for")
    with opened_store(settings) as database, database.transaction() as connection:
        token, secret = tokens.create(
            connection, name=name.strip(), scopes=scopes, organisation=organisation, at=time.time()
        )
    if as_json:
        _print(msgspec.json.encode({**_told(token), "token": secret}).decode())
        return
    _print(secret)
    sys.stderr.write(
        f"Token {token.id} for {plain(name)} may {_scopes(token)} in the organisation {plain(organisation)}. "
        "It is shown this once: keep it where secrets are kept.\n"
    )


def show(settings: Settings, *, as_json: bool) -> None:
    """Print the tokens there are; never what opens anything."""
    with opened_store(settings) as database, database.reading() as connection:
        found = tokens.all_tokens(connection)
    if as_json:
        _print(msgspec.json.encode({"items": [_told(token) for token in found]}).decode())
    elif not found:
        _print("There is no token: the service answers on loopback only. Make one with unwonted token create NAME")
    for token in () if as_json else found:
        until = f"revoked {rfc3339(token.revoked_at)}" if token.revoked_at is not None else "valid"
        told = (
            token.id,
            plain(token.name),
            _scopes(token),
            plain(token.organisation),
            rfc3339(token.created_at),
            until,
        )
        _print("  ".join(told))


def revoke(settings: Settings, identity: str) -> None:
    """Revoke a token and say so."""
    with opened_store(settings) as database, database.transaction() as connection:
        try:
            tokens.revoke(connection, identity, time.time())
        except NotFoundError as error:
            raise UsageError(str(error)) from None
    _print(f"Token {identity} opens nothing any more.")


def _scope(word: str) -> tokens.Scope:
    try:
        return tokens.Scope(word)
    except ValueError:
        raise UsageError(f"--scope {word}: there is no such scope; choose of {_choices()}") from None


def _choices() -> str:
    return ", ".join(tokens.Scope)


def _scopes(token: tokens.Token) -> str:
    return ",".join(scope for scope in tokens.Scope if scope in token.scopes)


def _told(token: tokens.Token) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": [scope for scope in tokens.Scope if scope in token.scopes],
        "organisation": token.organisation,
        "created_at": rfc3339(token.created_at),
        "revoked_at": None if token.revoked_at is None else rfc3339(token.revoked_at),
    }


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
