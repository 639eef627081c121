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
SCHEDULES = frozenset({"all", "scheduler"})
"""Remove what is old; of several processes one at a time does."""
VITAL = {"receiver": frozenset({"stream"}), "api": frozenset({"store"})}
"""What a role that others call cannot answer without, where that is not everything.

A proxy sends nothing to what is not ready. So a database that is away must not keep signed deliveries out of the
stream, nor a broker that is away the incidents from their readers.
"""
