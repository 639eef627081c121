"""jenkins: builds and what was done to Jenkins itself, as its plugins and its own API tell of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from collector.delivery import Delivery, parse_time
from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.masking import mask_text, mask_value
from collector.shapes import repo_of, shape_of
from collector.sources import joblog, pushes
from collector.sources.fields import JSON, number, record, records, text, texts
from collector.sources.plain import describe
from collector.sources.source import Context, Draft, Source, digest_of, object_of, plain_facts
from collector.zones import zone_of

NAME = "jenkins"
TIME = "Unwonted-Time"
"""Header that tells when it happened, for what has no time of its own."""
_JENKINS = Actor(ActorType.APP, "jenkins")
_FOLDER = re.compile(r"(?:^|/)job/([^/]{1,200})")
_CAUSE = re.compile(r"(\w{1,80}?)Cause$")
_ADMIN = re.compile(r"jenkins\.(?:item|saveable|computer|plugins|shutdown)\b")
_LOGIN = re.compile(r"(?i)log(?:ged)? ?(?:in|out)|authenticat|sign")
_MAX_NAME = 200
_MAX_PATHS = 500
_USED = frozenset("event event_tag type user message name id number timestamp job item url".split())


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return the event of a delivery, and one of the log's own where a notification brings it along."""
    body = object_of(delivery)
    build = record(body, "build")
    if "phase" in build:
        return [_notification(body, build, delivery, context), *_log(body, build, delivery, context)]
    if text(body, "event_tag"):
        return [_splunk(body, delivery, context)]
    if "number" in body and "timestamp" in body and "url" in body:
        return [_build(body, delivery, context)]
    return [_other(body, delivery, context)]


def _notification(body: JSON, build: JSON, delivery: Delivery, context: Context) -> Event:
    """Read a build's phase, as the Notification plugin tells it."""
    phase, build_number = text(build, "phase"), text(build, "number")
    draft = Draft(f"build.{phase.lower() or 'told'}", Kind.RUN, _JENKINS)
    job = _job_of(text(build, "url") or text(body, "url")) or text(body, "name")
    _run(draft, job, build_number)
    draft.fact("conclusion", text(build, "status").lower())
    draft.number("duration_s", _seconds(number(build, "duration") or None))
    draft.observed_at = parse_time(build.get("timestamp"))
    scm = record(build, "scm")
    _revision(draft, text(scm, "url"), text(scm, "branch"), text(scm, "commit"))
    _changes(draft, texts(scm, "changes", _MAX_PATHS), texts(scm, "culprits", 20))
    _parameters(draft, record(build, "parameters"))
    _artifacts(draft, record(build, "artifacts"))
    tests = record(build, "test_summary")
    draft.number("x.tests", number(tests, "total"))
    draft.number("x.tests_failed", number(tests, "failed"))
    draft.fact("title_shape", shape_of(text(build, "notes")))
    where = text(build, "full_url") or text(build, "url") or job
    said = text(build, "notes") if phase in {"", "NONE"} else ""  # a step of a pipeline may tell any number of times
    return draft.event(delivery, context, digest_of([where, build_number, phase, said]), f"{job}#{build_number}")


def _log(body: JSON, build: JSON, delivery: Delivery, context: Context) -> list[Event]:
    lines = build.get("log")
    if not isinstance(lines, str) or not lines.strip():
        return []
    scm, job = record(build, "scm"), _job_of(text(build, "url")) or text(body, "name")
    headers = {
        "Unwonted-Repo": repo_of(text(scm, "url")) or NAME,
        "Unwonted-Ref": _branch(text(scm, "branch")),
        "Unwonted-Sha": text(scm, "commit"),
        "Unwonted-Job": job,
        "Unwonted-Run-Id": f"{job}#{text(build, 'number')}",
    }
    own = Delivery(source="joblog", received_at=delivery.received_at, headers=headers, body=lines)
    return joblog.parse(own, context)


