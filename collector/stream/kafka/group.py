"""Membership of a consumer group: which partitions are this process's for now."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from kafka import ConsumerRebalanceListener, TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.structs import OffsetAndMetadata

from collector.errors import StreamError
from collector.stream.address import KafkaAddress
from collector.stream.kafka.clients import admin, consumer, explained
from collector.stream.kafka.topics import EVENTS

log = logging.getLogger(__name__)

SESSION_S = 10.0
"""How long a member may be silent before its partitions go to others."""
_LONGEST_TURN_S = 600.0
"""How long one may work without asking for its partitions: a takeover that replays much takes minutes."""
_HEARTBEAT_S = 1.0
_LOOK_EVERY_S = 0.25


class KafkaGroup:
    """One member of a group, on a consumer that fetches nothing: what is read, and from where, is not its business.

    So a rebalance disturbs no reading, and a partition that stays is not interrupted. A thread takes part in the group
    all the time: the library begins anew with joining where nobody waits for the answer. What a member still writes of
    a partition that it has lost is fenced off by the store.
    """

    def __init__(self, address: KafkaAddress, group: str, member: str, *, session_s: float = SESSION_S) -> None:
        self._address = address
        self._name = address.topic(group)
        self._topic = address.topic(EVENTS)
        self._changed = threading.Condition()
        self._mine: frozenset[int] = frozenset()
        self._reached: dict[int, int] = {}
        self._asked_at = time.monotonic()
        self._problem: StreamError | None = None
        self._is_leaving = False
        self._consumer: Any = consumer(
            address,
            group_id=self._name,
            client_id=member,
            auto_offset_reset="earliest",  # never fetched from
            partition_assignment_strategy=[CooperativeStickyAssignor],
            request_timeout_ms=30_000,  # while a member is missing the others' requests wait for its session's end
            session_timeout_ms=int(session_s * 1000),
            heartbeat_interval_ms=int(min(_HEARTBEAT_S, session_s / 4) * 1000),
            max_poll_interval_ms=int(_LONGEST_TURN_S * 1000),
        )
        self._consumer.subscribe([self._topic], listener=_Changes(self._consumer, self._change))
        self._thread = threading.Thread(target=self._run, name=f"group {group}", daemon=True)
        self._thread.start()

    def assigned(self) -> frozenset[int]:
        """Return the partitions this member may work on; renews its claim, so it is asked at every turn.

        Where there are none it waits a moment for some.
        """
        self._asked_at = time.monotonic()
        with self._changed:
            if not self._mine and not self._is_leaving:
                self._changed.wait(_LOOK_EVERY_S)
            if self._problem is not None:
                raise self._problem
            return self._mine

    def commit(self, partition: int, position: int) -> None:
        """Tell how far the group has come; a hint for lag, the store's own position decides."""
        with self._changed:
            self._reached[partition] = position

    def positions(self) -> dict[int, int]:
        """Return how far the group has come in each partition."""
        client = admin(self._address)
        try:
            with explained(self._address, "asked"):
                found = client.list_group_offsets({self._name: None})[self._name]
        finally:
            client.close()
        return {tp.partition: at.offset for tp, at in found.items() if tp.topic == self._topic and at.offset >= 0}

    def leave(self) -> None:
        """Give the partitions back at once."""
        with self._changed:
            self._is_leaving, self._mine = True, frozenset()
        self._thread.join()

    def close(self) -> None:
        """Let go of the cluster."""
        self.leave()

    def _run(self) -> None:
        try:
            with explained(self._address, "shared"):
                while not self._is_leaving:
                    self._consumer.poll(timeout_ms=int(_LOOK_EVERY_S * 1000))
                    self._tell()
                    self._check_asked()
        except StreamError as error:
            self._fail(error)
        finally:
            with explained(self._address, "left"):
                self._tell()
                self._consumer.close(autocommit=False, timeout_ms=2_000)

    def _tell(self) -> None:
        """Commit what was reached since the last time."""
        with self._changed:
            reached, self._reached = self._reached, {}
        if reached:
            at = {TopicPartition(self._topic, one): OffsetAndMetadata(to, "", -1) for one, to in reached.items()}
            self._consumer.commit_async(at, callback=_told)

    def _check_asked(self) -> None:
        silent = time.monotonic() - self._asked_at
        if silent > _LONGEST_TURN_S:
            raise StreamError(f"nothing was done for {silent:.0f} seconds, so the partitions go to other processes")

    def _fail(self, error: StreamError) -> None:
        with self._changed:
            self._problem, self._mine = error, frozenset()
            self._changed.notify_all()

    def _change(self, gained: frozenset[int], lost: frozenset[int]) -> None:
        with self._changed:
            if not self._is_leaving:
                self._mine = (self._mine | gained) - lost
            self._changed.notify_all()


class _Changes(ConsumerRebalanceListener):  # type: ignore[misc]  # the library ships no types
    """Tells of partitions gained and lost, and keeps the consumer from fetching them."""

    def __init__(self, member: Any, change: Any) -> None:
        self._member = member
        self._change = change

    def on_partitions_assigned(self, assigned: Any) -> None:
        """Fetch nothing of them."""
        self._member.pause(*assigned)
        if assigned:
            log.info("partitions %s are this process's now", _numbers(assigned))
        self._change(_numbers(assigned), frozenset())

    def on_partitions_revoked(self, revoked: Any) -> None:
        """Say so: the turn that comes next sees it."""
        if revoked:
            log.info("partitions %s go to another process", _numbers(revoked))
        self._change(frozenset(), _numbers(revoked))


class _Numbers(frozenset[int]):
    """Partitions, shown in order."""

    def __str__(self) -> str:
        return ", ".join(map(str, sorted(self)))


def _numbers(partitions: Any) -> _Numbers:
    return _Numbers(tp.partition for tp in partitions)


def _told(_offsets: Any, outcome: Any) -> None:
    if isinstance(outcome, Exception):
        log.debug("the group's position could not be told: %s", outcome)
