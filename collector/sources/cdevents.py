"""cdevents: what happened to artifacts, changes, pipelines and services, in the vocabulary many CI/CD systems share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from collector.cloudevents import CloudEvent, envelope_of, from_java
from collector.delivery import Delivery, decode_json, parse_time
from collector.errors import DeliveryError
from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.purls import name_in, split_purl
from collector.shapes import host_of, repo_of, shape_of
from collector.sources import pushes
from collector.sources.fields import JSON, full_text, number, record, text
from collector.sources.source import Context, Draft, Source, digest_of, plain_facts

_TYPE = re.compile(r"dev\.(cdevents|cdeventsx)\.([a-z0-9-]{1,60}?)\.([a-z0-9]{1,40})(?:\.v?\d[\w.+-]{0,40})?")
"""Whose it is, subject, predicate, and a version that need not be one we know: what is missing in it is left out."""
_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("build", "pipelinerun", "taskrun", "testcaserun", "testsuiterun", "testoutput"), Kind.RUN),
    **dict.fromkeys(("testcase", "testsuite", "service"), Kind.RUN),
    **dict.fromkeys(("change", "branch"), Kind.CHANGE),
    **dict.fromkeys(("repository", "environment", "approval"), Kind.ADMIN),
    "artifact": Kind.DEPENDENCY,
}
_READ = frozenset({"downloaded"})
_ACTORS = ("user", "responder", "requestor", "updatedBy", "creator")
_RUNS = ("pipelineRun", "testSuiteRun", "testCaseRun", "build")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_USED = frozenset(
    """user responder requestor updatedBy creator uri viewUrl name owner repository pipelineName taskName url artifactId
    outcome errors description summary environment change sbom signature severity reason trigger""".split()
)
_BOT = re.compile(r"(?i)(?:^|[-_\[])bot(?:$|[-_\]])")
_UNIQUE = 16
"""Length from which an id is unique by itself."""
_MAX_NAME = 200


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return the event of a CDEvent: bare, in a CloudEvent of either form, or as Jenkins' plugin writes one."""
    body = delivery.body
    if isinstance(body, str):
        body = from_java(body) or decode_json(body)
        delivery = Delivery(source=delivery.source, received_at=delivery.received_at, body=body)
    if is_bare(body):
        return [read(None, body, delivery, context)]
    envelope = envelope_of(delivery)
    if envelope is None or not is_cdevent(envelope):
        raise DeliveryError(
            "no CDEvent: neither a JSON object of context and subject, nor a CloudEvent of a type dev.cdevents.…; "
            "send other CloudEvents to /v1/events"
        )
    return [read(envelope, data_of(envelope), delivery, context)]


def is_bare(body: Any) -> bool:
    """Tell whether JSON is a CDEvent without an envelope."""
    return isinstance(body, dict) and isinstance(body.get("context"), dict) and isinstance(body.get("subject"), dict)


def is_cdevent(envelope: CloudEvent) -> bool:
    """Tell whether a CloudEvent holds a CDEvent."""
    return envelope.type.startswith(("dev.cdevents.", "dev.cdeventsx."))


def data_of(envelope: CloudEvent) -> JSON:
    """Return the CDEvent inside a CloudEvent, whose attributes make up for what it lacks."""
    data = envelope.data
    if isinstance(data, str):
        data = decode_json(data)
    if not isinstance(data, dict):
        raise DeliveryError("the CDEvent in the CloudEvent is no JSON object")
    return data


def read(envelope: CloudEvent | None, body: JSON, delivery: Delivery, context: Context) -> Event:
    """Return the event of one CDEvent; raise DeliveryError where it has no type, id, source or subject."""
    about: JSON = {**(envelope.attributes if envelope else {}), **record(body, "context")}
    thing = record(body, "subject")
    family, subject, predicate = _type_of(about)
    if not text(about, "id") or not text(about, "source") or not text(thing, "id"):
        raise DeliveryError("the CDEvent lacks its id, its source or the id of its subject")
    kind = _KINDS.get(subject, Kind.OTHER) if family == "cdevents" else Kind.OTHER
    draft = Draft(f"{subject}.{predicate}", Kind.ACCESS if predicate in _READ else kind)
    draft.observed_at = parse_time(about.get("timestamp") or about.get("time"))
    _fill(draft, subject, thing, about)
    _jenkins(draft, record(body, "customData"))
    unique = digest_of([text(about, "source"), text(about, "id")])
    own = Delivery(source=SOURCE.name, received_at=delivery.received_at)
    return draft.event(own, context, unique, text(about, "id")[:_MAX_NAME])


def _type_of(about: JSON) -> tuple[str, str, str]:
    name = text(about, "type")
    found = _TYPE.fullmatch(name)
    if not found:
        raise DeliveryError(f"the CDEvent's type is not dev.cdevents.SUBJECT.PREDICATE.VERSION but {name[:80]!r}")
    return found[1], found[2], found[3]


