"""One line of a log as it may be kept: readable, and without secrets, be they printed as they are or encoded."""

from __future__ import annotations

import binascii
import re

from collector.joblog import kernel
from collector.masking import MASK, mask_bytes, mask_text

_KEY_PART = re.compile(r"[A-Za-z0-9+/=]{16,}|^[A-Za-z0-9+/=]+$")
_RUN = re.compile(rf"[A-Za-z0-9+/_-]{{{kernel.SHORT_RUN},}}={{0,2}}")
_HEX = re.compile(r"[0-9a-fA-F-]+")
_DECODED = 4_096
"""Characters of a run that are decoded."""
_SHIFTED = 512
"""Longest run that is decoded from each of its first four characters on: what precedes it may look like part of it."""
_STANDARD = bytes.maketrans(b"-_", b"+/")
_LAYERS = 2


def masked_row(line: bytes, flags: int) -> tuple[str, bool]:
    """Return a line's text with its secrets masked, and whether it had any; the flags are those of its row."""
    text = line.decode(errors="replace")
    masked = mask_text(text)
    if flags & kernel.IN_KEY:
        masked = _KEY_PART.sub(MASK, masked)
    if flags & kernel.ENCODED:
        masked = _RUN.sub(_without_encoded, masked)
    return masked, masked != text


def _without_encoded(found: re.Match[str]) -> str:
    """Return a run, or the mask where it is a secret that is encoded."""
    run = found[0]
    if run.islower() or run.isupper() or _HEX.fullmatch(run):
        return run
    return MASK if _hides_secret(run.encode(), _LAYERS) else run


def _hides_secret(run: bytes, layers: int) -> bool:
    for shift in range(4 if len(run) <= _SHIFTED else 1):
        inner = _decoded(run[shift : shift + _DECODED])
        if mask_bytes(inner) is not inner:
            return True
        if layers > 1 and any(_hides_secret(one.encode(), layers - 1) for one in _RUN.findall(inner.decode("latin-1"))):
            return True
    return False


def _decoded(run: bytes) -> bytes:
    """Return what base64 says, of either alphabet; the zeros of UTF-16, as PowerShell encodes, are left out."""
    bare = run.rstrip(b"=").translate(_STANDARD)
    try:
        return binascii.a2b_base64(bare[: len(bare) // 4 * 4] + _tail(bare)).replace(b"\0", b"")
    except binascii.Error:
        return b""


def _tail(bare: bytes) -> bytes:
    """Return the last characters that do not fill a group of four, filled up."""
    rest = bare[len(bare) // 4 * 4 :]
    return rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""
