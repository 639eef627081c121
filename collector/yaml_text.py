"""YAML read safely: every scalar a text, nothing merged, so that no document costs more than its length."""

from __future__ import annotations

from typing import Any

import yaml

from collector.errors import DeliveryError

_BASE: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def yaml_value(text: str) -> Any:
    """Return texts, lists and dicts as YAML holds them; None for an empty document.

    Raises DeliveryError where it is broken, or nested more deeply than its parser follows.
    """
    try:
        found = yaml.load(text, Loader=_BASE)  # noqa: S506 - it makes nothing but texts, lists and dicts
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        reason = " ".join(str(getattr(error, "problem", None) or error).split())[:120]
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1:,}" if mark is not None else ""
        raise DeliveryError(f"no YAML{where}: {reason or 'it cannot be read'}") from None
    return None if found == "" else found