def _fill(draft: Draft, subject: str, thing: JSON, about: JSON) -> None:
    content, name, origin = record(thing, "content"), text(thing, "id")[:_MAX_NAME], text(about, "source")[:_MAX_NAME]
    draft.actor = _actor(content, origin)
    draft.link("chain", text(about, "chainId")[:_MAX_NAME])
    draft.entity = Entity(subject, name)
    _repository(draft, content, subject, name)
    _change(draft, content, subject, name)
    _run(draft, content, subject, name, origin)
    _artifact(draft, name if subject == "artifact" else text(content, "artifactId"))
    draft.fact("x.environment", text(record(content, "environment"), "id", "name"))
    draft.fact("conclusion", text(content, "outcome", "decision"))
    trigger = content.get("trigger")
    draft.fact("trigger", text(trigger, "type") if isinstance(trigger, dict) else text(content, "trigger"))
    draft.fact("error", shape_of(text(content, "errors", "reason"), 80))
    draft.fact("x.severity", text(content, "severity"))
    draft.values("x.link", (text(one, "linkKind") for one in _links(about)))
    plain_facts(draft, content, _USED)


def _actor(content: JSON, origin: str) -> Actor:
    for field in _ACTORS:
        name = text(content, field).rpartition(":")[2]  # `urn:user:alice` too
        if name:
            return Actor(ActorType.BOT if _BOT.search(name) else ActorType.USER, name)
    return Actor(ActorType.APP, origin)


def _repository(draft: Draft, content: JSON, subject: str, name: str) -> None:
    repo = text(record(content, "repository"), "id") or text(record(content, "change", "repository"), "id")
    if subject == "repository":
        owner, short = text(content, "owner"), text(content, "name")
        repo = repo_of(text(content, "uri", "url")) or (f"{owner}/{short}" if owner and short else name)
    draft.link("repo", repo_of(repo) or repo)
    if subject == "repository":
        draft.entity = Entity("repo", draft.links["repo"])
    if subject == "branch":
        pushes.add_ref(draft, name, "")
        draft.entity = Entity("branch", f"{repo}/{name}" if repo else name)


def _change(draft: Draft, content: JSON, subject: str, name: str) -> None:
    change = name if subject == "change" else text(record(content, "change"), "id")
    repo = draft.links.get("repo", "")
    if _SHA.fullmatch(change):
        draft.link("sha", change)
    elif change:
        draft.link("pull_request", f"{repo}#{change}" if repo else change)
    if subject == "change":
        pushes.add_title(draft, "", full_text(content, "description"))
        if repo:
            draft.entity = Entity("repo", repo)


def _run(draft: Draft, content: JSON, subject: str, name: str, origin: str) -> None:
    if subject in {"pipelinerun", "build"}:
        draft.link("run", _run_name(name, origin))
    else:
        run = next(filter(None, (record(content, field) for field in _RUNS)), {})
        draft.link("run", _run_name(text(run, "id"), text(run, "source") or origin))
    pipeline, task = text(content, "pipelineName"), text(content, "taskName")
    test = text(record(content, "testCase"), "name", "id") or text(record(content, "testSuite"), "name", "id")
    workflow = f"{draft.links.get('repo') or origin}:{pipeline}"[:_MAX_NAME] if pipeline else ""
    draft.link("workflow", workflow)
    draft.fact("workflow_name", pipeline)
    if task or test:
        draft.link("job", f"{workflow or origin}/{task or test}"[:_MAX_NAME])
    kind = next((kind for kind in ("job", "workflow") if kind in draft.links), "")
    if kind and draft.kind is Kind.RUN and subject != "service":
        draft.entity = Entity(kind, draft.links[kind])


def _run_name(name: str, origin: str) -> str:
    """Return what no other run is called: an id is one within its source, and Jenkins' is the build's number."""
    return name if len(name) >= _UNIQUE or not name else f"{origin}#{name}"[:_MAX_NAME]


def _jenkins(draft: Draft, custom: JSON) -> None:
    """Add what Jenkins' plugin tells beside: who, which revision, with which parameters."""
    build = record(custom, "build")
    scm = record(build, "scmState")
    draft.link("repo", draft.links.get("repo", "") or repo_of(text(scm, "url")))
    draft.link("sha", text(scm, "commit"))
    if text(scm, "branch"):
        pushes.add_ref(draft, text(scm, "branch").removeprefix("origin/"), "")
    draft.values("x.parameter", record(build, "parameters"))
    took = number(build, "duration")
    draft.number("duration_s", took / 1000.0 if took and draft.action.endswith("finished") else None)
    if text(custom, "userId") and draft.actor.type is ActorType.APP:
        draft.actor = Actor(ActorType.USER, text(custom, "userId"))


def _artifact(draft: Draft, purl: str) -> None:
    base, version = split_purl(purl)
    if not base:
        return
    name = name_in(base)
    draft.link("package", name)
    draft.fact("package_version" if ":" not in version else "digest", version)
    where = re.search(r"[?&]repository_url=([^&#]{1,300})", purl)
    draft.fact("registry_host", host_of(where[1]) if where else "")
    if draft.entity.type == "artifact":
        draft.entity = Entity("package", name)


def _links(about: JSON) -> list[JSON]:
    links = about.get("links")
    return [one for one in links[:50] if isinstance(one, dict)] if isinstance(links, list) else []


SOURCE = Source("cdevents", parse)
