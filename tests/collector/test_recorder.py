"""A recording holds deliveries, and no secret."""

from __future__ import annotations

import gzip
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.delivery import Delivery, read_delivery
from collector.recorder import Recorder, line_of
from tests.collector.samples import AT

SECRET = "ghp_" + "a1B2" * 9


def delivery(body: object = None, **headers: str) -> Delivery:
    """Return a delivery with a body and headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Delivery(source="github.webhook", received_at=AT, headers=named, body=body)


@pytest.mark.parametrize("name", ["recording.ndjson", "recording.ndjson.gz"])
def test_each_line_is_there_at_once(tmp_path: Path, name: str) -> None:
    """What was written can be read before the recording ends, and a second recording goes on behind the first."""
    path = tmp_path / name
    with Recorder(path) as recorder:
        recorder.write(delivery({"n": 1}))
        assert path.stat().st_size > 40
    with Recorder(path) as recorder:
        recorder.write(delivery({"n": 2}))
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    assert [read_delivery(line).body for line in data.splitlines()] == [{"n": 1}, {"n": 2}]


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    """A recording tells what people did."""
    with Recorder(tmp_path / "r.ndjson"):
        assert stat.S_IMODE((tmp_path / "r.ndjson").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "name",
    "Authorization X-Hub-Signature-256 X-Gitlab-Token Cookie X-Api-Key webhook-signature Proxy-Authorization".split(),
)
def test_credential_headers_are_left_out(name: str) -> None:
    """No header that proves a sender reaches the file."""
    line = line_of(delivery({}, **{name: "hunter2hunter2", "X-GitHub-Event": "push"}))
    assert b"hunter2" not in line
    assert b"X-GitHub-Event" in line


@pytest.mark.parametrize(
    "body",
    [
        {"token": "hunter2hunter2"},
        {"nested": [{"password": "hunter2hunter2"}]},
        "export PASSWORD=hunter2hunter2",
        {"url": "https://bob:hunter2hunter2@repo.example/"},
    ],
)
def test_secrets_in_a_body_are_masked(body: object) -> None:
    """Nothing that looks like a credential reaches the file, wherever it stands."""
    assert b"hunter2" not in line_of(delivery(body))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(around=st.text(max_size=20), body=_JSON)
def test_known_tokens_never_reach_the_file(around: str, body: object) -> None:
    """Wherever a token of a known make stands, it is masked, and the line is still a delivery."""
    line = line_of(delivery({"a": [f"{around} {SECRET} {around}", body]}))
    assert SECRET.encode() not in line
    assert read_delivery(line).received_at == AT
