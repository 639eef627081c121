"""Whatever is sent, the receiver answers, and nothing that was accepted is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sources import SOURCES
from tests.collector.receiver.stand import SECRET, Stand, github
from tests.collector.sources.test_any_source import bodies

SENDERS = st.sampled_from(["github", "gitlab", "recording", "jenkins", *SOURCES])
_CUTS = st.binary(max_size=40).map(lambda tail: b'{"action": "x", "commits": [' + tail)
_JSON = bodies.map(lambda body: msgspec.json.encode(body, enc_hook=str) if _is_writable(body) else b"{}")
_LINES = st.lists(_JSON | st.binary(max_size=20), max_size=4).map(b"\n".join)
_HEADERS = st.dictionaries(
    st.sampled_from(["x-github-event", "x-gitlab-event", "unwonted-path", "content-type", "ce-id", "webhook-id"]),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=20).map(
        lambda text: text.encode("latin-1")
    ),
)


def _is_writable(body: object) -> bool:
    try:
        msgspec.json.encode(body)
    except (ValueError, OverflowError):
        return False
    return True


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Return one receiver that has GitHub's secret, for all examples."""
    made = Stand(Path(tmp_path_factory.mktemp("receiver")), secrets={"github": (SECRET,)})
    yield made
    made.log.close()


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Return one receiver for all examples."""
    made = Stand(Path(tmp_path_factory.mktemp("receiver")))
    yield made
    made.log.close()


@given(sender=SENDERS, headers=_HEADERS, body=st.binary(max_size=200) | _CUTS | _JSON | _LINES)
def test_any_bytes_are_accepted_and_stored(stand: Stand, sender: str, headers: dict[str, bytes], body: bytes) -> None:
    """No body is an error of ours: each is 202, and as many entries are stored as were told."""
    before = stand.log.end(0)
    answer = stand.client().post(
        f"/hooks/{sender}", content=body, headers=[(name.encode(), value) for name, value in headers.items()]
    )
    assert answer.status_code == 202
    told = answer.json()
    assert stand.log.end(0) - before == len(told["events"]) + told.get("unreadable", 0)


@given(body=st.binary(max_size=200), given_signature=st.binary(max_size=80))
def test_no_signature_but_the_right_one(signed: Stand, body: bytes, given_signature: bytes) -> None:
    """Whatever is sent as a signature, only GitHub's is believed."""
    header = given_signature.replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")
    client = signed.client()
    assert client.post("/hooks/github", content=body, headers=[(b"x-hub-signature-256", header)]).status_code == 401
    assert client.post("/hooks/github", content=body, headers=github(body)).status_code == 202
