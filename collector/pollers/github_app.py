"""A GitHub App as who asks: short-lived tokens of its installations, made with its private key."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from collector.delivery import parse_time
from collector.errors import AnsweredError, CollectorError, PollError
from collector.pollers.client import Client
from collector.pollers.clock import Clock
from collector.pollers.transport import Transport

_LIVES_S = 540.0
"""GitHub takes no proof that is valid for longer than ten minutes."""
_SPARE_S = 300.0


class GitHubApp:
    """Proves to be an App, and asks as its installation where one is named."""

    def __init__(self, name: str, key: str, base: str, transport: Transport, clock: Clock) -> None:
        """Take the App's client id or number and its private key; raise CollectorError where that is none."""
        self._name = name
        self._key = _private_key(key)
        self._clock = clock
        self._client = Client(base, transport, self.proof, clock)
        self._tokens: dict[str, tuple[str, float]] = {}

    def proof(self) -> Mapping[str, str]:
        """Return the header that proves to be the App itself, by GitHub's clock."""
        now = int(self._clock.now() + (self._client.clock_ahead_s or 0.0))
        claims = {"iat": now - 60, "exp": now + int(_LIVES_S) - 60, "iss": self._name}
        signed = f"{_encoded({'alg': 'RS256', 'typ': 'JWT'})}.{_encoded(claims)}"
        signature = self._key.sign(signed.encode(), PKCS1v15(), SHA256())
        return {"Authorization": f"Bearer {signed}.{_text(signature)}"}

    def credentials(self, of: str) -> Mapping[str, str]:
        """Return the header of the installation in an organisation, or in the owner of `OWNER/NAME`."""
        owner = of.partition("/")[0]
        token, until = self._tokens.get(owner, ("", 0.0))
        if self._clock.now() > until - _SPARE_S:
            token, until = self._tokens[owner] = self._new_token(owner)
        return {"Authorization": f"Bearer {token}"}

    def _new_token(self, owner: str) -> tuple[str, float]:
        number = self._installation_of(quote(owner, safe=""))
        made = self._client.post(f"app/installations/{number}/access_tokens").body
        try:
            told = msgspec.json.decode(made, type=dict[str, Any])
            return str(told["token"]), self._ends(parse_time(told.get("expires_at")))
        except (msgspec.DecodeError, KeyError):
            raise PollError(f"GitHub gave no token for the App's installation in {owner}") from None

    def _installation_of(self, owner: str) -> int:
        try:
            found = self._client.get(f"orgs/{owner}/installation").value
        except AnsweredError as error:
            if error.status != 404:
                raise
            found = self._client.get(f"users/{owner}/installation").value
        if not isinstance(found, dict) or not isinstance(found.get("id"), int):
            raise PollError(f"GitHub tells of no installation of the App in {owner}")
        return int(found["id"])

    def _ends(self, at: float | None) -> float:
        """Return when a token ends by our clock."""
        return self._clock.now() + _SPARE_S if at is None else at - (self._client.clock_ahead_s or 0.0)


def _private_key(pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise CollectorError("the GitHub App's key is no RSA key in PEM; download it from the App's settings")
    return key


def _encoded(value: object) -> str:
    return _text(msgspec.json.encode(value))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
