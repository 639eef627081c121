"""Other people's samples: every payload of a provider is read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.delivery import Delivery
from collector.event import Event, Kind
from collector.sources import Context, source_named

pytestmark = pytest.mark.conformance

AT = 1_800_000_000.0
_HEADERS = {"github": "X-GitHub-Event", "gitlab": "X-Gitlab-Event"}


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _events(source: str, body: object, headers: dict[str, str] | None = None) -> list[Event]:
    delivery = Delivery(source=source, received_at=AT, headers=headers or {}, body=body)
    return source_named(source).parse(delivery, Context())


def test_every_webhook_is_one_event(corpora: Path) -> None:
    """Every payload of every provider is one event; those of providers with a reader name who and what."""
    counted: Counter[str] = Counter()
    for entry in _lines(corpora / "webhooks" / "index.jsonl"):
        provider = entry["provider"]
        headers = {_HEADERS[provider]: entry["event"]} if provider == "github" else {}
        body = json.loads((corpora / entry["file"]).read_text(encoding="utf-8"))
        (event,) = _events(f"{provider}.webhook", body, headers)
        assert event.action not in {"", "unknown"}, entry["file"]
        counted[provider] += 1
    assert min(counted["github"], counted["gitlab"]) > 50
    print(dict(counted))  # noqa: T201 - make conformance shows it with -s


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("github.audit", "github_audit/panther.jsonl"),
        ("gitlab.audit", "gitlab_audit/panther.jsonl"),
        ("cloudtrail", "cloudtrail/stratus.jsonl"),
        ("cloudtrail", "cloudtrail/invictus.jsonl"),
        ("kubernetes.audit", "k8s_audit/falco.jsonl"),
    ],
)
def test_every_audit_entry_is_one_event(corpora: Path, source: str, path: str) -> None:
    """Every audit entry is one event, and distinct entries have distinct ids."""
    bodies = [entry["event"] for entry in _lines(corpora / path)]
    events = [event for body in bodies for event in _events(source, body)]
    assert len(events) == len(bodies)
    assert len({event.id for event in events}) >= len({json.dumps(body, sort_keys=True) for body in bodies}) * 0.9
    assert not any(event.kind is Kind.OTHER for event in events if source in {"cloudtrail", "kubernetes.audit"})
