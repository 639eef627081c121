"""Other people's access events: each is one event that says who, what and to which thing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.delivery import Delivery
from collector.event import ActorType, Event, Kind
from collector.sources import Context, source_named

pytestmark = pytest.mark.conformance

AT = 1_800_000_000.0
_FAMILIES = {
    "github": "github.audit",
    "gitlab": "gitlab.audit",
    "aws_cloudtrail": "cloudtrail",
    "aws_eks": "kubernetes.audit",
    "kubernetes": "kubernetes.audit",
}
_NAMELESS = frozenset(
    """github_malicious_issue_pages.7 gitlab_production_password_reset_multiple_emails.1
    gitlab_production_password_reset_multiple_emails.2 gitlab_production_password_reset_multiple_emails.3
    k8s_anonymous_api_access.5 k8s_anonymous_api_access.6 k8s_ioc_activity.4 k8s_ioc_activity.6
    k8s_system_principal_public_ip.12""".split()
)
"""Samples that name no action at all: fragments that a rule looks at, and lines of GitLab's web server."""


def events_of(source: str, body: Any) -> list[Event]:
    """Return the events of a body."""
    return source_named(source).parse(Delivery(source=source, received_at=AT, body=body), Context())


def samples(corpora: Path, family: str) -> Iterator[tuple[str, Any]]:
    """Yield name and event of each sample of a family."""
    for path in sorted((corpora / "panther" / family).glob("*.json")):
        yield path.stem, json.loads(path.read_text(encoding="utf-8"))["event"]


@pytest.mark.parametrize("family", _FAMILIES)
def test_every_sample_says_what_was_done(corpora: Path, family: str) -> None:
    """Every sample is one event with an action, but those that name none; none is without a reader's kind."""
    unnamed = set()
    for name, body in samples(corpora, family):
        (event,) = events_of(_FAMILIES[family], body)
        if event.action in {"", "unknown"}:
            unnamed.add(name)
        elif family not in {"github", "gitlab"}:  # comments and issues are neither access nor change
            assert event.kind in {Kind.ACCESS, Kind.ADMIN}, name
    assert unnamed <= _NAMELESS


@pytest.mark.parametrize("run", ["stratus", "invictus"])
def test_cloud_records_say_who_from_where_and_to_what(corpora: Path, run: str) -> None:
    """Records of a cloud name the caller, where the call came from, and mostly the thing it was about."""
    with (corpora / "cloudtrail" / f"{run}.jsonl").open(encoding="utf-8") as lines:
        events = [event for line in lines for event in events_of("cloudtrail", json.loads(line)["event"])]
    assert all(event.actor.type is not ActorType.UNKNOWN for event in events)
    assert all("network" in event.links for event in events)
    named = sum(event.entity.type != "service" for event in events)
    assert named > 0.4 * len(events), f"{named} of {len(events)}"
    assert len({event.id for event in events}) > 0.99 * len(events)


def test_wrapped_entries_are_a_clusters(corpora: Path) -> None:
    """Entries that Azure's and Google's logs wrap tell verb and resource as the others do."""
    wrapped = [
        event
        for _, body in samples(corpora, "kubernetes")
        if "protoPayload" in body or "properties" in body
        for event in events_of("kubernetes.audit", body)
        if event.action != "unknown"
    ]
    assert len(wrapped) > 30
    assert all(" " in event.action for event in wrapped)
