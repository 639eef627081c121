"""`unwonted source add`: what to paste where, so that a system sends its deliveries here."""

from __future__ import annotations

import secrets
import textwrap
from collections.abc import Callable

GITHUB_EVENTS = (
    "branch_protection_rule code_scanning_alert create delete dependabot_alert deploy_key deployment "
    "deployment_protection_rule deployment_review deployment_status installation member membership meta organization "
    "personal_access_token_request public pull_request push registry_package release repository repository_ruleset "
    "secret_scanning_alert team workflow_dispatch workflow_job workflow_run"
).split()
"""What tells something about security; an organisation's webhook has them all."""


def add(sender: str, url: str) -> None:
    """Print the steps for one sender, with a fresh secret where it signs."""
    print(_STEPS[sender](url.rstrip("/"), secrets.token_hex(32)))  # noqa: T201  # the command line's own voice


def github(url: str, secret: str) -> str:
    """Return what to paste into GitHub, and the command that does the same."""
    return f"""1. Give the service the secret, then start it again:

   export UNWONTED_HOOKS_GITHUB_SECRET={secret}

2. On GitHub, in the organisation's (or a repository's) Settings > Webhooks > Add webhook, paste:

   Payload URL    {url}/hooks/github
   Content type   application/json
   Secret         {secret}
   Events         Send me everything; or choose at least
{_wrapped(GITHUB_EVENTS)}

   Or with GitHub's own command line (for one repository: repos/OWNER/REPOSITORY/hooks):

   gh api orgs/ORGANISATION/hooks -f name=web -F active=true -f 'events[]=*' \\
     -f 'config[url]={url}/hooks/github' -f 'config[content_type]=json' \\
     -f 'config[secret]={secret}'

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


_EVENT = r"""{"id": "deploys:1", "ref": "1", "source": "event", "kind": "run", "action": "deploy",
      "actor": {"type": "user", "name": "mona"}, "entity": {"type": "repo", "name": "acme/pay"},
      "observed_at": '$(date +%s)', "received_at": '$(date +%s)'}"""


def event(url: str, secret: str) -> str:
    """Return how a script of one's own tells of an event."""
    del secret
    return f"""Send what happened as one JSON object, from anything that can speak HTTP:

   curl -fsS {url}/hooks/event -H 'Content-Type: application/json' \\
     -H "Authorization: Bearer $UNWONTED_TOKEN" \\
     -d '{_EVENT}'

The `id` makes a repetition harmless; links, facts and numbers are welcome: docs/sources/event.md tells of them.
Make the token with: unwonted token create deploys --scope ingest
(On this machine, and as long as no token exists, leave the Authorization header out.)
"""


_STEPS: dict[str, Callable[[str, str], str]] = {"github": github, "gitlab": gitlab, "event": event}


def _wrapped(names: list[str]) -> str:
    return textwrap.fill(", ".join(names), 100, initial_indent=" " * 18, subsequent_indent=" " * 18)


def _reach(url: str) -> str:
    if "://127.0.0.1" in url or "://localhost" in url:
        return f"""
{url} is reached from this machine only. Name the address under which the sender reaches you:
add --url https://unwonted.example.org; docs/serve.md shows a reverse proxy with TLS.
"""
    return ""
