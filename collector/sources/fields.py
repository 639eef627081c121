"""Typed reads from a vendor's JSON, which may hold anything anywhere."""

from __future__ import annotations

from typing import Any

JSON = dict[str, Any]
MAX_TEXT = 300
"""Longest text kept of one field."""
MAX_FULL = 32_768
_MAX_INT = 1 << 64
_NONE: JSON = {}


def text(record: JSON, *names: str) -> str:
    """Return the first of the named fields that holds text or a whole number, as text; else empty."""
    for name in names:
        value = record.get(name)
        if isinstance(value, str):
            if value:
                return value[:MAX_TEXT]
        elif isinstance(value, int) and not isinstance(value, bool) and -_MAX_INT < value < _MAX_INT:
            return str(value)
    return ""


def full_text(record: JSON, name: str) -> str:
    """Return text that people wrote at length, to be looked at and not kept; at most MAX_FULL characters."""
    value = record.get(name)
    return value[:MAX_FULL] if isinstance(value, str) else ""


def record(parent: JSON, *path: str) -> JSON:
    """Return the object at a path; empty where there is none."""
    for name in path:
        value = parent.get(name)
        if not isinstance(value, dict):
            return _NONE
        parent = value
    return parent


def records(parent: JSON, name: str, limit: int) -> list[JSON]:
    """Return the objects of a list, at most `limit`; empty where it is no list."""
    value = parent.get(name)
    return [item for item in value[:limit] if isinstance(item, dict)] if isinstance(value, list) else []


def texts(parent: JSON, name: str, limit: int) -> list[str]:
    """Return the texts of a list, at most `limit`; one text counts as a list of one."""
    value = parent.get(name)
    if isinstance(value, str):
        return [value[:MAX_TEXT]] if value else []
    return (
        [item[:MAX_TEXT] for item in value[:limit] if isinstance(item, str) and item] if isinstance(value, list) else []
    )


def number(parent: JSON, *names: str) -> float | None:
    """Return the first of the named fields that holds a finite number; else None."""
    for name in names:
        value = parent.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and -1e18 < value < 1e18:
            return float(value)
    return None


def yes_no(parent: JSON, name: str) -> str:
    """Return yes or no of a boolean, also where it is written as text; else empty."""
    value = parent.get(name)
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower())
    return ("yes" if value else "no") if isinstance(value, bool) else ""


def login(parent: JSON, name: str) -> str:
    """Return the login of a person object, or the text itself where the person is written as text."""
    value = parent.get(name)
    if isinstance(value, dict):
        return text(value, "login", "username", "name")
    return value[:MAX_TEXT] if isinstance(value, str) else ""