def _build(body: JSON, delivery: Delivery, context: Context) -> Event:
    """Read a build as Jenkins' own API gives it, `…/api/json`."""
    is_over = body.get("building") is not True
    draft = Draft("build.completed" if is_over else "build.started", Kind.RUN, _JENKINS)
    url, build_number = text(body, "url"), text(body, "number")
    job = _job_of(url) or text(body, "fullDisplayName").rpartition(" #")[0].replace(" » ", "/")
    _run(draft, job, build_number)
    actions = records(body, "actions", 100)
    _causes(draft, [cause for action in actions for cause in records(action, "causes", 20)])
    parameters = [one for action in actions for one in records(action, "parameters", 200)]
    _parameters(draft, {text(one, "name"): one.get("value") for one in parameters})
    built = next((action for action in actions if record(action, "lastBuiltRevision")), {})
    revision = record(built, "lastBuiltRevision")
    branch = next((text(one, "name") for one in records(revision, "branch", 1)), "")
    _revision(draft, next(iter(texts(built, "remoteUrls", 1)), ""), branch, text(revision, "SHA1"))
    sets = records(body, "changeSets", 20) or [record(body, "changeSet")]
    items = [item for one in sets for item in records(one, "items", _MAX_PATHS)]
    paths = [path for item in items for path in texts(item, "affectedPaths", _MAX_PATHS)]
    _changes(draft, paths[:_MAX_PATHS], [text(one, "fullName") for one in records(body, "culprits", 20)])
    _artifacts(draft, {text(one, "relativePath", "fileName"): one for one in records(body, "artifacts", 500)})
    draft.fact("conclusion", text(body, "result").lower())
    draft.link("runner", text(body, "builtOn"))
    started, took = parse_time(body.get("timestamp")), _seconds(number(body, "duration"))
    draft.number("duration_s", took if is_over else None)
    draft.observed_at = started + (took or 0.0) if started and is_over else started
    return draft.event(delivery, context, digest_of([url or job, build_number, draft.action]), f"{job}#{build_number}")


def _splunk(body: JSON, delivery: Delivery, context: Context) -> Event:
    """Read what Jenkins' plugin for Splunk tells: builds, and what people did."""
    tag, url = text(body, "event_tag"), text(body, "build_url")
    if tag == "audit_trail":
        return _audit(body, delivery, context)
    is_build = tag == "job_event"
    draft = Draft(f"build.{text(body, 'type')}" if is_build else tag, Kind.RUN if url else Kind.OTHER)
    draft.actor = _person(text(body, "user")) or _JENKINS
    job = text(body, "job_name") or _job_of(url)
    _run(draft, job, text(body, "build_number"))
    draft.fact("trigger", shape_of(text(body, "trigger_by"), 80))
    draft.fact("conclusion", text(body, "job_result").lower())
    draft.link("runner", text(body, "node_name"))
    draft.values("runner_label", text(body, "label").split())
    draft.number("queue_s", number(body, "queue_time"))
    took, started = number(body, "job_duration"), parse_time(body.get("job_started_at"))
    draft.number("duration_s", took)
    draft.observed_at = started + (took or 0.0) if started and is_build else parse_time(delivery.header(TIME))
    scm = next((one for one in body.values() if isinstance(one, dict) and "git_url" in {n.lower() for n in one}), {})
    told = {name.lower(): value for name, value in {**scm, **body}.items()}
    _revision(draft, text(told, "git_url"), text(told, "git_branch"), text(told, "git_commit"))
    _parameters(draft, record(body, "metadata"))
    return draft.event(delivery, context, digest_of([delivery.header(TIME), body]), url)


def _audit(body: JSON, delivery: Delivery, context: Context) -> Event:
    said = text(body, "message")
    draft = Draft(f"audit {shape_of(said, 60)}".strip(), Kind.ACCESS if _LOGIN.search(said) else Kind.ADMIN)
    draft.actor = _person(text(body, "user")) or _JENKINS
    draft.entity = Entity("org", NAME)
    draft.observed_at = parse_time(delivery.header(TIME))
    job = re.search(r"jobs?/([^ ]{1,200}?)/config\.xml", said)
    if job:
        _run(draft, job[1].replace("/jobs/", "/"), "")
    draft.fact("title_shape", shape_of(said))
    return draft.event(delivery, context, digest_of([delivery.header(TIME), body]))


