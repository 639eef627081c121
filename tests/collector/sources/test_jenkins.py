"""What Jenkins' plugins and its API tell becomes events."""

from __future__ import annotations

from typing import Any

import pytest

from collector.event import Event, Kind
from collector.sources import Context, source_named
from tests.collector.samples import AT, JSON, delivery, parse

SHA = "a" * 40


def notification(phase: str = "COMPLETED", **build: Any) -> JSON:
    """Return what the Notification plugin sends of a phase."""
    return {
        "name": "main",
        "display_name": "main",
        "url": "job/pay/job/main/",
        "build": {
            "full_url": "https://ci.example/job/pay/job/main/7/",
            "number": 7,
            "queue_id": 12,
            "timestamp": int(AT * 1000),
            "duration": 90_500,
            "phase": phase,
            "status": "FAILURE",
            "url": "job/pay/job/main/7/",
            "scm": {
                "url": "https://mona:s3cret@git.example/acme/pay.git",
                "branch": "origin/main",
                "commit": SHA,
                "changes": ["Jenkinsfile", "src/pay.py"],
                "culprits": ["mona"],
            },
            "parameters": {"STAGE": "prod", "DEPLOY_PASSWORD": "hunter22-hunter22", "NOTE": "ghp_" + "a" * 36},
            "log": "",
            "notes": "",
            "test_summary": {"total": 12, "failed": 1, "passed": 11, "skipped": 0, "failed_tests": ["PayTest"]},
            "artifacts": {"pay-2.1.0.jar": {"archive": "https://ci.example/job/pay/7/artifact/pay-2.1.0.jar"}},
            **build,
        },
    }


def test_a_phase_of_a_build() -> None:
    """A notification tells job, build, outcome, revision, what changed and what came of it."""
    event = parse("jenkins", notification())
    assert (event.action, event.kind, event.observed_at, event.ref) == ("build.completed", Kind.RUN, AT, "pay/main#7")
    assert (str(event.entity), str(event.actor)) == ("workflow:jenkins:pay/main", "app:jenkins")
    assert (event.links["run"], event.links["repo"], event.links["sha"]) == ("pay/main#7", "acme/pay", SHA)
    assert (event.links["branch"], event.facts["conclusion"]) == ("main", "failure")
    assert (event.facts["commit_path"], event.facts["x.culprit"]) == (["Jenkinsfile", "src/pay.py"], ["mona"])
    assert (event.numbers["duration_s"], event.numbers["assets"], event.numbers["x.tests_failed"]) == (90.5, 1.0, 1.0)


def test_parameters_are_masked() -> None:
    """Names of parameters are kept, and values that are no secrets."""
    event = parse("jenkins", notification())
    assert event.facts["x.parameter"] == ["STAGE", "DEPLOY_PASSWORD", "NOTE"]
    assert event.facts["x.parameter.STAGE"] == "prod"
    for secret in ("hunter22", "ghp_", "s3cret"):
        assert secret not in repr(event)


def test_phases_are_events_of_their_own_and_repeats_are_none() -> None:
    """Nothing is delivered with an id, so job, number and phase make one; a new controller's build 7 is another."""
    ids = [parse("jenkins", notification(phase)).id for phase in ("QUEUED", "STARTED", "COMPLETED", "FINALIZED")]
    assert len(set(ids)) == 4
    assert parse("jenkins", notification("STARTED", duration=1)).id == ids[1]
    assert parse("jenkins", notification("STARTED", full_url="https://other.example/job/pay/job/main/7/")).id != ids[1]


def test_a_step_may_tell_many_times() -> None:
    """What a pipeline's own step tells is an event for each text."""
    told = [parse("jenkins", notification("NONE", notes=notes)).id for notes in ("one", "two", "one")]
    assert (told[0] == told[2], told[0] == told[1]) == (True, False)


def test_lines_of_the_log_are_a_log() -> None:
    """Where a notification brings lines of the log, they are read as every other job's log is."""
    body = notification(log="fetching https://evil.example/x\ntoken=ghp_" + "a" * 36 + "\n")
    build, log = source_named("jenkins").parse(delivery("jenkins", body), Context())
    assert (log.kind, log.source, log.links["run"], log.links["repo"]) == (Kind.LOG, "joblog", "pay/main#7", "acme/pay")
    assert build.links["run"] == log.links["run"]
    assert "ghp_" not in repr(log)


def build(*actions: JSON, **fields: Any) -> Event:
    """Return the event of a build as the API gives it."""
    body = {
        "_class": "org.jenkinsci.plugins.workflow.job.WorkflowRun",
        "actions": list(actions),
        "artifacts": [{"fileName": "pay.jar", "relativePath": "target/pay.jar"}],
        "building": False,
        "duration": 60_000,
        "fullDisplayName": "pay » main #7",
        "id": "7",
        "number": 7,
        "result": "SUCCESS",
        "timestamp": int((AT - 60) * 1000),
        "url": "https://ci.example/job/pay/job/main/7/",
        "builtOn": "agent-1",
        "changeSets": [{"items": [{"commitId": SHA, "affectedPaths": ["pom.xml"], "msg": "x"}]}],
        "culprits": [{"fullName": "Mona"}],
        **fields,
    }
    return parse("jenkins", body)


