"""What the receiver has counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class ReceiverMetrics:
    """Plain counts since the start; whoever serves metrics reads them."""

    received: int = 0
    """Requests."""
    accepted: int = 0
    """Requests answered 2xx."""
    events: int = 0
    """Events stored: a recording's request has many."""
    unreadable: int = 0
    """Deliveries stored as dead letters."""
    unrecorded: int = 0
    """Deliveries that could not be written to the recording."""
    bytes: int = 0
    """Length of all bodies accepted."""
    refused: Counter[str] = field(default_factory=Counter)
    """Requests not accepted, by reason."""
    accepted_at: dict[str, float] = field(default_factory=dict)
    """When each sender was last accepted, in seconds since 1970 UTC."""