def _other(body: JSON, delivery: Delivery, context: Context) -> Event:
    """Read anything else as a plain event, such as what the Extreme Notification plugin calls an address with."""
    draft = describe(delivery, body)
    name = text(body, "event", "type", "name")
    draft.kind = Kind.ADMIN if _ADMIN.match(name) else Kind.RUN if name.startswith("jenkins.job") else Kind.OTHER
    job = text(body, "item", "job")
    if job and not record(body, "item"):
        _run(draft, _job_of(job) or job, text(body, "number"))
    plain_facts(draft, body, _USED)
    draft.observed_at = parse_time(body.get("timestamp") or delivery.header(TIME))
    return draft.event(delivery, context, digest_of([draft.observed_at or delivery.received_at, body]))


def _job_of(url: str) -> str:
    """Return the full name of a job of its URL.

    >>> _job_of("https://ci.example/job/pay/job/feature%252Fx/7/"), _job_of("job/pay/")
    ('pay/feature%2Fx', 'pay')
    """
    return "/".join(unquote(part) for part in _FOLDER.findall(url))[:_MAX_NAME]


def _run(draft: Draft, job: str, build: str) -> None:
    """Set the job as workflow: Jenkins knows it by its name, whatever repository it builds."""
    job = mask_text(job[:_MAX_NAME]) or "unknown"
    draft.link("workflow", f"{NAME}:{job}")
    draft.fact("workflow_name", job)
    draft.link("run", f"{job}#{build}" if build else "")
    draft.entity = Entity("workflow", f"{NAME}:{job}")


def _revision(draft: Draft, url: str, branch: str, sha: str) -> None:
    draft.link("repo", repo_of(url))
    draft.link("sha", sha)
    if branch:
        pushes.add_ref(draft, _branch(branch), "")


def _branch(name: str) -> str:
    return name.removeprefix("refs/remotes/").removeprefix("origin/")


def _changes(draft: Draft, paths: list[str], people: Iterable[str]) -> None:
    draft.values("commit_path", [path[:200] for path in paths])
    draft.values("zone", map(zone_of, paths))
    draft.number("changed_files", float(len(paths)) if paths else None)
    draft.values("x.culprit", people)


def _parameters(draft: Draft, told: JSON) -> None:
    """Add names of parameters, and short values that are no secrets."""
    draft.values("x.parameter", told)
    masked = mask_value(dict(list(told.items())[:100]))
    plain_facts(draft, masked, frozenset(), "x.parameter.")


def _artifacts(draft: Draft, told: JSON) -> None:
    draft.values("asset", map(shape_of, list(told)[:500]))
    draft.number("assets", float(len(told)) if told else None)


def _causes(draft: Draft, causes: list[JSON]) -> None:
    """Add what started a build, all of it where it was several things, and who did where it was somebody."""
    names = sorted({found[1] for cause in causes if (found := _CAUSE.search(text(cause, "_class")))})
    said = next((text(cause, "shortDescription") for cause in causes), "")
    draft.fact("trigger", "+".join(names[:4]) or shape_of(said, 80))
    person = next((name for cause in causes if (name := text(cause, "userId"))), "")
    draft.actor = _person(person) or draft.actor
    draft.values("x.upstream", (text(cause, "upstreamProject") for cause in causes))


def _person(name: str) -> Actor | None:
    if not name or name in {"SYSTEM", "(timer)"}:
        return None
    return Actor(ActorType.BOT if name.endswith(("[bot]", "-bot")) else ActorType.USER, name)


def _seconds(ms: float | None) -> float | None:
    return None if ms is None else ms / 1000.0


SOURCE = Source(NAME, parse)
