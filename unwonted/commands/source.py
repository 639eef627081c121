"""`unwonted source add`: what to paste where, so that a system sends its deliveries here."""

from __future__ import annotations

import secrets
from collections.abc import Callable

GITHUB_EVENTS = (
    "branch_protection_rule code_scanning_alert create delete dependabot_alert deploy_key deployment "
    "deployment_protection_rule deployment_review deployment_status installation member membership meta organization "
    "personal_access_token_request public pull_request push registry_package release repository repository_ruleset "
    "secret_scanning_alert team workflow_dispatch workflow_job workflow_run"
).split()
"""What tells something about security; an organisation's webhook has them all."""
_REPOSITORY_ONLY = frozenset("installation membership organization personal_access_token_request team".split())
"""Left out of the `gh api` command for one repository: only organisations have them."""


def add(sender: str, url: str) -> None:
    """Print the steps for one sender, with a fresh secret where it signs."""
    print(_STEPS[sender](url.rstrip("/"), secrets.token_hex(32)))  # noqa: T201  # the command line's own voice


def github(url: str, secret: str) -> str:
    """Return what to paste into GitHub, and the command that does the same."""
    events = [name for name in GITHUB_EVENTS if name not in _REPOSITORY_ONLY]
    fields = " ".join(f"-f 'events[]={name}'" for name in events)
    return f"""1. Give the service the secret, then start it again:

   export UNWONTED_HOOKS_GITHUB_SECRET={secret}

2. On GitHub, in the organisation's (or a repository's) Settings > Webhooks > Add webhook, paste:

   Payload URL    {url}/hooks/github
   Content type   application/json
   Secret         {secret}
   Events         Send me everything; or choose: {", ".join(GITHUB_EVENTS)}

   Or, for one repository, with GitHub's own command line:

   gh api repos/OWNER/REPOSITORY/hooks -f name=web -F active=true -f 'config[url]={url}/hooks/github' \\
     -f 'config[content_type]=json' -f 'config[secret]={secret}' {fields}

3. GitHub sends a ping at once: Recent Deliveries shows it with the answer 200 or 202.
{_reach(url)}"""


def gitlab(url: str, secret: str) -> str:
    """Return what to paste into GitLab, and the command that does the same."""
    return f"""1. Give the service the secret, then start it again:

   export UNWONTED_HOOKS_GITLAB_SECRET={secret}

2. On GitLab, in the group's (or a project's) Settings > Webhooks > Add new webhook, paste:

   URL            {url}/hooks/gitlab
   Secret token   {secret}
   Trigger        every event it offers

   Or, for one project, with curl and a token of yours:

   curl -fsS -H "PRIVATE-TOKEN: $GITLAB_TOKEN" https://gitlab.com/api/v4/projects/ID/hooks \\
     -d url={url}/hooks/gitlab -d token={secret} -d push_events=true -d tag_push_events=true \\
     -d merge_requests_events=true -d job_events=true -d pipeline_events=true -d deployment_events=true \\
     -d releases_events=true

3. Press Test > Push events: it answers 202.
{_reach(url)}"""


def event(url: str, secret: str) -> str:
    """Return how a script of one's own tells of an event."""
    del secret
    return f"""Send what happened as one JSON object, from anything that can speak HTTP:

   curl -fsS {url}/hooks/event -H 'Content-Type: application/json' \\
     -H "Authorization: Bearer $UNWONTED_TOKEN" \\
     -d '{{"id": "deploy-1", "action": "deploy", "actor": "user:mona", "entity": "repo:acme/pay"}}'

`id` makes a repetition harmless; `time`, `ip` and any other field are welcome: docs/sources/event.md lists them.
Make the token with: unwonted token create deploys --scope ingest
(On this machine, and as long as no token exists, leave the Authorization header out.)
"""


_STEPS: dict[str, Callable[[str, str], str]] = {"github": github, "gitlab": gitlab, "event": event}


def _reach(url: str) -> str:
    if "://127.0.0.1" in url or "://localhost" in url:
        return f"""
{url} is reached from this machine only. Name the address under which the sender reaches you:
add --url https://unwonted.example.org; docs/serve.md shows a reverse proxy with TLS.
"""
    return ""
