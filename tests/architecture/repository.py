"""What the architectural tests read: the files of this repository."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("collector", "models", "service", "training", "unwonted")


def modules() -> list[Path]:
    """Return every module of the five packages, relative to the root."""
    return sorted(path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def read(name: str) -> str:
    """Return the text of a file in the root."""
    return (ROOT / name).read_text(encoding="utf-8")
