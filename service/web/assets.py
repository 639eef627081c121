"""Scripts, styles and images of the page; their addresses change with their content, so they may be kept for ever."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "static"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


class Asset(NamedTuple):
    """One file as it is served."""

    body: bytes
    media_type: str
    digest: str
    """What its address ends in; an answer may be kept for ever under the right one."""


def load_assets() -> dict[str, Asset]:
    """Return every file that is served, by name."""
    return {path.name: _asset(path) for path in sorted(FOLDER.iterdir()) if path.suffix in TYPES}


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(body, TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:16])
