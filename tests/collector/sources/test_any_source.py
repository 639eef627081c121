"""Laws that every source keeps, whatever it is sent."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.delivery import Delivery
from collector.errors import DeliveryError
from collector.event import WATCH, Event
from collector.sources import SOURCES, Context, source_named
from tests.collector import samples

_FIELDS = st.sampled_from(
    """action actor repository sender commits ref before after head_commit workflow_run workflow_job pull_request head
    base user login name full_name id event details custom_message entity_type author_name created_at @timestamp
    userIdentity requestParameters eventTime readOnly arn objectRef verb user sourceIPs siblings object_kind
    object_attributes project labels steps changes rule config url permission team member release assets size check_run
    package package_version registry_package secrets_passed runner_labels actor_location branch title message author
    committer email modified added started_at completed_at hook events installation permissions alert key""".split()
)
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(
        [
            "2026-03-01T10:00:00Z",
            "refs/tags/v1",
            "refs/heads/x",
            "$(id)",
            "10.0.0.1",
            "https://a.example:99999/x",
            "[::1",
        ]
    )
)
bodies = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_FIELDS | st.text(max_size=8), inner, max_size=8),
)
names = st.sampled_from([*SOURCES, "jenkins", "bitbucket.webhook"])
headers = st.dictionaries(
    st.sampled_from(
        ["X-GitHub-Event", "X-Gitlab-Event", "Unwonted-Repo", "Unwonted-Path", "Unwonted-Ref", "Unwonted-Job"]
    ),
    st.sampled_from(["push", "workflow_run", "member", "Pipeline Hook", "meta", "yarn.lock", "refs/heads/a/b"])
    | st.text(),
)


@given(names, headers, bodies)
def test_any_body_is_events_or_one_typed_error(name: str, given: dict[str, str], body: object) -> None:
    """Arbitrary JSON makes events that can be written, or a DeliveryError; never anything else."""
    try:
        events = source_named(name).parse(
            Delivery(source=name, received_at=samples.AT, headers=given, body=body), Context()
        )
    except DeliveryError:
        return
    for event in events:
        assert msgspec.json.decode(msgspec.json.encode(event), type=Event) == event
        assert all(map(math.isfinite, (event.observed_at, *event.numbers.values())))


@given(
    headers,
    st.dictionaries(_FIELDS, bodies, max_size=8),
    st.sampled_from(["github.webhook", "gitlab.webhook", "jenkins"]),
)
def test_any_object_of_a_webhook_is_one_event(given: dict[str, str], body: dict[str, Any], name: str) -> None:
    """A webhook's object is one event, however little of it is understood."""
    source = source_named(name)
    assert len(source.parse(Delivery(source=name, received_at=samples.AT, headers=given, body=body), Context())) == 1


@given(
    st.sampled_from(["github.audit", "gitlab.audit", "cloudtrail", "kubernetes.audit"]),
    st.dictionaries(_FIELDS, bodies),
)
def test_parsing_is_a_function(name: str, body: dict[str, Any]) -> None:
    """The same delivery gives the same events, each time."""
    delivery = Delivery(source=name, received_at=samples.AT, body=body)
    try:
        first = source_named(name).parse(delivery, Context())
    except DeliveryError:
        return
    assert source_named(name).parse(delivery, Context()) == first


@pytest.mark.parametrize("body", [None, 5, [1], "null", "{"])
@pytest.mark.parametrize("name", [name for name in SOURCES if name not in {"joblog", "lockfile", "sbom"}])
def test_what_is_no_object(name: str, body: object) -> None:
    """A body that is no object is an error that says what it is."""
    with pytest.raises(DeliveryError, match=r"object|malformed|truncated"):
        source_named(name).parse(samples.delivery(name, body), Context())


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("github.audit", samples.audit_entry()),
        ("github.webhook", samples.push()),
        ("gitlab.audit", samples.gitlab_entry()),
        ("cloudtrail", samples.cloud_record()),
        ("kubernetes.audit", samples.cluster_entry()),
        ("jenkins", {"name": "pay"}),
    ],
)
def test_organisation_comes_from_the_door(name: str, body: dict[str, Any]) -> None:
    """An event belongs to the organisation it came in under, whatever its body says."""
    event = samples.parse(name, {**body, "organisation": "mallory"}, context=Context(organisation="acme"))
    assert (event.organisation, event.source) == ("acme", name)


def test_a_batch_is_an_event_an_entry() -> None:
    """A delivery of several audit entries is as many events; one of too many is refused with the limit."""
    batch = [samples.audit_entry(_document_id=str(n)) for n in range(3)]
    parse = SOURCES["github.audit"].parse
    assert [event.id for event in parse(samples.delivery("github.audit", batch), Context())] == [
        f"github.audit:{n}" for n in range(3)
    ]
    with pytest.raises(DeliveryError, match="10,000"):
        parse(samples.delivery("github.audit", batch * 4000), Context())


@pytest.mark.parametrize("source", ["event", WATCH])
def test_nobody_else_tells_of_sources_in_our_name(source: str) -> None:
    """What the watch says is believed without being measured, so no sender may say it."""
    body = {
        "id": "1", "ref": "1", "source": WATCH, "kind": "other", "action": "source.recovered",
        "actor": {"type": "app", "name": WATCH}, "entity": {"type": "source", "name": "github.webhook"},
        "observed_at": 1.0, "received_at": 1.0,
    }  # fmt: skip
    with pytest.raises(DeliveryError, match=WATCH):
        source_named(source).parse(Delivery(source=source, received_at=1.0, body=body), Context())


@pytest.mark.parametrize("name", ["github.webhook", "gitlab.webhook", "azure_devops"])
def test_no_event_is_without_an_action(name: str) -> None:
    """What has no name that could be an action is told as unknown."""
    event = samples.parse(name, {"": {}, "eventType": "", "object_kind": {}})
    assert event.action
