"""joblog: what a job printed: hosts, programs, actions, steps, caches, secrets named, and the shapes of its lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from collector.delivery import Delivery
from collector.errors import DeliveryError
from collector.event import Entity, Event, Kind
from collector.shapes import shape_of
from collector.sources.snapshots import add_context
from collector.sources.source import Context, Draft, Source, digest_of

if TYPE_CHECKING:
    from collector.joblog.reader import Summary

MAX_HOSTS = 200
MAX_SECRETS = 200


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return one event: a bounded, masked snapshot of what the job printed."""
    if not isinstance(delivery.body, str):
        raise DeliveryError("the body must be the text of a log")
    return [read_log([delivery.body.encode(errors="replace")], delivery, context)]


def read_log(parts: Iterable[bytes], delivery: Delivery, context: Context) -> Event:
    """Return the event of a log that comes in parts, cut anywhere; of the delivery only its headers and time count.

    Raises DeliveryError where the log is packed and damaged, and TooLongError where it is too long.
    """
    from collector.joblog.reader import LogReader  # noqa: PLC0415  # compiled code, which other sources do without

    reader = LogReader()
    for part in parts:
        reader.feed(part)
    return event_of(reader.finish(), delivery, context)


def event_of(summary: Summary, delivery: Delivery, context: Context) -> Event:
    """Return the event of a log that was read; of the delivery only its headers and time count."""
    draft = Draft("log", Kind.LOG)
    add_context(draft, delivery)
    draft.link("runner", summary.telling.runner)
    repo = draft.links.get("repo", "unknown")
    draft.entity = Entity("job", draft.links["job"]) if "job" in draft.links else Entity("repo", repo)
    _add_names(draft, summary)
    _add_numbers(draft, summary)
    draft.snapshot = summary.printed
    draft.observed_at = summary.last_at
    return draft.event(delivery, context, digest_of([delivery.headers, summary.digest]))


def _add_names(draft: Draft, summary: Summary) -> None:
    told = summary.telling
    draft.values("host", told.hosts, MAX_HOSTS)
    draft.values("action_ref", told.action_refs)
    draft.values("action_sha", told.action_shas)
    draft.values("step", told.steps)
    draft.values("tool", told.tools)
    draft.values("job_permission", told.permissions)
    draft.values("secret", told.secrets, MAX_SECRETS)
    draft.values("cache_restored", told.restored)
    draft.values("cache_saved", told.saved)
    draft.values("blob", summary.blobs)


def _add_numbers(draft: Draft, summary: Summary) -> None:
    draft.number("log_lines", float(summary.lines))
    draft.number("log_bytes", float(summary.size))
    draft.number("longest_base64", float(summary.longest_run))
    draft.number("hosts", float(len(summary.telling.hosts)))
    draft.number("secrets_masked", float(summary.masked))
    draft.number("secrets_printed", float(summary.secrets))
    if summary.first_at is not None and summary.last_at is not None:
        draft.number("duration_s", max(0.0, summary.last_at - summary.first_at))
    seconds = summary.telling.seconds
    for step, took in seconds.items():
        draft.number(f"step_s.{shape_of(step, 60)}", round(took, 3))
    if seconds:
        longest = max(seconds, key=lambda step: seconds[step])
        draft.fact("longest_step", longest)


SOURCE = Source("joblog", parse)
