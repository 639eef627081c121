"""Who may use the API: the bearer of a token, or whoever sits at this machine as long as there is none."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from urllib.parse import urlsplit

from fastapi import Request

from collector.loopback import is_from_loopback
from collector.stream.entry import home_of
from service.store import tokens
from service.store.database import Database
from service.store.tokens import Scope

REMEMBERED_S = 2.0
"""How long a token is believed, or revoked in vain, before the store is asked again."""
_MOST = 1_000
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HERE = frozenset({"same-origin", "none"})


class UnauthenticatedError(Exception):
    """Nothing says who asks, or what says it is not valid."""

    def __init__(self, *, is_shown: bool) -> None:
        self.is_shown = is_shown
        """Whether a token was shown."""
        super().__init__(
            "the token is not valid, or was revoked; `unwonted token list` shows those there are"
            if is_shown
            else "send a token, as `Authorization: Bearer unw_…`; `unwonted token create` makes one. Without any, only"
            " a browser or program on this machine is served, and only as long as no token was ever made"
        )


class ForbiddenError(Exception):
    """Who asks may not do this."""

    def __init__(self, message: str, scope: Scope | None = None) -> None:
        self.scope = scope
        super().__init__(message)


@dataclass(frozen=True)
class Access:
    """Who asks, and what they may do."""

    name: str
    """What their acts are signed with."""
    organisation: str | None
    """The only organisation they may see, with scratch copies of it; all where None."""
    scopes: frozenset[Scope]

    def may(self, scope: str) -> bool:
        """Return whether they may do what a scope covers."""
        return scope in self.scopes

    def require(self, *scopes: Scope) -> None:
        """Raise ForbiddenError unless they have one of these scopes."""
        if not any(scope in self.scopes for scope in scopes):
            raise ForbiddenError(
                f"the token {self.name} lacks the scope {scopes[0]}; make another with"
                f" `unwonted token create NAME --scope {scopes[0]}`",
                scopes[0],
            )

    def sees(self, organisation: str) -> bool:
        """Return whether an organisation is theirs: their own, or a scratch copy of it."""
        return self.organisation is None or self.organisation in {organisation, home_of(organisation)}

    def organisation_for(self, asked: str | None) -> str:
        """Return the organisation a request is about; raise ForbiddenError where it is not theirs."""
        wanted = asked or self.organisation or "default"
        if not self.sees(wanted):
            raise ForbiddenError(f"the token {self.name} is bound to {self.organisation}, and not to {wanted}")
        return wanted


LOCAL = Access("local", None, frozenset(Scope))
"""Whoever sits at this machine."""


class Gatekeeper:
    """Decides who may enter; may be shared by threads."""

    def __init__(self, database: Database, *, is_loopback: bool, now: Callable[[], float] = time.monotonic) -> None:
        """Ask a store for tokens; `is_loopback` says that the service is reached from this machine only."""
        self._database = database
        self._is_loopback = is_loopback
        self._now = now
        self._lock = Lock()
        self._remembered: OrderedDict[bytes, tuple[float, Access | None]] = OrderedDict()
        self._is_any: tuple[float, bool] = (float("-inf"), True)

    def access(self, request: Request) -> Access:
        """Return who asks; raise UnauthenticatedError, or ForbiddenError where another site's page sent the request."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        shown = secret.strip() if scheme.lower() == "bearer" else None
        found = self.caller(request, shown)
        if found is None:
            raise UnauthenticatedError(is_shown=bool(shown))
        if shown is None and request.method not in _SAFE and not _is_from_here(request.headers):
            raise ForbiddenError("a page of another site sent this request, so nothing was changed")
        return found

    def caller(self, request: Request, secret: str | None) -> Access | None:
        """Return who shows a token, or who needs none; nothing where they must show another."""
        if secret:
            return self._bearer(secret)
        client = request.client.host if request.client else ""
        return LOCAL if self._is_open() and is_from_loopback(client, request.headers) else None

    def authorise(self, secret: str, scope: str) -> str | None:
        """Return the organisation of a token that has a scope; nothing where it has not."""
        found = self._bearer(secret)
        return found.organisation if found and found.may(scope) else None

    def _is_open(self) -> bool:
        """Return whether the laptop's rule holds: reached from here only, and nobody ever asked for tokens."""
        asked_at, is_any = self._is_any
        if self._is_loopback and self._now() - asked_at > REMEMBERED_S:
            with self._database.reading() as connection:
                is_any = tokens.is_any(connection)
            self._is_any = self._now(), is_any
        return self._is_loopback and not is_any

    def _bearer(self, secret: str) -> Access | None:
        key = hashlib.sha256(secret.encode()).digest()
        with self._lock:
            asked_at, found = self._remembered.get(key, (float("-inf"), None))
        if self._now() - asked_at <= REMEMBERED_S:
            return found
        with self._database.reading() as connection:
            token = tokens.check(connection, secret)
        found = Access(token.name, token.organisation, token.scopes) if token else None
        with self._lock:
            self._remembered[key] = self._now(), found
            while len(self._remembered) > _MOST:
                self._remembered.popitem(last=False)
        return found


def _is_from_here(headers: Mapping[str, str]) -> bool:
    """Return whether a request that changes something comes from no page, or from one of this very origin.

    A browser tells it in two headers that no page can forge; a page on another port of this machine is another site.
    """
    origin = headers.get("origin")
    is_own = origin is None or urlsplit(origin).netloc == headers.get("host", "")
    return is_own and headers.get("sec-fetch-site", "none") in _HERE
