"""CloudEvents are read in each form in which HTTP carries them."""

from __future__ import annotations

from typing import Any

import pytest
from cloudevents.core.bindings.http import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent as Written
from hypothesis import given
from hypothesis import strategies as st

from collector.cloudevents import envelope_of, from_java
from collector.delivery import decode_json
from collector.errors import DeliveryError
from tests.collector.samples import delivery

STRUCTURED = {
    "specversion": "1.0",
    "id": "17",
    "source": "/ci/pay",
    "type": "example.deployed",
    "time": "2026-03-01T10:00:00Z",
    "datacontenttype": "application/json",
    "traceparent": "00-1",
    "data": {"user": "mona"},
}
BINARY = {"Ce-Specversion": "1.0", "Ce-Id": "17", "Ce-Source": "/ci/pay", "Ce-Type": "example.deployed"}


def test_structured() -> None:
    """A body that names its version is an envelope: attributes beside data, those of extensions too."""
    found = envelope_of(delivery("cloudevents", STRUCTURED))
    assert found
    assert (found.type, found.unique, found.attributes["traceparent"]) == (
        "example.deployed",
        ["/ci/pay", "17"],
        "00-1",
    )
    assert found.data == {"user": "mona"}


def test_binary() -> None:
    """Headers are the envelope and the body the data, whatever it looks like; they are percent-encoded or quoted."""
    headers = {**BINARY, "ce-subject": "caf%C3%A9%20%22x%22", "CE-Quoted": '"a \\"b\\" c"'}
    found = envelope_of(delivery("cloudevents", [1, 2], headers))
    assert found
    assert (found.attributes["subject"], found.attributes["quoted"], found.data) == ('café "x"', 'a "b" c', [1, 2])


@pytest.mark.parametrize(
    "fields", [{"data_base64": "eyJhIjogMX0="}, {"data": "eyJhIjogMX0=", "datacontentencoding": "base64"}]
)
def test_packed_data(fields: dict[str, str]) -> None:
    """Data in base64 is unpacked, as both versions of the standard write it."""
    found = envelope_of(delivery("cloudevents", {**STRUCTURED, "data": None, **fields}))
    assert found
    assert found.data == {"a": 1}


def test_one_event_has_one_id_in_every_form() -> None:
    """Its source and id tell an event, not the way it was carried."""
    structured, binary = envelope_of(delivery("x", STRUCTURED)), envelope_of(delivery("x", {}, BINARY))
    assert structured
    assert binary
    assert structured.unique == binary.unique


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({**STRUCTURED, "specversion": "2.0"}, {}),
        ({**STRUCTURED, "specversion": None}, {}),
        ({**STRUCTURED, "id": ""}, {}),
        ({**STRUCTURED, "source": {}}, {}),
        ({**STRUCTURED, "data_base64": "not base64!"}, {}),
        ({**STRUCTURED, "data_base64": 7}, {}),
        ({}, {"Ce-Id": "17"}),
        ("text", {**BINARY, "Ce-Specversion": ""}),
    ],
)
def test_broken_envelope_is_told(body: Any, headers: dict[str, str]) -> None:
    """What breaks the standard is an error that says what is wrong."""
    with pytest.raises(DeliveryError):
        envelope_of(delivery("cloudevents", body, headers))


def test_anything_else_is_no_cloudevent() -> None:
    """JSON without a version, and text without headers, carry none."""
    assert envelope_of(delivery("x", {"id": 1, "type": "x"})) is None
    assert envelope_of(delivery("x", "text")) is None


def test_java_text() -> None:
    """The text that Java writes of a CloudEvent holds its data as a list of signed bytes."""
    data = '{"a": "é"}'.encode()
    numbers = ", ".join(str(byte - 256 if byte > 127 else byte) for byte in data)
    told = f"CloudEvent{{id='1', source=/x, type='a', data=BytesCloudEventData{{value=[{numbers}]}}, extensions={{}}}}"
    assert from_java(told) == {"a": "é"}
    assert from_java("CloudEvent{id='1'}") is None
    with pytest.raises(DeliveryError):
        from_java(told.replace(numbers, "1, , 2"))


_TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40).filter(
    lambda text: text == text.strip()
)
_DATA = st.dictionaries(
    st.text(max_size=5), st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXTS, max_size=3
)


@given(id_=_TEXTS, source=_TEXTS, subject=_TEXTS, data=_DATA)
def test_what_the_reference_library_sends_is_read(id_: str, source: str, subject: str, data: dict[str, Any]) -> None:
    """Whatever CNCF's own library writes, in either form, is read as what it wrote."""
    attributes = {"id": id_, "source": source, "type": "example.x", "subject": subject, "specversion": "1.0"}
    written = Written({**attributes, "datacontenttype": "application/json"}, data)
    for message in (to_structured(written, JSONFormat()), to_binary(written, JSONFormat())):
        found = envelope_of(delivery("cloudevents", decode_json(message.body), message.headers))
        assert found
        assert {name: found.attributes[name] for name in attributes} == attributes
        assert found.data == data
