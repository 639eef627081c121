"""Parts of a document that may hold anything anywhere: what is of another type than asked for is not there."""

from __future__ import annotations

from typing import Any

JSON = dict[str, Any]
MAX_TEXT = 4000
"""Longest text that is taken."""


def part_of(parent: JSON, *path: str) -> JSON:
    """Return the object at a path; empty where there is none or something else."""
    for name in path:
        value = parent.get(name)
        if not isinstance(value, dict):
            return {}
        parent = value
    return parent


def list_of(parent: JSON, name: str) -> list[Any]:
    """Return the list of that name; empty where there is none or something else."""
    value = parent.get(name)
    return value if isinstance(value, list) else []


def parts_of(parent: JSON, name: str) -> list[JSON]:
    """Return the objects in the list of that name."""
    return [item for item in list_of(parent, name) if isinstance(item, dict)]


def texts_of(parent: JSON, name: str) -> list[str]:
    """Return the texts in the list of that name; one text counts as a list of one."""
    value = parent.get(name)
    items = [value] if isinstance(value, str) else list_of(parent, name)
    return [item[:MAX_TEXT] for item in items if isinstance(item, str)]


def text_in(parent: JSON, *names: str) -> str:
    """Return the first of the named texts that is one and not empty; else empty."""
    for name in names:
        value = parent.get(name)
        if isinstance(value, str) and value:
            return value[:MAX_TEXT]
    return ""
