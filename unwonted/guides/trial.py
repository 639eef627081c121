"""Trials: for each sender one delivery as it would make it, signed as it would sign it."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

JSON = dict[str, Any]
Headers = dict[str, str]
REPO, ACTOR = "unwonted/trial", "unwonted-trial"
_STANDARD_KEY = "whsec_"


class Trial(NamedTuple):
    """One delivery in the making."""

    sender: str
    """Its name on the URL, by which its secret is set too."""
    body: Callable[[float], object]
    """Makes the body at a time: JSON, or text that is sent as it is."""
    headers: Callable[[str], Headers] = lambda _: {}
    """Makes the headers that tell what it is, with an id of its own."""
    path: str = ""

    @property
    def address(self) -> str:
        """Return the path it is sent to."""
        return self.path or f"/hooks/{self.sender}"

    def bytes_at(self, now: float) -> bytes:
        """Return the body as it is sent."""
        body = self.body(now)
        return body.encode() if isinstance(body, str) else msgspec.json.encode(body)


def _now_ms(now: float) -> int:
    return int(now * 1000)


def _iso(now: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))


def _github(now: float) -> JSON:
    who = {"login": ACTOR, "type": "User"}
    repo = {"full_name": REPO, "private": True, "default_branch": "main", "pushed_at": int(now)}
    return {"ref": "refs/heads/main", "before": "0" * 40, "after": "0" * 40, "repository": repo, "sender": who}


def _gitlab(now: float) -> JSON:
    project = {"path_with_namespace": REPO, "default_branch": "main"}
    kind = {"object_kind": "push", "event_name": "push", "ref": "refs/heads/main", "user_username": ACTOR}
    return {**kind, "before": "0" * 40, "after": "0" * 40, "project": project, "commits": [], "checkout_sha": str(now)}


def _audit(now: float) -> JSON:
    entry = {"@timestamp": _now_ms(now), "action": "repo.access", "actor": ACTOR, "repo": REPO, "org": "unwonted"}
    return {"time": now, "sourcetype": "trial", "event": {**entry, "_document_id": f"trial-{_now_ms(now)}"}}


def _gitlab_audit(now: float) -> JSON:
    entry = {"id": f"trial-{_now_ms(now)}", "author_name": ACTOR, "entity_path": REPO, "entity_type": "Project"}
    return {**entry, "created_at": _iso(now), "event_type": "project_created", "details": {}}


def _bitbucket(now: float) -> JSON:
    return {"actor": {"nickname": ACTOR}, "repository": {"full_name": REPO}, "push": {"changes": []}, "date": _iso(now)}


def _circleci(now: float) -> JSON:
    return {
        "id": f"trial-{_now_ms(now)}",
        "type": "workflow-completed",
        "happened_at": _iso(now),
        "workflow": {"id": "trial", "name": "trial", "status": "success"},
        "pipeline": {"id": "trial", "vcs": {"origin_repository_url": f"https://git.example/{REPO}"}},
        "project": {"slug": f"gh/{REPO}"},
    }


def _buildkite(now: float) -> JSON:
    build = {"id": f"trial-{_now_ms(now)}", "number": 1, "state": "passed", "branch": "main", "finished_at": _iso(now)}
    return {"event": "build.finished", "build": build, "pipeline": {"slug": "trial"}, "sender": {"name": ACTOR}}


def _azure(now: float) -> JSON:
    resource = {"repository": {"name": "trial", "project": {"name": "unwonted"}}, "pushedBy": {"displayName": ACTOR}}
    return {"id": f"trial-{_now_ms(now)}", "eventType": "git.push", "createdDate": _iso(now), "resource": resource}


def _jenkins(now: float) -> JSON:
    build = {"number": 1, "phase": "FINALIZED", "status": "SUCCESS", "timestamp": _now_ms(now), "url": "job/trial/1/"}
    return {
        "name": "trial",
        "url": "job/trial/",
        "build": {**build, "full_url": "https://jenkins.example/job/trial/1/"},
    }


def _cdevent(now: float) -> JSON:
    kind = "dev.cdevents.pipelinerun.finished.0.2.0"
    context = {"version": "0.4.1", "id": f"trial-{_now_ms(now)}", "source": "/unwonted/trial", "type": kind}
    subject = {"id": "1", "type": "pipelineRun", "content": {"pipelineName": "trial", "outcome": "success"}}
    return {"context": {**context, "timestamp": _iso(now)}, "subject": subject}


def _tekton(now: float) -> JSON:
    run = {"metadata": {"name": "trial", "namespace": "unwonted"}, "spec": {"pipelineRef": {"name": "trial"}}}
    return {"pipelineRun": {**run, "status": {"completionTime": _iso(now)}}}


def _cloud(kind: str) -> Callable[[str], Headers]:
    def headers(identity: str) -> Headers:
        return {"Ce-Specversion": "1.0", "Ce-Id": identity, "Ce-Source": "/unwonted/trial", "Ce-Type": kind}

    return headers


def _trail(now: float) -> JSON:
    identity = {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/unwonted-trial/trial"}
    call = {"eventName": "GetCallerIdentity", "eventSource": "sts.amazonaws.com", "readOnly": True}
    return {**call, "userIdentity": identity, "eventTime": _iso(now), "eventID": f"trial-{_now_ms(now)}"}


def _cluster(now: float) -> JSON:
    target = {"resource": "configmaps", "namespace": "unwonted", "name": "trial"}
    entry = {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "stage": "ResponseComplete", "verb": "get"}
    return {
        **entry,
        "auditID": f"trial-{_now_ms(now)}",
        "user": {"username": ACTOR},
        "objectRef": target,
        "requestReceivedTimestamp": _iso(now),
    }


def _event(now: float) -> JSON:
    who, what = {"type": "user", "name": ACTOR}, {"type": "repo", "name": REPO}
    told = {"source": "event", "kind": "run", "action": "trial", "actor": who, "entity": what}
    return {**told, "id": f"trial:{_now_ms(now)}", "ref": "trial", "observed_at": now, "received_at": now}


def _sbom(now: float) -> JSON:
    component = {"type": "library", "name": "trial", "version": "1.0", "purl": "pkg:pypi/trial@1.0"}
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [component]}
    return {**document, "metadata": {"timestamp": _iso(now)}}


def _advisory(now: float) -> JSON:
    affected = {"package": {"ecosystem": "npm", "name": "unwonted-trial-package"}, "versions": ["1.0.0"]}
    return {"id": "MAL-0000-0", "modified": _iso(now), "published": _iso(now), "affected": [affected]}


_WORKFLOW = "jobs: {trial: {steps: [{uses: actions/checkout@v4}]}}\n"


def _of_a_job(path: str = "") -> Callable[[str], Headers]:
    def headers(identity: str) -> Headers:
        told = {"Unwonted-Repo": REPO, "Unwonted-Workflow": "trial", "Unwonted-Job": "trial", "Unwonted-Actor": ACTOR}
        return {**told, "Unwonted-Run-Id": identity, **({"Unwonted-Path": path} if path else {})}

    return headers


TRIALS: dict[str, Trial] = {
    "github": Trial("github", _github, lambda one: {"X-GitHub-Event": "push", "X-GitHub-Delivery": one}),
    "github-audit": Trial("hec", _audit, path="/services/collector/event"),
    "gitlab": Trial("gitlab", _gitlab, lambda one: {"X-Gitlab-Event": "Push Hook", "X-Gitlab-Event-UUID": one}),
    "gitlab-audit": Trial("gitlab.audit", _gitlab_audit),
    "bitbucket": Trial("bitbucket", _bitbucket, lambda one: {"X-Event-Key": "repo:push", "X-Request-UUID": one}),
    "gitea": Trial("gitea", _github, lambda one: {"X-Gitea-Event": "push", "X-Gitea-Delivery": one}),
    "azure-devops": Trial("azure_devops", _azure),
    "jenkins": Trial("jenkins", _jenkins),
    "tekton": Trial("cloudevents", _tekton, _cloud("dev.tekton.event.pipelinerun.successful.v1")),
    "cdevents": Trial("cdevents", _cdevent, _cloud("dev.cdevents.pipelinerun.finished.0.2.0")),
    "circleci": Trial("circleci", _circleci, lambda _: {"Circleci-Event-Type": "workflow-completed"}),
    "buildkite": Trial("buildkite", _buildkite, lambda _: {"X-Buildkite-Event": "build.finished"}),
    "joblog": Trial("joblog", lambda now: f"{_iso(now)} A trial, sent by unwonted source test\n", _of_a_job()),
    "lockfile": Trial("lockfile", lambda _: "trial==1.0\n", _of_a_job("requirements.txt")),
    "sbom": Trial("sbom", _sbom, _of_a_job("sbom.json")),
    "action-refs": Trial("action_refs", lambda _: _WORKFLOW, _of_a_job(".github/workflows/trial.yml")),
    "osv": Trial("osv", _advisory),
    "cloudtrail": Trial("cloudtrail", _trail),
    "kubernetes-audit": Trial("kubernetes.audit", _cluster),
    "splunk-hec": Trial("hec", _audit, path="/services/collector/event"),
    "event": Trial("event", _event),
}
"""The trial of each guide that has an address to send to."""


def _standard(secret: str, body: bytes, stamp: str) -> Headers:
    """Prove as Standard Webhooks does, which GitLab's signing tokens follow."""
    key = base64.b64decode(secret.removeprefix(_STANDARD_KEY))
    signature = base64.b64encode(hmac.digest(key, f"trial.{stamp}.".encode() + body, "sha256")).decode()
    return {"Webhook-Id": "trial", "Webhook-Timestamp": stamp, "Webhook-Signature": f"v1,{signature}"}


