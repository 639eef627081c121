"""Every other sender proves itself its own way, and is read by its own source."""

from __future__ import annotations

import base64
import hmac

import msgspec
import pytest

from tests.collector.receiver.conftest import Make
from tests.collector.receiver.stand import SECRET, signature
from tests.collector.samples import AT, audit_entry, cloud_record, gitlab_entry

GITLAB_PUSH = b'{"object_kind": "push", "user_username": "mona", "project": {"path_with_namespace": "acme/pay"}}'
KEY = b"a key of twenty-four byte"
EVENT = msgspec.json.encode(
    {
        "id": "ci:1",
        "ref": "1",
        "source": "event",
        "kind": "run",
        "action": "pipeline.finished",
        "actor": {"type": "user", "name": "mona"},
        "entity": {"type": "repo", "name": "acme/pay"},
        "observed_at": AT,
        "received_at": AT,
        "organisation": "somebody else's",
    }
)


def standard(body: bytes, *, at: float = AT, key: bytes = KEY) -> dict[str, str]:
    """Return the headers of a Standard Webhooks signature."""
    digest = hmac.digest(key, b"id-1.%d." % at + body, "sha256")
    signed = f"v1,bm9uZQ== v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": "id-1", "webhook-timestamp": str(int(at)), "webhook-signature": signed}


@pytest.fixture
def gitlab() -> dict[str, tuple[bytes, ...]]:
    """Return secrets of GitLab: a token, and a signing key."""
    return {"gitlab": (SECRET, b"whsec_" + base64.b64encode(KEY))}


@pytest.mark.parametrize(("token", "status"), [(SECRET, 202), (b"other", 401), (b"", 401)])
def test_gitlab_sends_its_token(make: Make, gitlab: dict[str, tuple[bytes, ...]], token: bytes, status: int) -> None:
    """GitLab's token must be one of those that are set."""
    headers = {"X-Gitlab-Token": token.decode()}
    answer = make(secrets=gitlab).client("203.0.113.9").post("/hooks/gitlab", content=GITLAB_PUSH, headers=headers)
    assert answer.status_code == status


def test_gitlab_signs(make: Make, gitlab: dict[str, tuple[bytes, ...]]) -> None:
    """A signature under the signing key is proof, and the push is an event."""
    stand = make(secrets=gitlab)
    answer = stand.client("203.0.113.9").post("/hooks/gitlab", content=GITLAB_PUSH, headers=standard(GITLAB_PUSH))
    assert (answer.status_code, stand.events[0].action, stand.events[0].links["repo"]) == (202, "push", "acme/pay")


@pytest.mark.parametrize("spoiled", [{"at": AT - 301}, {"at": AT + 301}, {"key": b"another key"}])
def test_gitlabs_wrong_signature_is_not_saved_by_a_token(
    make: Make, gitlab: dict[str, tuple[bytes, ...]], spoiled: dict[str, float]
) -> None:
    """Where a signature is given it must be right and fresh, whatever else is given."""
    headers = {**standard(GITLAB_PUSH, **spoiled), "X-Gitlab-Token": SECRET.decode()}  # type: ignore[arg-type] # at or key
    answer = make(secrets=gitlab).client().post("/hooks/gitlab", content=GITLAB_PUSH, headers=headers)
    assert answer.status_code == 401


