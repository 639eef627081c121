"""Laws: whatever happens between two looks, in the end everything is there, and nothing twice in effect."""

from __future__ import annotations

import gzip
import json
import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.pollers.folder import Folder
from collector.pollers.github_audit import GitHubAudit
from collector.pollers.redelivery import WAITS_S, Place, asked, due, ended, look, without_lost
from tests.collector.pollers.github import AuditLog, entry, ids
from tests.collector.pollers.stand import Stand
from tests.collector.pollers.vendor import Vendor, misbehaving, raw, status
from tests.collector.samples import AT

FAULTS = (
    misbehaving("reset"),
    misbehaving("truncated"),
    misbehaving("cut"),
    raw(b"[{"),
    status(500),
    status(429, {"Retry-After": "5"}),
    status(403, {}, "secondary rate limit"),
    status(422, {}, "Invalid cursor"),
)
SEEDED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

happenings = st.lists(
    st.one_of(
        st.tuples(st.just("new"), st.integers(1, 30)),
        st.tuples(st.just("late"), st.integers(1, 280)),
        st.tuples(st.just("fault"), st.integers(0, len(FAULTS) - 1)),
        st.tuples(st.just("steps"), st.integers(1, 4)),
        st.tuples(st.just("restart"), st.just(0)),
        st.tuples(st.just("overlap"), st.integers(0, 4)),
    ),
    max_size=25,
)


@SEEDED
@given(happenings)
def test_audit_log_arrives_whole(happened: list[tuple[str, int]]) -> None:
    """Entries that come late, pages that repeat, answers that break, limits, lost cursors and kills lose nothing."""
    with Vendor() as vendor:
        vendor.tells_time = False
        log = AuditLog(vendor, page=7)
        stand = Stand(lambda client, fetcher: GitHubAudit("acme", client, fetcher), vendor)
        stand.hand.at = AT
        for what, size in happened:
            _let_happen(what, size, log, stand, vendor)
        vendor.faults.clear()
        for _ in range(3):  # what was asked to wait comes with the next
            stand.hand.at += 4_000
            assert not stand.run().error
        assert set(stand.ids) == {f"github.audit:{one['_document_id']}" for one in log.entries}
        # a process repeats nothing; what several repeat is one event for the worker
        assert len(stand.ids) <= len(set(stand.ids)) * (1 + sum(what == "restart" for what, _ in happened))


def _let_happen(what: str, size: int, log: AuditLog, stand: Stand, vendor: Vendor) -> None:
    number = len(log.entries)
    if what == "new":
        stand.hand.at += size
        log.entries += [entry(number + i, at=stand.hand.at - size + i) for i in range(size)]
    elif what == "late":
        newest = max((one["@timestamp"] / 1000 for one in log.entries), default=stand.hand.at)
        log.entries.append(entry(number, at=newest - size))
    elif what == "fault":
        vendor.faults.append(FAULTS[size])
    elif what == "steps":
        for _ in range(size):
            stand.step()
    elif what == "overlap":
        log.repeats = size
    else:
        stand.restart()


@SEEDED
@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=12), st.booleans(), st.integers(0, 40))
def test_growing_file_is_read_once(pieces: list[tuple[int, bool]], is_packed: bool, count: int) -> None:  # noqa: FBT001
    """However a file grows, and whenever the process dies, each of its entries arrives once and in order."""
    whole = "".join(json.dumps(entry(number)) + "\n" for number in range(count)).encode()
    whole = gzip.compress(whole) if is_packed else whole
    with tempfile.TemporaryDirectory() as name, Vendor() as vendor:
        path = Path(name) / "audit.log"
        stand = Stand(lambda _, fetcher: Folder(Path(name), fetcher), vendor)
        size = 0
        for number, (piece, dies) in enumerate([*pieces, (len(whole), True)]):
            size = min(size + piece, len(whole))
            path.write_bytes(whole[:size])
            os.utime(path, ns=(0, number))
            if dies:
                stand.restart()
            stand.hand.at += 60
            assert not stand.run().error
        assert stand.ids == ids(range(count))
        assert stand.stream.letters == []


deliveries = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from((200, 502)), st.booleans(), st.integers(1, 4_000)), max_size=60
)


@given(deliveries)
def test_nothing_is_asked_for_too_often(delivered: list[tuple[int, int, bool, int]]) -> None:
    """Whatever becomes of attempts, ours or others', each delivery is asked for a bounded number of times."""
    place, now = Place(AT - 86_400.0), AT
    tries: dict[str, int] = {}
    for number, (guid, code, again, later) in enumerate(delivered):
        now += later
        told = {"guid": f"g{guid}", "id": number, "status_code": code, "redelivery": again}
        place = ended(look(place, [{**told, "delivered_at": now}], now).place)
        while (found := due(place, now)) is not None:
            place = asked(place, found, now)
            tries[found] = tries.get(found, 0) + 1
        place = without_lost(place, now)
    failed = {f"g{guid}": 0 for guid, *_ in delivered}
    for guid, code, again, _ in delivered:
        failed[f"g{guid}"] += code == 502 and not again
    assert all(count <= len(WAITS_S) * failed[guid] for guid, count in tries.items())
