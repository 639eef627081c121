"""hec: what came as to Splunk's HTTP Event Collector and no other source knows: a plain event or a line."""

from __future__ import annotations

import re

from collector.delivery import Delivery, parse_time
from collector.event import Entity, Event
from collector.shapes import shape_of
from collector.sources.fields import JSON, record, text
from collector.sources.plain import describe
from collector.sources.source import Context, Draft, Source, digest_of, object_of, plain_facts

_LONG_RUN = re.compile(r"[A-Za-z0-9+/_=-]{24,}")
_ENVELOPE = frozenset({"time", "host", "source", "sourcetype", "index", "event", "fields"})


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return the one plain event of an envelope; a line is told by its shape and is never kept."""
    envelope = object_of(delivery)
    inner: JSON = record(envelope, "event")
    draft = describe(delivery, inner)
    draft.observed_at = parse_time(envelope.get("time"))
    _add_envelope(draft, envelope)
    if not inner:
        # a line may be one of a private key's, which no pattern tells from other long runs
        draft.fact("message_shape", shape_of(_LONG_RUN.sub("***", text(envelope, "event"))))
    plain_facts(draft, record(envelope, "fields"), _ENVELOPE)
    return [draft.event(delivery, context, digest_of(envelope))]


def _add_envelope(draft: Draft, envelope: JSON) -> None:
    kind, host = text(envelope, "sourcetype")[:120], text(envelope, "host")[:120]
    draft.fact("x.sourcetype", kind)
    draft.link("runner", host)
    if "repo" not in draft.links:
        draft.entity = Entity("source", kind or "hec")


SOURCE = Source("hec", parse)
