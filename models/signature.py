"""Signatures of model versions: Ed25519 over the manifest's bytes, checked against the keys an operator holds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from models.errors import ForeignModelError, ForgedModelError, MissingKeyError

_PURPOSE = b"unwonted model version\n"
"""Goes before what is signed: a signature made for something else is none of a model version."""
_ALGORITHM = "ed25519"


def key_id(key: Ed25519PublicKey) -> str:
    """Return the short name of a public key: the start of its SHA-256."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def sign(manifest: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return the signature of a manifest, as a line that names its key."""
    return _line(key_id(key.public_key()), key.sign(_PURPOSE + manifest))


def verify(manifest: bytes, line: bytes, trusted: Sequence[Ed25519PublicKey]) -> None:
    """Raise an UntrustedModelError unless one of the trusted keys signed these very bytes."""
    if not trusted:
        raise MissingKeyError
    signer, signature = _parse(line)
    key = next((key for key in trusted if key_id(key) == signer), None)
    if key is None:
        held = ", ".join(map(key_id, trusted))
        raise ForeignModelError(
            f"it was signed with the key {signer}, and only {held} is trusted here; "
            "get its maker's public key, or train a version of your own"
        )
    try:
        key.verify(signature, _PURPOSE + manifest)
    except InvalidSignature:
        raise ForgedModelError from None


def _line(signer: str, signature: bytes) -> bytes:
    return f"{_ALGORITHM} {signer} {signature.hex()}\n".encode()


def _parse(line: bytes) -> tuple[str, bytes]:
    try:
        _, signer, encoded = line.decode("ascii").split()
        signature = bytes.fromhex(encoded)
    except ValueError:
        signer, signature = "", b""
    if line != _line(signer, signature):  # one way to write it, so that a version's files have one set of bytes
        raise ForgedModelError("its signature cannot be read; do not use it, and find out who changed it")
    return signer, signature
