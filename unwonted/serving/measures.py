"""What a service measures of itself, as the API tells it to Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from collector.receiver import ReceiverMetrics
from service.api.wiring import Metric
from service.metrics import BOUNDS_S, WorkerMetrics
from service.store import dead, outbox, pollers, positions, sources
from service.store.pollers import PollerState
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
        buried = dead.count_by_source(connection)
    ends = {partition: parts.stream.end(partition) for partition in range(parts.stream.partitions)}
    behind = [({"partition": str(p)}, float(max(end - reached.get(p, 0), 0))) for p, end in ends.items()]
    yield Metric("unwonted_worker_lag", "gauge", "Entries of the stream that have not had their effects yet.", behind)
    yield Metric("unwonted_outbox", "gauge", "Decisions of people that wait for the stream.", [({}, float(waiting))])
    letters = [({"source": source}, float(count)) for source, count in sorted(buried.items())]
    yield Metric("unwonted_dead_letters", "gauge", "What could not be read and waits to be mended.", letters)


def poller_measures(parts: Parts) -> Iterator[Metric]:
    """Yield how each poller is doing, as the store has it."""
    with parts.database.reading() as connection:
        states = pollers.states(connection)
    for name, kind, words, value in _OF_POLLERS:
        told = [({"poller": state.name}, number) for state in states if (number := value(state)) is not None]
        yield Metric(f"unwonted_poller_{name}", kind, words, told)


_OF_POLLERS: tuple[tuple[str, str, str, Callable[[PollerState], float | None]], ...] = (
    ("ok_at_seconds", "gauge", "When each poller last fetched well.", lambda state: state.last_ok_at),
    ("reached_at_seconds", "gauge", "Up to when each has fetched everything.", lambda state: state.reached_at),
    ("failures", "gauge", "Steps that failed since the last that went well.", lambda state: float(state.failures)),
    ("clock_ahead_seconds", "gauge", "The other system's clock minus ours.", lambda state: state.clock_ahead_s),
    ("events_total", "counter", "Events fetched into the stream.", lambda state: float(state.delivered)),
    ("unreadable_total", "counter", "Entries kept with the reason.", lambda state: float(state.unreadable)),
    ("missed_total", "counter", "What was gone before it could be fetched.", lambda state: float(state.missed)),
)


def source_measures(parts: Parts) -> Iterator[Metric]:
    """Yield when each source delivered last, and what the watch says of it; the same from every process."""
    with parts.database.reading() as connection:
        known = sources.states(connection)
        told = sources.told(connection)
    last = [(_of(key), state.last_at) for key, state in known.items() if state.last_at]
    words = "When something of each source was last received."
    yield Metric("unwonted_source_last_delivery_seconds", "gauge", words, last)
    errors = [(_of(key), state.error_at) for key, state in known.items() if state.error_at]
    words = "When something of each source was last refused, or could not be read."
    yield Metric("unwonted_source_last_error_seconds", "gauge", words, errors)
    wrong = [({**_of(key), "rule": rule}, float(one.lasts)) for (key, rule), one in sorted(told.items())]
    words = "1 while the watch calls a source silent, failing, unproven, or wrong about the time."
    yield Metric("unwonted_source_wrong", "gauge", words, wrong)


def _of(key: sources.Key) -> dict[str, str]:
    return {"organisation": key[0], "source": key[1]}


def worker_measures(counted: WorkerMetrics) -> Iterator[Metric]:
    """Yield what the workers of this process have done since the start."""
    for name, value, words in (
        ("batches", counted.batches, "Batches whose effects were stored."),
        ("events", counted.events, "Events scored and stored."),
        ("duplicates", counted.duplicates, "Events that had come before and changed nothing."),
        ("unreadable", counted.unreadable, "Dead letters stored of what nobody could read."),
        ("rejected", counted.rejected, "Dead letters made of entries that failed in the worker."),
        ("fenced", counted.fenced, "Batches left to another worker, which had taken over."),
    ):
        yield Metric(f"unwonted_worker_{name}_total", "counter", words, [({}, float(value))])
    stages = [({"stage": stage}, seconds) for stage, seconds in sorted(counted.seconds.copy().items())]
    yield Metric("unwonted_worker_seconds_total", "counter", "Time spent in each stage of the batches.", stages)
    rows = [({"partition": str(p)}, float(sum(names.values()))) for p, names in sorted(counted.profiles.copy().items())]
    yield Metric("unwonted_worker_profile_rows", "gauge", "Rows of profiles in memory.", rows)
    yield _latency(counted)


def _latency(counted: WorkerMetrics) -> Metric:
    counts, total = counted.latencies, 0
    samples: list[tuple[dict[str, str], float]] = []
    for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), counts, strict=True):
        total += count
        samples.append(({"le": bound}, float(total)))
    samples += [({}, counted.latency_s), ({}, float(total))]
    endings = [*["_bucket"] * len(counts), "_sum", "_count"]
    words = "From the receipt of an event until its effects are stored."
    return Metric("unwonted_event_latency_seconds", "histogram", words, samples, endings)
