"""gitea.webhook: what Gitea, Forgejo and Gogs send; their payloads are GitHub's in all but a few names."""

from __future__ import annotations

from collector.delivery import Delivery
from collector.event import Event
from collector.sources import github_webhook
from collector.sources.source import Context, Source

_EVENTS = ("X-Forgejo-Event", "X-Gitea-Event", "X-Gogs-Event", "X-GitHub-Event")
_IDS = ("X-Forgejo-Delivery", "X-Gitea-Delivery", "X-Gogs-Delivery", "X-GitHub-Delivery")
_NAMES = {
    "issue_comment_pull": "issue_comment",
    "pull_request_comment": "issue_comment",
    "pull_request_approved": "pull_request_review",
    "pull_request_rejected": "pull_request_review",
    "pull_request_review_approved": "pull_request_review",
    "pull_request_review_rejected": "pull_request_review",
    "pull_request_review_comment": "pull_request_review",
    "pull_request_sync": "pull_request",
    "wiki": "gollum",
}


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return the one event of a delivery, read as GitHub's is."""
    name = next(filter(None, map(delivery.header, _EVENTS)), "")
    headers = {
        "X-GitHub-Event": _NAMES.get(name, name),
        "X-GitHub-Delivery": next(filter(None, map(delivery.header, _IDS)), ""),
    }
    same = Delivery(source=delivery.source, received_at=delivery.received_at, headers=headers, body=delivery.body)
    return github_webhook.parse(same, context)


SOURCE = Source("gitea.webhook", parse)
