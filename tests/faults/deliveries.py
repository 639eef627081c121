"""What a service is fed while it fails: a simulated recording, cut into requests."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import NamedTuple

from collector.simulator import simulate

POISON = ('{"source": "github.webhook", "body": ', '{"source": 7}', "[]", '{"source": "github.audit", "body": null}')
LINES = 50
"""Deliveries in one request."""


class Batch(NamedTuple):
    """Deliveries that are sent at once."""

    organisation: str
    lines: Sequence[str]


def batches_of(lines: Sequence[str], organisation: str = "default", size: int = LINES) -> list[Batch]:
    """Return a recording cut into what is sent at once."""
    return [Batch(organisation, lines[start : start + size]) for start in range(0, len(lines), size)]


def recording(deliveries: int, seed: int) -> list[str]:
    """Return the lines of a simulated recording; two in a hundred come again, one in a hundred cannot be read."""
    rng = random.Random(seed)
    lines: list[str] = []
    for delivery in simulate(seed, days=60):
        lines.append(json.dumps(delivery))
        if rng.random() < 0.02:
            lines.append(rng.choice(lines[-200:]))
        if rng.random() < 0.01:
            lines.append(rng.choice(POISON))
        if len(lines) >= deliveries:
            break
    return lines[:deliveries]
