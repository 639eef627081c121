"""Other people's deliveries, sent over HTTP as their senders would: proven, read, repeated, forged."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cloudevents.core.bindings.http import HTTPMessage, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from collector.contents import source_of
from collector.delivery import parse_time
from collector.event import ActorType, Kind
from collector.sources import Context, source_named
from collector.sources.fields import record
from tests.collector.receiver.stand import SECRET, Stand
from tests.collector.receiver.test_proofs import SIGNED
from tests.collector.samples import AT, delivery

pytestmark = pytest.mark.conformance

_HEADERS = {
    "github": "X-GitHub-Event",
    "gitea": "X-Gitea-Event",
    "forgejo": "X-Forgejo-Event",
    "gogs": "X-Gogs-Event",
    "harness": "X-Harness-Trigger",
}
_GITEA = {
    "pull_request_comment": "issue_comment",
    "pull_request_review": "pull_request_review_comment",
    "pull_request": "pull_request",
    "push": "push",
    "issues": "issues",
    "issue_comment": "issue_comment",
    "branch_delete": "delete",
    "tag": "create",
    "create": "create",
    "fork": "fork",
    "release": "release",
}
_SENDERS = {"bitbucket-server": "bitbucket", "azure-devops": "azure_devops"}
_NOBODY = frozenset(
    # payloads of GitHub without a sender, or of Data Center's and GitLab's deletions without an actor
    "security_advisory marketplace_purchase meta repository_vulnerability_alert".split()
)
_PLAIN = frozenset("gitee harness".split())
"""Providers without a reader of their own."""


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _event_headers(provider: str, name: str) -> dict[str, str]:
    """Return the header that names an event; of Gitea and its kin the index holds a file's name instead."""
    if provider in {"gitea", "forgejo", "gogs"}:
        name = next((found for words, found in _GITEA.items() if name.startswith(words)), name)
    return {_HEADERS[provider]: name} if provider in _HEADERS else {}


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Return a receiver that knows every sender's secret."""
    secrets = {name.replace(".", "_"): (SECRET,) for name in SIGNED}
    made = Stand(Path(tmp_path_factory.mktemp("doors")), secrets=secrets)
    yield made
    made.log.close()


def test_every_webhook_is_proven_read_once_and_never_forged(corpora: Path, stand: Stand) -> None:
    """Each payload, signed as its provider signs, is one event however often it comes; forged it is 401."""
    client, counted = stand.client(), Counter[str]()
    for entry in _lines(corpora / "webhooks" / "index.jsonl"):
        provider = entry["provider"]
        sender = _SENDERS.get(provider, provider)
        body = (corpora / entry["file"]).read_bytes()
        headers = _event_headers(provider, entry["event"])
        sign = SIGNED.get(sender, [lambda *_: {}])[0]
        answers = [
            client.post(f"/hooks/{sender}", content=body, headers=headers | sign(body, SECRET)) for _ in range(2)
        ]
        told = [answer.json() for answer in answers]
        assert [answer.status_code for answer in answers] == [202, 202], entry["file"]
        expected = 0 if (provider, entry["event"]) == ("github", "ping") else 1
        assert (told[0], len(told[0]["events"]), "unreadable" in told[0]) == (told[1], expected, False), entry["file"]
        if sender in SIGNED:
            forged = client.post(f"/hooks/{sender}", content=body, headers=headers | sign(body, b"another secret"))
            assert forged.status_code == 401, entry["file"]
        counted[provider] += 1
    assert sum(counted.values()) > 400
    print(dict(counted))  # noqa: T201 - make conformance shows it with -s


