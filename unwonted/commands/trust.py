"""Whose model versions a command trusts: who holds a key, never who put one beside the version."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from models.errors import ModelsError
from models.version import ModelVersion
from service.keys import read_public, trusted_keys
from service.versions import read_folder
from unwonted.errors import UsageError
from unwonted.settings import Settings


def trusted_version(folder: Path, key: Path | None) -> ModelVersion:
    """Return the model version in a folder after checking all of it; raise UsageError that says why it is refused."""
    try:
        keys = [read_public(key)] if key is not None else _held()
        return read_folder(folder, keys)
    except ModelsError as error:
        raise UsageError(f"--model {folder} is refused: {error}") from None


def _held() -> Sequence[Ed25519PublicKey]:
    folder = Settings.load({}).data / "keys"
    keys = trusted_keys(folder)
    if not keys:
        raise UsageError(
            f"--model needs the public key of who made the version, and none is held in {folder}; "
            "name it with --model-key, such as the keys/models.pub of the service that trained it"
        )
    return keys
