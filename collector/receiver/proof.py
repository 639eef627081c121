"""Proofs: one function a sender that checks, over the raw bytes and in constant time, who sent a delivery."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

WINDOW_S = 300.0
"""How far the time in a signature may be from ours."""
_STANDARD_KEY = b"whsec_"


class Signed(NamedTuple):
    """What a sender's proof is looked for in."""

    headers: Mapping[str, str]
    """Looked up in lower case."""
    body: bytes
    now: float


class Proof(NamedTuple):
    """How a sender proves itself."""

    headers: tuple[str, ...]
    """One of them is there where there is a proof at all, in lower case."""
    is_valid: Callable[[Signed, Sequence[bytes]], bool]
    """Tells whether the proof is right under any of the live secrets."""
    is_only: bool = True
    """Whether a sender that has a secret must use it; otherwise an ingest token will do too."""


def signed_by(name: str) -> Callable[[Signed, Sequence[bytes]], bool]:
    """Return the check of a header `sha256=HEX`, an HMAC-SHA256 over the body."""

    def is_valid(signed: Signed, secrets: Sequence[bytes]) -> bool:
        given = signed.headers.get(name, "").encode("latin-1")
        return _matches(given, [b"sha256=" + _hmac(secret, signed.body).hex().encode() for secret in secrets])

    return is_valid


def shared(name: str) -> Callable[[Signed, Sequence[bytes]], bool]:
    """Return the check of a header that holds the secret itself."""

    def is_valid(signed: Signed, secrets: Sequence[bytes]) -> bool:
        return _matches(signed.headers.get(name, "").encode("latin-1"), secrets)

    return is_valid


def gitlab(signed: Signed, secrets: Sequence[bytes]) -> bool:
    """Tell whether GitLab sent it: by its signature where there is one, and only else by its token."""
    if "webhook-signature" in signed.headers:
        return _is_standard(signed, secrets)
    return shared("x-gitlab-token")(signed, secrets)


PROOFS: dict[str, Proof] = {
    "github": Proof(("x-hub-signature-256",), signed_by("x-hub-signature-256")),
    "gitlab": Proof(("webhook-signature", "x-gitlab-token"), gitlab),
    "gitlab.audit": Proof(("x-gitlab-event-streaming-token",), shared("x-gitlab-event-streaming-token"), is_only=False),
}
OTHERS = Proof(("x-unwonted-signature-256",), signed_by("x-unwonted-signature-256"), is_only=False)
"""How everyone else proves itself."""


def _is_standard(signed: Signed, secrets: Sequence[bytes]) -> bool:
    """Check a Standard Webhooks signature: `v1,BASE64` over id, time and body, several separated by spaces."""
    stamp = signed.headers.get("webhook-timestamp", "")
    if not stamp.isascii() or not stamp.isdigit() or abs(signed.now - int(stamp[:15])) > WINDOW_S:
        return False
    head = f"{signed.headers.get('webhook-id', '')}.{stamp}.".encode("latin-1")
    keys = [key for secret in secrets if (key := _standard_key(secret))]
    right = [b"v1," + base64.b64encode(_hmac(key, head + signed.body)) for key in keys]
    given = signed.headers["webhook-signature"].encode("latin-1").split()[:10]
    return any([_matches(one, right) for one in given])  # noqa: C419 (all of them, so that time tells nothing)


def _standard_key(secret: bytes) -> bytes:
    if not secret.startswith(_STANDARD_KEY):
        return b""
    try:
        return base64.b64decode(secret.removeprefix(_STANDARD_KEY))
    except binascii.Error:
        return b""


def _hmac(secret: bytes, body: bytes) -> bytes:
    return hmac.digest(secret, body, "sha256")


def _matches(given: bytes, right: Sequence[bytes]) -> bool:
    # every one is compared, so that the time taken does not tell which secret is close
    return any([hmac.compare_digest(given, one) for one in right])  # noqa: C419