def cause(name: str, **fields: Any) -> JSON:
    """Return what started a build."""
    return {"_class": "hudson.model.CauseAction", "causes": [{"_class": f"hudson.model.Cause${name}", **fields}]}


def test_a_build_of_the_api() -> None:
    """A build tells where it ran, on what revision, and when it ended."""
    data = {
        "_class": "hudson.plugins.git.util.BuildData",
        "lastBuiltRevision": {"SHA1": SHA, "branch": [{"SHA1": SHA, "name": "refs/remotes/origin/main"}]},
        "remoteUrls": ["git@git.example:acme/pay.git"],
    }
    event = build(cause("UserIdCause", userId="mona", userName="Mona"), data)
    assert (event.observed_at, event.numbers["duration_s"], event.links["runner"]) == (AT, 60.0, "agent-1")
    assert (event.links["repo"], event.links["sha"], event.links["branch"]) == ("acme/pay", SHA, "main")
    assert (str(event.actor), event.facts["trigger"], event.facts["conclusion"]) == ("user:mona", "UserId", "success")
    assert event.facts["commit_path"] == ["pom.xml"]


@pytest.mark.parametrize(
    ("name", "trigger"),
    [("TimerTrigger$TimerTriggerCause", "TimerTrigger"), ("UpstreamCause", "Upstream"), ("ReplayCause", "Replay")],
)
def test_cause_is_the_trigger(name: str, trigger: str) -> None:
    """What started a build is told by the cause's class, a replay with another script among them."""
    event = build(cause(name, shortDescription="Started"))
    assert (event.facts["trigger"], str(event.actor)) == (trigger, "app:jenkins")
    both = build(cause("UserIdCause", userId="mona"), cause(name))
    assert (both.facts["trigger"], str(both.actor)) == ("+".join(sorted([trigger, "UserId"])), "user:mona")


def test_a_running_build_has_no_end() -> None:
    """A build that has not ended is told at its start, and is another event than its end."""
    running = build(building=True, duration=0)
    assert (running.action, running.observed_at, "duration_s" in running.numbers) == ("build.started", AT - 60, False)
    assert running.id != build().id


def test_a_build_of_the_splunk_plugin() -> None:
    """Jenkins' plugin for Splunk tells who started a build, why, and where it ran."""
    body = {
        "event_tag": "job_event",
        "type": "completed",
        "build_number": 7,
        "trigger_by": "Started by user Mona",
        "user": "mona",
        "queue_time": 1.5,
        "queue_id": 12,
        "build_url": "job/pay/7/",
        "upstream": "",
        "job_started_at": "2026-03-01T09:59:00Z",
        "job_name": "acme/pay",
        "metadata": {"STAGE": "prod"},
        "label": "linux docker",
        "node_name": "agent-1",
        "job_result": "SUCCESS",
        "job_duration": 60.0,
        "hudson.plugins.git.GitSCM": {"GIT_URL": "https://git.example/acme/pay", "GIT_COMMIT": SHA},
    }
    event = parse("jenkins", body)
    assert (event.action, str(event.actor), event.observed_at) == ("build.completed", "user:mona", AT)
    assert (event.links["runner"], event.facts["runner_label"]) == ("agent-1", ["linux", "docker"])
    assert (event.links["repo"], event.links["sha"], event.links["run"]) == ("acme/pay", SHA, "acme/pay#7")


@pytest.mark.parametrize(
    ("message", "kind", "entity"),
    [
        ("update jobs/pay/config.xml", Kind.ADMIN, "workflow:jenkins:pay"),
        ("update jobs/acme/jobs/pay/config.xml", Kind.ADMIN, "workflow:jenkins:acme/pay"),
        ("update config.xml", Kind.ADMIN, "org:jenkins"),
        ("user logged in", Kind.ACCESS, "org:jenkins"),
        ("failed to authenticate", Kind.ACCESS, "org:jenkins"),
    ],
)
def test_what_people_did(message: str, kind: Kind, entity: str) -> None:
    """The plugin's audit trail tells who changed which job, and who came in; its time is the envelope's."""
    body = {"event_tag": "audit_trail", "message": message, "user": "mona"}
    event = parse("jenkins", body, {"Unwonted-Time": str(AT)})
    assert (event.kind, str(event.entity), str(event.actor), event.observed_at) == (kind, entity, "user:mona", AT)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("jenkins.item.updated", Kind.ADMIN), ("jenkins.saveable.change", Kind.ADMIN), ("jenkins.job.started", Kind.RUN)],
)
def test_extreme_notifications(name: str, kind: Kind) -> None:
    """What the Extreme Notification plugin is told to call tells what was done to which job."""
    event = parse("jenkins", {"event": name, "item": "acme/pay", "user": "mona"})
    assert (event.action, event.kind, str(event.entity)) == (name, kind, "workflow:jenkins:acme/pay")
    assert str(event.actor) == "user:mona"
