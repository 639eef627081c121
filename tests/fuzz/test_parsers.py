"""Every reader survives a vendor's own sample bent out of shape."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.delivery import Delivery
from collector.receiver.reading import Reader
from collector.sources import SOURCES, Context
from tests.fuzz import examining, parsers
from tests.fuzz.mutations import CANARY, HUGE, bent, bent_bytes, raw, samples

SAMPLES = samples()
_CASES = [(name, number) for name, some in SAMPLES.items() for number in range(len(some))]
_SEEDS = st.integers(0, 2**32)
_BIG = 25 << 20


def test_every_source_has_samples() -> None:
    """No source is left out of what follows."""
    assert set(SAMPLES) == set(SOURCES)


@given(st.sampled_from(_CASES), _SEEDS)
def test_bent_samples_are_events_or_one_typed_error(case: tuple[str, int], seed: int) -> None:
    """Whatever is changed in a body, events can be kept and hold no secret, or there is a reason in words."""
    source, number = case
    sample, random = SAMPLES[source][number], Random(seed)
    body = bent(sample.body, random)
    headers = {name: value for name, value in sample.headers.items() if random.random() < 0.9}
    examining.parse(source, Delivery(source=source, received_at=examining.AT, headers=headers, body=body))


@given(st.sampled_from(_CASES), _SEEDS)
def test_bent_bytes_are_read_or_parked(case: tuple[str, int], seed: int) -> None:
    """Whatever is changed in the bytes, the receiver has entries of them, and no reader fails."""
    source, number = case
    sample = SAMPLES[source][number]
    examining.read(source, dict(sample.headers), bent_bytes(raw(sample.body), Random(seed)))


@given(st.sampled_from(_CASES), _SEEDS)
def test_texts_are_masked_in_linear_time(case: tuple[str, int], seed: int) -> None:
    """Whatever is around it, a token is masked."""
    source, number = case
    data = bent_bytes(raw(SAMPLES[source][number].body), Random(seed))
    examining.mask(data.decode(errors="replace") + " " + CANARY)


@pytest.mark.parametrize("seed", range(8))
def test_bent_files_are_read_or_refused(tmp_path: Path, seed: int) -> None:
    """Whatever a file holds, a scan of it has events or one error that names it; all other ways in are tried too."""
    for number, (source, which) in enumerate(_CASES):
        parsers.one(SAMPLES[source][which], seed * 1_000 + number, tmp_path / "bent.json")


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"action": ' + b"9" * 100_000 + b"}",
        b'{"action": "\\ud800", "actor": "\\u0000", "created_at": 1e400}',
        '{"action": "é"}'.encode("utf-16"),
        b"\xff" * 1_000,
        b"",
        b"\n" * 100_000,
        b'{"a": 1}\n' * 3_000,
        b"[" + b"{}," * 10_001 + b"{}]",
        b"- " * 50_000,
        b"a: &a [" + b"*a," * 1_000 + b"]",
        b"<a>" * 50_000,
    ],
    ids="deep-lists deep-objects huge-number halves utf-16 latin empty newlines lines fan-out yaml alias tags".split(),
)
def test_extremes(source: str, body: bytes) -> None:
    """What is deep, huge, empty, many or in another encoding is read or parked, in time."""
    examining.read(source, {}, body)


@pytest.mark.parametrize("source", SOURCES)
def test_a_body_of_the_greatest_length(source: str) -> None:
    """A body as long as a receiver takes is read in seconds, and one event of it is bounded."""
    sample = SAMPLES[source][0]
    body = raw(sample.body)
    filler = b" " + b"x" * 200 + b"\n" if isinstance(sample.body, str) else b", " + msgspec.json.encode(sample.body)
    whole = body if isinstance(sample.body, str) else b"[" + body
    whole += filler * min(9_000, (_BIG - len(whole)) // len(filler)) + (b"" if isinstance(sample.body, str) else b"]")
    began = time.thread_time()
    reading = Reader(Context(), examining.AT).body(source, dict(sample.headers), whole)
    assert time.thread_time() - began < 60
    assert reading.entries
    assert all(len(msgspec.json.encode(entry)) < examining.LARGEST for entry in reading.entries)


@pytest.mark.parametrize("value", [HUGE, -HUGE, 1e308, float(2**63)])
def test_numbers_beyond_all_bounds(value: Any) -> None:
    """A number that no float or database holds is no time and no measure."""
    for name, some in SAMPLES.items():
        if isinstance(some[0].body, dict):
            body = dict.fromkeys(some[0].body, value)
            examining.parse(name, Delivery(source=name, received_at=examining.AT, body=body))
