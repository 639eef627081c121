"""What a service measures of itself, as the API tells it to Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from collector.receiver import ReceiverMetrics
from service.api.wiring import Metric
from service.store import outbox, positions
from unwonted.serving.parts import Parts


def receiver_measures(counted: ReceiverMetrics) -> Iterator[Metric]:
    """Yield what the receiver has counted since the start."""
    for name, value, words in (
        ("requests", counted.received, "Requests with deliveries."),
        ("accepted", counted.accepted, "Requests answered 2xx."),
        ("events", counted.events, "Events stored in the stream."),
        ("unreadable", counted.unreadable, "Deliveries that could not be read and were kept with the reason."),
        ("bytes", counted.bytes, "Bytes of bodies read."),
    ):
        yield Metric(f"unwonted_received_{name}_total", "counter", words, [({}, float(value))])
    refused = [({"reason": reason}, float(count)) for reason, count in sorted(counted.refused.items())]
    yield Metric("unwonted_refused_total", "counter", "Requests that were not accepted.", refused)
    last = [({"sender": sender}, at) for sender, at in sorted(counted.accepted_at.items())]
    yield Metric("unwonted_accepted_at_seconds", "gauge", "When each sender was last accepted.", last)


def stream_measures(parts: Parts) -> Iterator[Metric]:
    """Yield how far the worker is behind, and what waits for the stream."""
    with parts.database.reading() as connection:
        reached = positions.all_positions(connection)
        waiting = outbox.count(connection)
    ends = {partition: parts.stream.end(partition) for partition in range(parts.stream.partitions)}
    behind = [({"partition": str(p)}, float(max(end - reached.get(p, 0), 0))) for p, end in ends.items()]
    yield Metric("unwonted_worker_lag", "gauge", "Entries of the stream that have not had their effects yet.", behind)
    yield Metric("unwonted_outbox", "gauge", "Decisions of people that wait for the stream.", [({}, float(waiting))])
