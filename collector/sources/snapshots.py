"""Snapshots: what the `Unwonted-…` headers of job logs, lockfiles and models tell of where they come from."""

from __future__ import annotations

import re

from collector.delivery import Delivery
from collector.event import Actor, ActorType
from collector.shapes import branch_class_of, short_branch
from collector.sources.source import NOBODY, Draft

_CONCLUSION = re.compile(r"[A-Za-z_-]{1,40}")


def add_context(draft: Draft, delivery: Delivery) -> None:
    """Add repository, ref, commit, workflow, job, run, actor and how the run ended, as the headers name them."""
    repo, ref = delivery.header("Unwonted-Repo"), delivery.header("Unwonted-Ref")
    workflow, job = delivery.header("Unwonted-Workflow"), delivery.header("Unwonted-Job")
    draft.link("repo", repo)
    draft.link("branch", short_branch(ref)[:200])
    draft.fact("branch_class", branch_class_of(ref[:200]) if ref else "")
    draft.link("sha", delivery.header("Unwonted-Sha"))
    draft.link("run", delivery.header("Unwonted-Run-Id"))
    key = f"{repo}:{workflow}" if workflow else ""
    draft.link("workflow", key)
    draft.link("job", f"{key or repo}/{job}" if job else "")
    conclusion = delivery.header("Unwonted-Conclusion")
    draft.fact("conclusion", conclusion.lower() if _CONCLUSION.fullmatch(conclusion) else "")
    draft.actor = _actor(delivery.header("Unwonted-Actor"))


def _actor(name: str) -> Actor:
    if not name:
        return NOBODY
    return Actor(ActorType.BOT if name.endswith("[bot]") else ActorType.USER, name)