def test_webhooks_tell_who_did_what_to_what(corpora: Path) -> None:
    """Of providers with a reader, a payload that names a person or a repository gives them, and its kind."""
    nameless, counted = [], Counter[str]()
    for entry in _lines(corpora / "webhooks" / "index.jsonl"):
        provider = entry["provider"]
        if provider in _PLAIN:
            continue
        body = json.loads((corpora / entry["file"]).read_text(encoding="utf-8"))
        sender = _SENDERS.get(provider, provider)
        source = {"azure_devops": "azure_devops", "forgejo": "gitea.webhook", "gogs": "gitea.webhook"}.get(
            sender, f"{sender}.webhook"
        )
        headers = _event_headers(provider, entry["event"])
        (event,) = source_named(source).parse(delivery(source, body, headers), Context())
        counted[f"{provider} {event.kind}"] += 1
        text = json.dumps(body)
        if '"sender"' in text and event.actor.type is ActorType.UNKNOWN and entry["event"] not in _NOBODY:
            nameless.append((entry["file"], "actor"))
        if record(body, "repository").get("full_name") and "repo" not in event.links:
            nameless.append((entry["file"], "repo"))
        if (
            entry["event"].startswith(("push", "pr_", "pull"))
            and event.kind is not Kind.CHANGE
            and "comment" not in entry["event"]
        ):
            nameless.append((entry["file"], str(event.kind)))
    print(dict(sorted(counted.items())))  # noqa: T201 - make conformance shows it with -s
    assert not nameless


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
def test_streamed_as_to_splunk_an_entry_is_the_event_it_is(corpora: Path, stand: Stand, source: str, path: str) -> None:
    """Each entry that comes by the HEC door has the id that export, poll and stream give it."""
    bodies = [entry["event"] for entry in _lines(corpora / path)]
    other = 0
    for body in bodies:
        (event,) = source_named(source).parse(delivery(source, body, received_at=AT), Context())
        sent = msgspec.json.encode({"time": AT, "sourcetype": "x", "event": body})
        answer = stand.client().post("/services/collector", content=sent, headers={"Authorization": "Splunk root"})
        assert answer.json() == {"text": "Success", "code": 0}
        if source_of(body):
            assert stand.events[-1].id == event.id
        else:  # samples of these sets that are none: webhooks, lines of other logs, one made to crash a reader
            assert stand.events[-1].source == "hec"
            other += 1
    print(f"{path}: {len(bodies) - other} of {len(bodies)}")  # noqa: T201


def test_every_cdevent_is_one_event(corpora: Path) -> None:
    """Every event of the specification's conformance is read, in its version and in the oldest that is sent."""
    files = sorted((corpora / "cdevents" / "conformance").glob("*.json"))
    files += [corpora / "cdevents" / "custom" / "conformance.json"]
    for file in files:
        text = file.read_text(encoding="utf-8")
        for version in (None, "0.1.2"):
            body = json.loads(text)
            about = body["context"]
            if version:
                about["type"] = re.sub(r"\d+\.\d+\.\d+$", version, about["type"])
                about["version"] = about.pop("specversion")  # as the first versions wrote it
            (event,) = source_named("cdevents").parse(delivery("cdevents", body), Context())
            assert event.action == ".".join(about["type"].split(".")[2:4])
            assert (event.links.get("chain"), event.observed_at) == (
                about.get("chainId"),
                parse_time(about["timestamp"]),
            )
            assert event.entity.name != "unknown"
            assert event.kind is not Kind.OTHER or event.action.startswith(("incident", "ticket", "mytool"))
    assert len(files) > 45


def test_every_cloudevent_is_one_event(corpora: Path, stand: Stand) -> None:
    """Every event of the CloudEvents conformance, written by their own library in either form, is one event."""
    read, seen = 0, set()
    for entry in _lines(corpora / "cloudevents" / "events.jsonl"):
        attributes = {name.lower(): value for name, value in entry["attributes"].items() if isinstance(value, str)}
        attributes["specversion"] = "1.0"
        attributes["source"] = f"{attributes['source']}#{entry['id']}"
        attributes.pop("time", None)  # the library wants a datetime
        written = CloudEvent(attributes, entry["data"])
        ids = []
        for message in (to_structured(written, JSONFormat()), to_binary(written, JSONFormat())):
            ids += _sent(stand, message)
        assert ids[0] == ids[1]
        seen.add(ids[0])
        read += 1
    assert (len(seen), read > 10) == (read, True)


def _sent(stand: Stand, message: HTTPMessage) -> list[str]:
    headers = {**message.headers, "Authorization": "Bearer root"}
    answer = stand.client().post("/v1/events", content=message.body, headers=headers)
    assert answer.status_code == 202, message
    ids: list[str] = answer.json()["events"]
    return ids


def test_the_http_binding_of_cloudevents(corpora: Path, stand: Stand) -> None:
    """The requests of the binding's own scenarios are read as they say."""
    text = (corpora / "cloudevents" / "features" / "http-protocol-binding.feature").read_text(encoding="utf-8")
    kinds = re.findall(r"^    \| (application/\S+(?:; charset=utf-8)?)", text, re.MULTILINE)
    requests = re.findall(r'"""\n +POST /someresource HTTP/1.1\n(.*?)\n\n(.*?)"""', text, re.DOTALL)
    assert (len(kinds), len(requests)) == (4, 2)
    for (head, body), types in zip(requests, (kinds[:2], kinds[2:]), strict=True):
        told = dict(line.strip().split(": ", 1) for line in head.splitlines())
        headers = {name: value for name, value in told.items() if name.startswith("ce-")}
        for kind in types:
            message = HTTPMessage({**headers, "Content-Type": kind}, body.encode())
            _sent(stand, message)
            event = stand.events[-1]
            assert (event.ref, event.action, event.actor.name) == (
                "1234-1234-1234",
                "com.example.someevent",
                "/mycontext/subcontext",
            )