def test_audit_stream_of_gitlab_is_json_whatever_it_calls_itself(make: Make) -> None:
    """GitLab streams audit events as JSON under the content type of a form; one that comes twice is one event."""
    stand = make(secrets={"gitlab_audit": (SECRET,)})
    headers = {
        "X-Gitlab-Event-Streaming-Token": SECRET.decode(),
        "X-Gitlab-Audit-Event-Type": "repository_git_operation",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    for _ in range(2):
        answer = stand.client("203.0.113.9").post("/hooks/gitlab.audit", json=gitlab_entry(), headers=headers)
        assert answer.json() == {"events": ["gitlab.audit:77"]}


@pytest.mark.parametrize("stamp", ["", "soon", "²", "9" * 4000, "-1"])
def test_odd_time_is_a_wrong_signature(make: Make, gitlab: dict[str, tuple[bytes, ...]], stamp: str) -> None:
    """What is no time is refused, not an error."""
    given = {**standard(GITLAB_PUSH), "webhook-timestamp": stamp}
    headers = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
    answer = make(secrets=gitlab).client().post("/hooks/gitlab", content=GITLAB_PUSH, headers=headers)
    assert answer.status_code == 401


def test_token_carries_its_organisation(make: Make) -> None:
    """What an ingest token brings belongs to the token's organisation, whatever the body says."""
    stand = make()
    headers = {"Authorization": "Bearer live"}
    answer = stand.client("203.0.113.9").post("/hooks/event", content=EVENT, headers=headers)
    assert (answer.status_code, stand.events[0].organisation) == (202, "acme")


@pytest.mark.parametrize("given", ["Bearer dead", "Bearer", "Basic live", "live"])
def test_wrong_token_is_refused_even_here(make: Make, given: str) -> None:
    """Who shows a token must show a right one, on this machine too."""
    answer = make().client().post("/hooks/event", content=EVENT, headers={"Authorization": given})
    assert (answer.status_code, "WWW-Authenticate" in answer.headers) == (401, True)


def test_without_proof_only_this_machine_may_send(make: Make) -> None:
    """From elsewhere one is told how to prove oneself."""
    answer = make().client("203.0.113.9").post("/hooks/event", content=EVENT)
    assert (answer.status_code, "unwonted token create" in answer.json()["detail"]) == (403, True)


@pytest.mark.parametrize(
    ("host", "headers"),
    [
        ("hooks.acme.example", {}),
        ("127.0.0.1:8600", {"Origin": "https://evil.example"}),
        ("127.0.0.1:8600", {"Origin": "null"}),
        ("localhost", {"X-Forwarded-For": "203.0.113.9"}),
        ("localhost", {"Forwarded": "for=127.0.0.1"}),
    ],
)
def test_a_page_or_a_tunnel_is_not_this_machine(make: Make, host: str, headers: dict[str, str]) -> None:
    """A browser shown a hostile page, or a tunnel, comes from a loopback address and is refused."""
    answer = make().client(host=host).post("/hooks/event", content=EVENT, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(("secret", "status"), [(SECRET, 202), (b"other", 401)])
def test_any_sender_may_sign(make: Make, secret: bytes, status: int) -> None:
    """With a secret set, our own signature header proves any sender."""
    headers = {"X-Unwonted-Signature-256": signature(EVENT, secret)}
    stand = make(secrets={"event": (SECRET,)})
    assert stand.client("203.0.113.9").post("/hooks/event", content=EVENT, headers=headers).status_code == status
    assert stand.client().post("/hooks/event", content=EVENT).status_code == 401


def test_token_will_do_where_a_sender_may_also_sign(make: Make) -> None:
    """Our own signature is one way, an ingest token the other."""
    answer = (
        make(secrets={"event": (SECRET,)})
        .client("203.0.113.9")
        .post("/hooks/event", content=EVENT, headers={"Authorization": "Bearer root"})
    )
    assert answer.status_code == 202


def test_joblog_is_text(make: Make) -> None:
    """A log is read as text even where it is JSON or no text at all, its context from the headers."""
    stand = make()
    headers = {"unwonted-repo": "acme/pay", "Unwonted-Job": "build"}
    for body in (b"connect to evil.example", b'{"a": 1}', b"\xff\x00"):
        assert stand.client().post("/hooks/joblog", content=body, headers=headers).status_code == 202
    assert [event.links["repo"] for event in stand.events] == ["acme/pay"] * 3


@pytest.mark.parametrize(
    ("source", "body", "package"),
    [
        (
            "sbom",
            b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library", "name": "a"}]}',
            "a",
        ),
        ("sbom", b"SPDXVersion: SPDX-2.3\nPackageName: a\nSPDXID: SPDXRef-a\n", "a"),
        ("action_refs", b"jobs:\n  a:\n    steps:\n      - uses: acme/a@v1\n", "acme/a"),
        ("action_refs", b'{"text": "jobs: {a: {uses: acme/a/b.yml@v1}}"}', "acme/a"),
    ],
)
def test_uploads_of_any_shape(make: Make, source: str, body: bytes, package: str) -> None:
    """SBOMs and workflows reach their readers as the text they are, JSON or not, and many lines are one upload."""
    stand = make()
    answer = stand.client().post(f"/hooks/{source}", content=body, headers={"Unwonted-Repo": "acme/pay"})
    assert (answer.status_code, len(answer.json()["events"])) == (202, 1)
    assert stand.events[0].facts["package"] == [package]


def test_lockfile_names_its_file(make: Make) -> None:
    """A lockfile that is JSON goes to its reader as it is."""
    stand = make()
    body = b'{"name": "pay", "lockfileVersion": 3, "packages": {"node_modules/left-pad": {"version": "1.3.0"}}}'
    headers = {"Unwonted-Repo": "acme/pay", "Unwonted-Path": "package-lock.json"}
    stand.client().post("/hooks/lockfile", content=body, headers=headers)
    assert stand.events[0].facts["package"] == ["left-pad"]


def test_entries_of_an_export_are_events(make: Make) -> None:
    """A list of audit entries, or one a line, is an event each, with the ids every other door gives."""
    stand = make()
    entries = [audit_entry(_document_id=str(n)) for n in range(3)]
    lines = b"\n".join(map(msgspec.json.encode, entries))
    for body in (msgspec.json.encode(entries), lines):
        answer = stand.client().post("/hooks/github.audit", content=body)
        assert answer.json() == {"events": ["github.audit:0", "github.audit:1", "github.audit:2"]}


def test_broken_line_costs_only_itself(make: Make) -> None:
    """Of lines, those that can be read are events."""
    stand = make()
    body = msgspec.json.encode(cloud_record()) + b"\n{broken\n\n" + msgspec.json.encode(cloud_record(eventID="2"))
    answer = stand.client().post("/hooks/cloudtrail", content=body)
    assert (len(answer.json()["events"]), answer.json()["unreadable"]) == (2, 1)


def test_a_key_is_not_taken_apart(make: Make) -> None:
    """Text that is no JSON is a dead letter a line; where a private key goes over its lines it is one, masked."""
    stand = make()
    key = b"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----\n"
    stand.client().post("/hooks/cloudtrail", content=b"[1]\nno\njson\n")
    assert len(stand.unreadable) == 3
    stand.client().post("/hooks/cloudtrail", content=b"[1]\n" + key)
    assert len(stand.unreadable) == 4
    assert "MIIE" not in stand.unreadable[-1].body


def test_unknown_source_is_a_plain_event(make: Make) -> None:
    """A system without a reader is taken, be its body JSON or not."""
    stand = make()
    for body in (b'{"type": "com.acme.deployed", "user": "mona"}', b"free text"):
        assert stand.client().post("/hooks/argo.cd", content=body).status_code == 202
    assert [(event.source, event.action) for event in stand.events] == [
        ("argo.cd", "com.acme.deployed"),
        ("argo.cd", "received"),
    ]


@pytest.mark.parametrize("name", ["UPPER", "a b", "%2e%2e", "a" * 65, "-x"])
def test_odd_name_is_no_hook(make: Make, name: str) -> None:
    """Only a plain name is a source."""
    assert make().client().post(f"/hooks/{name}", content=b"{}").status_code == 404


def test_both_names_of_a_hook_ask_for_one_proof(make: Make) -> None:
    """The source's full name is no way round the sender's secret."""
    stand = make(secrets={"github": (SECRET,)})
    assert stand.client().post("/hooks/github.webhook", content=b"{}").status_code == 401


@pytest.mark.parametrize(
    ("wanted", "status"), [("acme", 202), ("acme~drill-1", 202), ("other", 403), ("other~acme", 403), ("a/b", 400)]
)
def test_token_reaches_its_scratch_organisations_only(make: Make, wanted: str, status: int) -> None:
    """A token's bearer may name its own organisation or a scratch of it."""
    stand = make()
    answer = stand.client("203.0.113.9").post(
        f"/hooks/event?organisation={wanted}", content=EVENT, headers={"Authorization": "Bearer live"}
    )
    assert answer.status_code == status
    assert [event.organisation for event in stand.events] == ([wanted] if status == 202 else [])


def test_this_machine_may_name_any_organisation(make: Make) -> None:
    """On a laptop drills and demonstrations have organisations of their own."""
    stand = make()
    stand.client().post("/hooks/event?organisation=demo", content=EVENT)
    assert stand.events[0].organisation == "demo"
