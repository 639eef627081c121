"""Reasons that tell of new lines quote them as they were printed: what is learned of a line is its masked shape."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from collector.event import Kind
from models.finding import Reason, Scored

MAX_QUOTED = 3
"""Most lines that one reason quotes."""
MAX_QUOTE = 160


def quoting(item: Scored) -> Scored:
    """Return a scored log whose reasons quote its new lines; anything else as it is."""
    lines, printed = item.event.facts.get("line"), item.event.facts.get("printed")
    if item.event.kind is not Kind.LOG or not item.reasons or not isinstance(printed, list):
        return item
    texts = dict(zip(lines, printed, strict=False)) if isinstance(lines, list) else {}
    reasons = tuple(_quoting(reason, texts, printed) for reason in item.reasons)
    return item if reasons == item.reasons else msgspec.structs.replace(item, reasons=reasons)


def _quoting(reason: Reason, texts: dict[str, str], printed: Sequence[str]) -> Reason:
    """Return a reason with a line's text in place of its shape, or with examples of what it counts."""
    if reason.feature == "line_of_job":
        for shape, text in texts.items():
            if reason.value and shape.startswith(reason.value):
                return msgspec.structs.replace(reason, text=reason.text.replace(reason.value, text[:MAX_QUOTE]))
    if reason.feature == "novel_lines_of_job":
        examples = "; ".join(text[:MAX_QUOTE] for text in printed[:MAX_QUOTED])
        return msgspec.structs.replace(reason, text=f"{reason.text}; the newest to it: {examples}")
    return reason
