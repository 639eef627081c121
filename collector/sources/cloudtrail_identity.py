"""Who calls an AWS account: users, roles and their sessions, and the pipelines that take roles without a stored key."""

from __future__ import annotations

import re

from collector.event import Actor, ActorType
from collector.shapes import branch_class_of, shape_of, short_branch
from collector.sources.fields import JSON, record, text
from collector.sources.source import Draft

_ASSUMED = re.compile(r":assumed-role/([^/]{1,128})/(.{1,128})")
_ROLE_ARN = re.compile(r":role/(?:[^/\s]{1,64}/)*([^/\s]{1,128})$")
_REPO_SUBJECT = re.compile(r"\brepo:([^:\s@/]{1,100})(?:@\d{1,20})?/([^:\s@]{1,140})(?:@\d{1,20})?(?::([^\s]{0,500}))?")
"""What GitHub's tokens are about: `repo:acme/pay:ref:refs/heads/main`, ids behind `@` or not."""
_PROJECT_SUBJECT = re.compile(r"\bproject_path:([^:\s]{1,200})(?::ref_type:(branch|tag))?(?::ref:([^:\s]{1,200}))?")
"""What GitLab's are about: `project_path:acme/pay:ref_type:branch:ref:main`."""
_BUILDKITE_SUBJECT = re.compile(r"\borganization:([^:\s]{1,100}):pipeline:([^:\s]{1,140}):ref:([^:\s]{1,200})")
_WORKFLOW_CLAIM = re.compile(r"\bjob_workflow_ref:([^:\s@]{1,200}?)/(\.github/[^:\s@]{1,160})")
_ENVIRONMENT_CLAIM = re.compile(r"\benvironment:([^:\s]{1,100})")
_REF_CLAIM = re.compile(r"(?:^|:)ref:(refs/[^:\s]{1,200})")
_RUN_SESSION = re.compile(
    r"(?i)(?:run|actions?|github|gitlab|pipeline|build|job|ci)\D{0,20}(?:\d{1,12}[-_.])?(?<=[-_.@=])(\d{4,20})$"
)
"""A session that a pipeline named after its run: `GitHubActions-17223750701`."""
_IDENTITIES = {
    "IAMUser": ActorType.USER,
    "Root": ActorType.USER,
    "FederatedUser": ActorType.USER,
    "SAMLUser": ActorType.USER,
    "IdentityCenterUser": ActorType.USER,
}


def role_of(identity: JSON, parameters: JSON) -> tuple[str, str]:
    """Return (role, session) of who called, or of what the call assumes."""
    found = _ASSUMED.search(text(identity, "arn"))
    if found:
        return found[1], found[2]
    issuer = text(record(identity, "sessionContext", "sessionIssuer"), "userName")
    return issuer or role_named(text(parameters, "roleArn")), text(parameters, "roleSessionName")


def role_named(arn: str) -> str:
    """Return the name of the role an ARN is of; empty where it is of none.

    >>> role_named("arn:aws:iam::111122223333:role/teams/ci-deploy")
    'ci-deploy'
    """
    found = _ROLE_ARN.search(arn)
    return found[1] if found else ""


def actor_of(identity: JSON, role: str) -> Actor:
    """Return who called."""
    kind = text(identity, "type")
    if kind == "Root":
        return Actor(ActorType.USER, f"root of {text(identity, 'accountId') or 'unknown'}")
    name = text(identity, "userName")
    if kind in _IDENTITIES:
        return Actor(_IDENTITIES[kind], name or text(identity, "arn", "principalId") or "unknown")
    name = role or name or text(identity, "invokedBy") or text(identity, "arn", "principalId", "accountId")
    return Actor(ActorType.APP if name else ActorType.UNKNOWN, name or "unknown")


def add_session(draft: Draft, entry: JSON, identity: JSON, session: str) -> None:
    """Add the session's key, shape and origin, and the pipeline whose run it is."""
    issued = text(record(entry, "responseElements", "credentials"), "accessKeyId")
    own = text(identity, "accessKeyId")
    draft.link("token", own or issued)
    draft.link("key", issued if own else "")
    draft.fact("x.session", shape_of(session, 60))
    context = record(identity, "sessionContext")
    draft.fact("x.mfa", text(record(context, "attributes"), "mfaAuthenticated"))
    draft.fact("x.source_identity", shape_of(text(context, "sourceIdentity"), 60))
    federated = text(record(context, "webIdFederationData"), "federatedProvider") or text(identity, "identityProvider")
    draft.fact("x.federated_by", federated.rsplit("oidc-provider/", 1)[-1])
    run = _RUN_SESSION.search(session)
    draft.link("run", run[1] if run else "")
    _add_subject(draft, entry, identity)


def _add_subject(draft: Draft, entry: JSON, identity: JSON) -> None:
    """Add repository, branch, workflow and environment of the pipeline whose token was given for a role."""
    told = text(record(entry, "responseElements"), "subjectFromWebIdentityToken")
    told = told or text(identity, "userName") or text(identity, "principalId")
    if found := _REPO_SUBJECT.search(told):
        draft.link("repo", f"{found[1]}/{found[2]}")
        _add_claims(draft, found[3] or "")
    elif found := _PROJECT_SUBJECT.search(told):
        draft.link("repo", found[1])
        _add_ref(draft, f"refs/{'tags' if found[2] == 'tag' else 'heads'}/{found[3]}" if found[3] else "")
    elif found := _BUILDKITE_SUBJECT.search(told):
        draft.link("workflow", f"{found[1]}/{found[2]}")
        _add_ref(draft, found[3])


def _add_claims(draft: Draft, claims: str) -> None:
    ref, environment, workflow = (p.search(claims) for p in (_REF_CLAIM, _ENVIRONMENT_CLAIM, _WORKFLOW_CLAIM))
    _add_ref(draft, ref[1] if ref else "")
    draft.fact("x.environment", environment[1] if environment else "")
    draft.link("workflow", f"{workflow[1]}:{workflow[2]}" if workflow else "")
    draft.fact("trigger", "pull_request" if claims.split(":", 1)[0] == "pull_request" else "")


def _add_ref(draft: Draft, ref: str) -> None:
    draft.link("branch", short_branch(ref))
    draft.fact("x.branch_class", branch_class_of(ref) if ref else "")