def _gitlab_proof(secret: str, body: bytes, stamp: str) -> Headers:
    return _standard(secret, body, stamp) if secret.startswith(_STANDARD_KEY) else {"X-Gitlab-Token": secret}


def _buildkite_proof(secret: str, body: bytes, stamp: str) -> Headers:
    signature = _hmac(secret, f"{stamp}.".encode() + body)
    return {"X-Buildkite-Signature": f"timestamp={stamp},signature={signature}"}


def _signing(header: str, version: str = "sha256") -> Callable[[str, bytes, str], Headers]:
    return lambda secret, body, _: {header: f"{version}={_hmac(secret, body)}"}


def _showing(header: str, scheme: str = "") -> Callable[[str, bytes, str], Headers]:
    return lambda secret, _body, _stamp: {header: f"{scheme}{secret}"}


def _hmac(secret: str, body: bytes) -> str:
    return hmac.digest(secret.encode(), body, "sha256").hex()


def _basic(secret: str, _body: bytes, _stamp: str) -> Headers:
    return {"Authorization": "Basic " + base64.b64encode(f"unwonted:{secret}".encode()).decode()}


_BEARER = _showing("Authorization", "Bearer ")
_PROOFS: dict[str, Callable[[str, bytes, str], Headers]] = {
    "github": _signing("X-Hub-Signature-256"),
    "bitbucket": _signing("X-Hub-Signature"),
    "gitea": lambda secret, body, _: {"X-Gitea-Signature": _hmac(secret, body)},
    "circleci": _signing("Circleci-Signature", "v1"),
    "buildkite": _buildkite_proof,
    "gitlab": _gitlab_proof,
    "gitlab.audit": _showing("X-Gitlab-Event-Streaming-Token"),
    "hec": _showing("Authorization", "Splunk "),
    "jenkins": _showing("X-Unwonted-Token"),
    "azure_devops": _basic,
    **dict.fromkeys(("cdevents", "cloudevents"), _BEARER),
}
_OTHERS = _signing("X-Unwonted-Signature-256")


def proof_of(sender: str, secret: str, body: bytes, now: float) -> Headers:
    """Return the headers by which a sender proves itself with a secret."""
    return _PROOFS.get(sender, _OTHERS)(secret, body, str(int(now)))
