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


Check = Callable[[Signed, Sequence[bytes]], bool]


class Proof(NamedTuple):
    """How a sender proves itself."""

    headers: tuple[str, ...]
    """One of them is there where there is a proof at all, in lower case."""
    is_valid: Check
    """Tells whether the proof is right under any of the live secrets."""
    is_only: bool = True
    """Whether a sender that has a secret must use it; otherwise an ingest token will do too."""
    is_password: bool = False
    """Whether the secret may also come as the password or token of the Authorization header, or end the URL: for
    senders that can be told nothing but an address."""


def signed_by(name: str, prefix: bytes = b"sha256=") -> Check:
    """Return the check of a header that holds an HMAC-SHA256 over the body in hexadecimal digits."""

    def is_valid(signed: Signed, secrets: Sequence[bytes]) -> bool:
        given = signed.headers.get(name, "").encode("latin-1")
        return matches(given, [prefix + _hmac(secret, signed.body).hex().encode() for secret in secrets])

    return is_valid


def shared(name: str) -> Check:
    """Return the check of a header that holds the secret itself."""

    def is_valid(signed: Signed, secrets: Sequence[bytes]) -> bool:
        return matches(signed.headers.get(name, "").encode("latin-1"), secrets)

    return is_valid


def first_of(checks: Mapping[str, Check]) -> Check:
    """Return the check that belongs to the first header that is there: none of the others makes up for it."""

    def is_valid(signed: Signed, secrets: Sequence[bytes]) -> bool:
        return next((check(signed, secrets) for name, check in checks.items() if name in signed.headers), False)

    return is_valid


def circleci(signed: Signed, secrets: Sequence[bytes]) -> bool:
    """Tell whether CircleCI sent it: one `v1=HEX` among several versions, separated by commas."""
    right = [b"v1=" + _hmac(secret, signed.body).hex().encode() for secret in secrets]
    given = signed.headers.get("circleci-signature", "").encode("latin-1").split(b",")[:10]
    return any([matches(one.strip(), right) for one in given])  # noqa: C419 (all of them, so that time tells nothing)


def buildkite(signed: Signed, secrets: Sequence[bytes]) -> bool:
    """Tell whether Buildkite signed it: `timestamp=SECONDS,signature=HEX` over time and body, and fresh."""
    parts = signed.headers.get("x-buildkite-signature", "").split(",")[:10]
    given = dict(part.strip().split("=", 1) for part in parts if "=" in part)
    stamp = given.get("timestamp", "")
    if not _is_fresh(stamp, signed.now):
        return False
    over = f"{stamp}.".encode("latin-1") + signed.body
    return matches(
        given.get("signature", "").encode("latin-1"), [_hmac(secret, over).hex().encode() for secret in secrets]
    )


def standard(signed: Signed, secrets: Sequence[bytes]) -> bool:
    """Check a Standard Webhooks signature: `v1,BASE64` over id, time and body, several separated by spaces."""
    stamp = signed.headers.get("webhook-timestamp", "")
    if not _is_fresh(stamp, signed.now):
        return False
    head = f"{signed.headers.get('webhook-id', '')}.{stamp}.".encode("latin-1")
    keys = [key for secret in secrets if (key := _standard_key(secret))]
    right = [b"v1," + base64.b64encode(_hmac(key, head + signed.body)) for key in keys]
    given = signed.headers.get("webhook-signature", "").encode("latin-1").split()[:10]
    return any([matches(one, right) for one in given])  # noqa: C419 (all of them, so that time tells nothing)


def matches(given: bytes, right: Sequence[bytes]) -> bool:
    """Tell whether what was given is one of those that are right, in the same time whichever it is close to."""
    return any([hmac.compare_digest(given, one) for one in right])  # noqa: C419


def _proof(checks: Mapping[str, Check], *, is_only: bool = True, is_password: bool = False) -> Proof:
    return Proof(tuple(checks), first_of(checks), is_only, is_password)


_OWN: dict[str, Check] = {"x-unwonted-signature-256": signed_by("x-unwonted-signature-256")}
_PASSWORD = _proof({**_OWN, "x-unwonted-token": shared("x-unwonted-token")}, is_only=False, is_password=True)
_STREAMING = "x-gitlab-event-streaming-token"
_HUB_256 = {"x-hub-signature-256": signed_by("x-hub-signature-256")}

PROOFS: dict[str, Proof] = {
    "github": _proof(_HUB_256),
    "gitlab": _proof({"webhook-signature": standard, "x-gitlab-token": shared("x-gitlab-token")}),
    "gitlab.audit": _proof({_STREAMING: shared(_STREAMING)}, is_only=False),
    "bitbucket": _proof({"x-hub-signature": signed_by("x-hub-signature")}),
    "circleci": _proof({"circleci-signature": circleci}),
    "buildkite": _proof({"x-buildkite-signature": buildkite, "x-buildkite-token": shared("x-buildkite-token")}),
    "gitea": _proof({"x-gitea-signature": signed_by("x-gitea-signature", b""), **_HUB_256}),
    "forgejo": _proof({name: signed_by(name, b"") for name in ("x-forgejo-signature", "x-gitea-signature")} | _HUB_256),
    "gogs": _proof({"x-gogs-signature": signed_by("x-gogs-signature", b"")}),
    "azure_devops": _PASSWORD,
    "jenkins": _PASSWORD,
    "cdevents": _PASSWORD,
    "cloudevents": _PASSWORD,
    "hec": _PASSWORD,
}
"""How each sender that can prove itself by a secret of its own does."""
OTHERS = _proof(_OWN, is_only=False)
"""How everyone else proves itself."""


class Seal:
    """Our own signature over a body that is not held: over its parts, as they come."""

    def __init__(self, given: str, secrets: Sequence[bytes]) -> None:
        self._given = given.encode("latin-1")
        self._right = [hmac.new(secret, digestmod="sha256") for secret in secrets]

    def add(self, part: bytes) -> None:
        """Take in one more part."""
        for right in self._right:
            right.update(part)

    def is_valid(self) -> bool:
        """Tell whether the signature is right under any of the live secrets."""
        return matches(self._given, [b"sha256=" + right.hexdigest().encode() for right in self._right])


OWN_HEADER = "x-unwonted-signature-256"
"""The header of our own signature."""


def _is_fresh(stamp: str, now: float) -> bool:
    return stamp.isascii() and stamp.isdigit() and abs(now - int(stamp[:15])) <= WINDOW_S


def _standard_key(secret: bytes) -> bytes:
    if not secret.startswith(_STANDARD_KEY):
        return b""
    try:
        return base64.b64decode(secret.removeprefix(_STANDARD_KEY))
    except binascii.Error:
        return b""


def _hmac(secret: bytes, body: bytes) -> bytes:
    return hmac.digest(secret, body, "sha256")
