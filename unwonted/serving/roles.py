"""Which part of a service does what."""

from __future__ import annotations

RECEIVES = frozenset({"all", "receiver"})
"""Take deliveries in."""
ANSWERS = frozenset({"all", "api"})
"""Serve the API and the page, and move what people decide into the stream."""
WORKS = frozenset({"all", "worker"})
"""Work the stream off."""
TRAINS = frozenset({"all", "trainer"})
"""Train the model versions that were asked for."""
