"""Named arrays: how everything that is learned is handed over, kept and compared."""

from __future__ import annotations

import hashlib

import numpy as np

from models.detector import Arrays


def part(arrays: Arrays, prefix: str) -> Arrays:
    """Return the arrays under a prefix, without it."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def prefixed(prefix: str, arrays: Arrays) -> Arrays:
    """Return the arrays with a prefix before every name."""
    return {prefix + name: array for name, array in arrays.items()}


def owned(arrays: Arrays) -> Arrays:
    """Return the arrays as the compiled loops want them: contiguous and writable, copied only where they are not."""
    return {name: np.require(array, requirements=("C", "W")) for name, array in arrays.items()}


def digest_of(arrays: Arrays) -> str:
    """Return the SHA-256 over names, types, shapes and contents, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(repr((name, array.dtype.descr, array.shape)).encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
