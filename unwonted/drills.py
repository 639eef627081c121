"""Drills, wired: attacks cast with the names a stream holds, and read as the receiver would read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from collector.delivery import delivery_of
from collector.event import Event
from collector.networks import Network, Networks
from collector.simulator import ATTACKS, Cast
from collector.sources import Context, source_named
from collector.stream import Stream, partition_of
from collector.stream.entry import Observed, home_of
from training.drills import Read
from unwonted.errors import UsageError

SIMULATED = "simulated"
"""Name of the organisation that the demonstration invents; every seed has the same networks."""
KNOWN = 20_000
"""Latest events that a cast is drawn from."""
REST_S = 2 * 3600.0
"""Time between the last event of a history that ended long ago and the end of a drill."""
_CHUNK = 5_000


def check_names(names: Sequence[str]) -> list[str]:
    """Return the drills asked for, or all where none is; raise UsageError where one does not exist."""
    for name in names:
        if name not in ATTACKS:
            raise UsageError(f"there is no drill {name}; there are {', '.join(ATTACKS)}")
    return list(dict.fromkeys(names)) or list(ATTACKS)


def reader(networks: Networks) -> Read:
    """Return what reads a delivery as the receiver would."""

    def read(delivery: dict[str, Any], organisation: str) -> list[Event]:
        context = Context(organisation=organisation, networks=networks)
        return source_named(delivery["source"]).parse(delivery_of(delivery), context)

    return read


def networks_for(organisation: str, networks: Networks) -> Networks:
    """Return the networks that an organisation's addresses are looked up in: an invented one has invented networks."""
    if home_of(organisation) != SIMULATED:
        return networks
    prefixes = {f"{one.prefix}.0/24": one for one in Cast.simulated(0).organisation.networks}
    return Networks({prefix: Network(f"AS{one.asn}", one.kind, one.country) for prefix, one in prefixes.items()})


def cast_from(stream: Stream, organisation: str) -> Cast:
    """Return a cast of the names in an organisation's latest events; raise CastError where there are too few."""
    return Cast.from_events(reversed(list(_latest(stream, organisation))))


def _latest(stream: Stream, organisation: str) -> Iterator[Event]:
    """Yield an organisation's events from the last one back, as many as a cast needs."""
    partition = partition_of(organisation, stream.partitions)
    until, first = stream.end(partition), stream.start(partition)
    found = 0
    while until > first and found < KNOWN:
        since = max(first, until - _CHUNK)
        for record in reversed(stream.read(partition, since, _CHUNK)):
            entry = record.entry
            if isinstance(entry, Observed) and entry.organisation == organisation and record.position <= until:
                found += 1
                yield entry.event
        until = since


def moment_for(last_at: float, now: float) -> float:
    """Return when a drill ends: now, or soon after a history that ended long ago, so that it is no stranger by age."""
    return min(now, last_at + REST_S)
