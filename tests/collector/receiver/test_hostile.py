"""No body, however deep, packed or encoded, is an error of ours at any door, and nothing that was accepted is lost."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.contents import source_of
from tests.collector.receiver.stand import Stand
from tests.collector.receiver.test_any_body import SENDERS
from tests.collector.sources.test_any_source import bodies

DOORS = (
    "/hooks/github",
    "/hooks/jenkins",
    "/hooks/azure_devops",
    "/hooks/cdevents",
    "/v1/events",
    "/services/collector",
    "/services/collector/raw",
)
TOKEN = {"Authorization": "Splunk root"}


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Return one receiver for all examples."""
    made = Stand(Path(tmp_path_factory.mktemp("hostile")))
    yield made
    made.log.close()


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("depth", [60, 300, 700, 900, 990, 1_100, 10_000, 100_000])
@pytest.mark.parametrize("around", ['{"event": %s}', '{"build": {"phase": "X", "number": 1, "x": %s}}', "%s"])
def test_deep_json(stand: Stand, path: str, depth: int, around: str) -> None:
    """JSON nested to any depth is read, parked or refused; never a fault, and the answer says which."""
    for deep in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth, "[" * depth):
        before = stand.log.end(0)
        answer = stand.client().post(path, content=around % deep, headers=TOKEN)
        assert answer.status_code in {200, 202, 400}, answer.text
        assert (stand.log.end(0) > before) == (answer.status_code != 400)


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1", "utf-8-sig", "cp1252", "shift-jis"])
def test_wrong_encodings(stand: Stand, path: str, encoding: str) -> None:
    """Text that is not UTF-8 is read as far as it goes, parked or refused."""
    body = '{"event": {"action": "caf\u00e9", "user": "\u00fc"}}'.encode(encoding, "replace")
    assert stand.client().post(path, content=body, headers=TOKEN).status_code in {200, 202, 400}


@pytest.mark.parametrize("path", DOORS)
def test_gzip_bomb(tmp_path: Path, path: str) -> None:
    """A small body that would become a huge one is refused long before it has, wherever it is sent."""
    stand = Stand(tmp_path, max_body=1_000_000)
    bomb = gzip.compress(b"0" * 50_000_000)
    assert len(bomb) < 100_000
    answer = stand.client().post(path, content=bomb, headers={**TOKEN, "Content-Encoding": "gzip"})
    assert (answer.status_code, stand.entries) == (413, [])
    stand.log.close()


def _is_writable(body: object) -> bool:
    try:
        msgspec.json.encode(body)
    except (ValueError, OverflowError):
        return False
    return True


_VALUES = bodies.filter(_is_writable)
_ENVELOPES = st.lists(
    st.fixed_dictionaries(
        {"event": _VALUES}, optional={"time": _VALUES, "host": _VALUES, "fields": _VALUES, "source": _VALUES}
    ),
    max_size=4,
)
_BODIES = _ENVELOPES.map(lambda found: b"".join(map(msgspec.json.encode, found)))


@given(body=st.binary(max_size=200) | _BODIES | st.tuples(_BODIES, st.binary(max_size=20)).map(b"".join))
@pytest.mark.parametrize("path", ["/services/collector", "/services/collector/raw"])
def test_hec_stores_all_of_a_body_or_nothing(stand: Stand, path: str, body: bytes) -> None:
    """Whatever is sent, 200 means that every event is in the stream, and anything else that none is."""
    before = stand.log.end(0)
    answer = stand.client().post(path, content=body, headers=TOKEN)
    stored = stand.log.end(0) - before
    assert (answer.status_code, stored > 0) in {(200, True), (400, False)}
    assert answer.json()["code"] == 0 or answer.status_code == 400


@given(batch=st.lists(_VALUES, max_size=4), headers=st.booleans())
def test_cloudevents_are_stored_or_parked_each(stand: Stand, batch: list[object], headers: bool) -> None:  # noqa: FBT001
    """As many entries are stored as were told, and none of a batch is passed over, whatever it is."""
    before = stand.log.end(0)
    kind = {"Content-Type": "application/cloudevents-batch+json"} if headers else {}
    answer = stand.client().post("/v1/events", content=msgspec.json.encode(batch), headers=kind)
    told = answer.json()
    stored = stand.log.end(0) - before
    assert (answer.status_code, len(told["events"]) + told.get("unreadable", 0)) == (202, stored)
    assert stored >= len(batch)


@given(sender=SENDERS, body=_VALUES, ending=st.text(max_size=20))
def test_no_ending_of_an_address_is_a_fault(stand: Stand, sender: str, body: object, ending: str) -> None:
    """Whatever ends an address, the answer is one of ours."""
    answer = stand.client().post(f"/hooks/{sender}/{quote(ending, safe='')}", content=msgspec.json.encode(body))
    assert answer.status_code in {202, 401, 404, 405, 307}


@given(bodies)
def test_any_value_is_recognised_or_not(value: object) -> None:
    """Looking for the source of a value raises nothing."""
    assert isinstance(source_of(value), str)
