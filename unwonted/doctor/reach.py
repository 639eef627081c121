"""Checks of how a service is reached: its port, and who is let in."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path

import msgspec

from service.store import tokens
from service.store.database import Database
from service.store.errors import StoreError
from unwonted.doctor.check import Check, bad, ok, warn
from unwonted.errors import UnwontedError
from unwonted.serving.parts import store_address
from unwonted.serving.server import is_loopback, listen
from unwonted.settings import Settings

_TIMEOUT_S = 3.0


def check_secrets(settings: Settings) -> Iterator[Check]:
    """Look who may send and ask from elsewhere."""
    named = ", ".join(sorted(settings.hook_secrets))
    if named:
        yield ok("secrets", f"deliveries are checked against a secret: {named}")
    else:
        text = "no sender has a secret: deliveries are accepted from loopback only (unwonted source add github --print)"
        yield ok("secrets", text)
    if not is_loopback(settings.host) and not _has_tokens(settings):
        advice = "unwonted token create NAME --scope admin"
        yield bad("access", f"{settings.host} is reached from other machines, and there is no token", advice)


def check_port(settings: Settings) -> Iterator[Check]:
    """Look whether the port is free, or answers as a service does."""
    where = f"{settings.host}:{settings.port}"
    try:
        listen(settings.host, settings.port).close()
    except UnwontedError as error:
        yield _who_answers(settings, where, str(error))
    else:
        yield ok("port", f"{where} is free: no service runs there")


def _who_answers(settings: Settings, where: str, refusal: str) -> Check:
    try:
        told = _ask(settings, "/readyz")
    except (OSError, http.client.HTTPException, msgspec.DecodeError):
        return bad("port", refusal, "Name another port with UNWONTED_PORT, or end what has it")
    if told is None:
        return warn(
            "port", f"a service answers at {where} and is not ready", f"Look at http://{where}/readyz and its log"
        )
    return ok("port", f"a service answers at {where} and is ready")


def _ask(settings: Settings, path: str) -> object:
    """Return what a ready service answers; None where one answers that it is not ready."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104  # asked, not bound
    connection = http.client.HTTPConnection(host, settings.port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        told: object = msgspec.json.decode(response.read())
        return told if response.status == http.client.OK else None
    finally:
        connection.close()


def _has_tokens(settings: Settings) -> bool:
    address = store_address(settings)
    if isinstance(address, Path) and not address.exists():
        return False
    try:
        database = Database.open(address)
    except StoreError:
        return False
    try:
        with database.reading() as connection:
            return tokens.is_any(connection)
    finally:
        database.close()
