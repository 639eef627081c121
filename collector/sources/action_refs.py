"""action_refs: the actions, reusable workflows, includes and images that a workflow file refers to, at one commit."""

from __future__ import annotations

from typing import Any

from collector.delivery import Delivery, decode_json
from collector.errors import DeliveryError
from collector.event import Entity, Event, Kind
from collector.masking import mask_text
from collector.sources.snapshots import add_context
from collector.sources.source import Context, Draft, Source, digest_of
from collector.texts import storable_text
from collector.workflow_refs import A_SHA, Reference, references_in, snapshot_of

MAX_VALUES = 500


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return one event: what the workflow refers to.

    The body is the file's text, or an object with `text` and `resolved`, the commits that references were resolved to.
    """
    text, resolved = _told(delivery.body)
    draft = Draft("action_refs", Kind.DEPENDENCY)
    add_context(draft, delivery)
    path = delivery.header("Unwonted-Path")[:1024] or delivery.header("Unwonted-Workflow")[:1024]
    add_references(draft, references_in(text, resolved), storable_text(mask_text(path)) or "workflow")
    return [draft.event(delivery, context, digest_of([delivery.headers, delivery.body]))]


def _told(body: Any) -> tuple[str, dict[str, str]]:
    if isinstance(body, str) and not body.lstrip().startswith("{"):
        return body, {}
    if isinstance(body, str):
        body = decode_json(body)
    if isinstance(body, dict) and isinstance(body.get("text"), str):
        resolved = body.get("resolved")
        return body["text"], resolved if isinstance(resolved, dict) else {}
    raise DeliveryError("the body must be the text of a workflow, or a JSON object that has it as text")


def add_references(draft: Draft, references: list[Reference], path: str) -> None:
    """Add what a workflow refers to, as a snapshot and as facts."""
    repo = draft.links.get("repo", "")
    draft.entity = Entity("workflow", f"{repo}:{path}" if repo else path)
    draft.snapshot = snapshot_of(references, path)
    draft.fact("format", "workflow")
    draft.values("package", (one.name for one in references), MAX_VALUES)
    draft.values("package_version", (one.written for one in references if one.version), MAX_VALUES)
    draft.values("scope", (one.name.partition("/")[0] for one in references if "/" in one.name), MAX_VALUES)
    draft.values("registry_host", (one.host for one in references))
    draft.values("pinned_by", (one.pinned_by for one in references))
    draft.number("packages", float(len(references)))
    draft.number("unpinned", float(sum(not one.integrity for one in references)))
    draft.values(
        "action_sha", (f"{one.written}#{one.integrity}" for one in references if _is_resolved(one)), MAX_VALUES
    )


def _is_resolved(one: Reference) -> bool:
    """Return whether a tag or branch was told with the commit it stood for; a SHA stands for itself."""
    return bool(one.integrity) and one.purl_type == "githubactions" and one.pinned_by != A_SHA


SOURCE = Source("action_refs", parse)
