"""One guide: what a system tells, and the page that is shown on the terminal and in the documentation alike."""

from __future__ import annotations

import re
import secrets
import textwrap
from importlib.resources import files
from typing import NamedTuple
from urllib.parse import urlsplit

from unwonted.errors import UsageError

LOGS, DEPENDENCIES, ACCESS, CODE, RUNS = "pipeline logs", "dependency changes", "access events", "code", "pipeline runs"
"""What can be told of; the first three are the feeds without which most incidents cannot be seen."""
GITHUB_EVENTS = (
    "branch_protection_rule code_scanning_alert create delete dependabot_alert deploy_key deployment "
    "deployment_protection_rule deployment_review deployment_status installation member membership meta organization "
    "personal_access_token_request public pull_request push registry_package release repository repository_ruleset "
    "secret_scanning_alert team workflow_dispatch workflow_job workflow_run"
).split()
"""What tells something about security; an organisation's webhook has them all."""
_SHORT = 24
"""Longest verification token that GitLab takes."""
_PLACEHOLDER = re.compile(r"@([A-Z]+)@")
_EXAMPLE_URL = "https://unwonted.example.org"
_EXAMPLE_SECRET = "THE-SECRET"  # noqa: S105  # shown in the documentation, where a real one is made


class Guide(NamedTuple):
    """How one system is told to send."""

    name: str
    title: str
    tells: tuple[str, ...]
    way: str
    """How it arrives, in a few words."""
    reference: str = ""
    """The page in docs/sources that says what is read of it."""


GUIDES: dict[str, Guide] = {
    guide.name: guide
    for guide in (
        Guide("github", "GitHub", (CODE, RUNS, ACCESS), "webhook", "github-webhook"),
        Guide("github-audit", "GitHub's audit log", (ACCESS, RUNS), "stream, poll, export", "github-audit"),
        Guide("gitlab", "GitLab", (CODE, RUNS), "webhook, poll", "gitlab-webhook"),
        Guide("gitlab-audit", "GitLab's audit events", (ACCESS,), "stream, poll, export", "gitlab-audit"),
        Guide("bitbucket", "Bitbucket", (CODE,), "webhook", "bitbucket-webhook"),
        Guide("gitea", "Gitea, Forgejo and Gogs", (CODE,), "webhook", "gitea-webhook"),
        Guide("azure-devops", "Azure DevOps", (CODE, RUNS, ACCESS), "audit stream, service hooks", "azure-devops"),
        Guide("jenkins", "Jenkins", (RUNS,), "plugin", "jenkins"),
        Guide("tekton", "Tekton", (RUNS,), "CloudEvents", "cloudevents"),
        Guide("cdevents", "CDEvents and CloudEvents", (RUNS,), "HTTP", "cdevents"),
        Guide("circleci", "CircleCI", (RUNS,), "webhook", "circleci-webhook"),
        Guide("buildkite", "Buildkite", (RUNS,), "webhook", "buildkite"),
        Guide("joblog", "Logs of jobs", (LOGS,), "poll, a step, or a workflow beside", "joblog"),
        Guide("lockfile", "Lockfiles", (DEPENDENCIES,), "a step", "lockfile"),
        Guide("sbom", "SBOMs", (DEPENDENCIES,), "a step", "sbom"),
        Guide("action-refs", "Actions, includes, images", (DEPENDENCIES,), "a step", "action-refs"),
        Guide("osv", "Advisories", (DEPENDENCIES,), "files", "osv"),
        Guide("git", "A git repository", (CODE, DEPENDENCIES), "replay", "git"),
        Guide("cloudtrail", "AWS CloudTrail", (ACCESS,), "files", "cloudtrail"),
        Guide("kubernetes-audit", "Kubernetes", (ACCESS,), "audit webhook, files", "kubernetes-audit"),
        Guide("splunk-hec", "Whatever speaks to Splunk", (ACCESS,), "HTTP Event Collector", "hec"),
        Guide("event", "Events of your own", (RUNS, ACCESS), "HTTP", "event"),
    )
}
"""Every guide, by the name on the command line."""


def steps_of(guide: Guide, url: str, secret: str = "") -> str:
    """Return what to paste where, with a secret made for it just now; raise UsageError where the URL is none."""
    host, port, is_encrypted = _place(url)
    secret = secret or secrets.token_hex(32)
    known = {
        "URL": url.rstrip("/"),
        "SECRET": secret,
        "SHORT": secret[:_SHORT],
        "HOST": host,
        "PORT": str(port),
        "TLS": "on" if is_encrypted else "off",
        "EVENTS": textwrap.fill(", ".join(f"`{name}`" for name in GITHUB_EVENTS), 140, subsequent_indent="   "),
    }
    page = files("unwonted.guides").joinpath(f"pages/{guide.name}.md").read_text(encoding="utf-8")
    return _PLACEHOLDER.sub(lambda found: known[found[1]], page)


def page_of(guide: Guide) -> str:
    """Return the guide's page of the documentation."""
    read = f" What is read of it: [{guide.reference}](../{guide.reference}.md)." if guide.reference else ""
    tells = f"Tells of {', '.join(guide.tells)}.{read}"
    note = f"`unwonted source add {guide.name} --print` prints this page with your address and a fresh secret."
    return f"# {guide.title}\n\n{tells}\n{note}\n\n{steps_of(guide, _EXAMPLE_URL, _EXAMPLE_SECRET)}{last_step(guide)}"


def last_step(guide: Guide, url: str = _EXAMPLE_URL) -> str:
    """Return how to see that it works."""
    from unwonted.guides.trial import TRIALS

    if guide.name not in TRIALS:
        return ""
    command = f"unwonted source test {guide.name} --url {url}"
    return f"\nTo see whether the service would take it, where the service's settings are:\n\n```sh\n{command}\n```\n"


def _place(url: str) -> tuple[str, int, bool]:
    """Return host, port and whether it is encrypted."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == -1 or parts.query or parts.fragment:
        raise UsageError(f"--url {url} is no address of a service; write one such as {_EXAMPLE_URL}")
    is_encrypted = parts.scheme == "https"
    return parts.hostname, port or (443 if is_encrypted else 80), is_encrypted
