"""Keys that sign model versions: the private one stays with who trains, the public one goes to who serves."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from models.errors import MissingKeyError

PRIVATE, PUBLIC = "models.key", "models.pub"
TRUSTED = "models*.pub"
"""Every public key of this pattern is trusted: so a new key can replace an old one whose versions still serve."""


def trusted_keys(folder: Path) -> list[Ed25519PublicKey]:
    """Return the public keys in a folder of keys."""
    return [read_public(path) for path in sorted(folder.glob(TRUSTED))]


def read_public(path: Path) -> Ed25519PublicKey:
    """Return the public key in a PEM file; raise MissingKeyError that says what is wrong with it."""
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise MissingKeyError(f"{path} cannot be read ({error.strerror}); name the file of a public key") from None
    except (ValueError, UnsupportedAlgorithm):
        raise MissingKeyError(f"{path} is no public key in PEM; name one such as keys/{PUBLIC}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise MissingKeyError(f"{path} is a public key, but not of Ed25519; name one such as keys/{PUBLIC}")
    return key


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """Return the private key in a folder of keys; the first time it is made, for its owner alone to read."""
    path = folder / PRIVATE
    if not path.exists():
        _make(folder)
    if stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise MissingKeyError(
            f"{path} can be read by others than its owner, so anyone may have signed with it; "
            f"say chmod 600 {path} if you trust them all, else remove it and train anew"
        )
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise MissingKeyError(f"{path} is no private key in PEM; remove it, and `unwonted train` makes one") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise MissingKeyError(f"{path} is no key of Ed25519; remove it, and `unwonted train` makes one")
    public = folder / PUBLIC
    _write(public, _public_bytes(key), 0o644)
    if read_public(public) != key.public_key():
        raise MissingKeyError(
            f"{public} does not belong to {path}; rename it to {folder / 'models-old.pub'} to go on trusting what was "
            "signed before, or remove it"
        )
    return key


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(folder / PRIVATE, private, 0o600)


def _public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _write(path: Path, data: bytes, mode: int) -> None:
    """Write a file that is whole from its first moment on; one that is already there stays."""
    if path.exists():
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first: its key counts
            os.link(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
