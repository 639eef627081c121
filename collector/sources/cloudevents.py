"""cloudevents: any CloudEvent; those of CDEvents and Tekton by their own readers, others as plain events."""

from __future__ import annotations

from collector.cloudevents import CloudEvent, envelope_of
from collector.delivery import Delivery, parse_time
from collector.errors import DeliveryError
from collector.event import Actor, ActorType, Entity, Event
from collector.sources import cdevents, tekton
from collector.sources.fields import JSON
from collector.sources.plain import describe
from collector.sources.source import MAX_FAN_OUT, Context, Draft, Source, digest_of

_MAX_NAME = 200


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return the event of a CloudEvent, structured or binary; of a batch, an event each."""
    if isinstance(delivery.body, list) and not delivery.header("Ce-Id"):
        if len(delivery.body) > MAX_FAN_OUT:
            raise DeliveryError(
                f"a batch may hold {MAX_FAN_OUT:,} events, this one has {len(delivery.body):,}: split it"
            )
        if not delivery.body:
            raise DeliveryError("the batch is empty: it holds no JSON object")
        return [_event(_one(delivery, body), context) for body in delivery.body]
    return [_event(delivery, context)]


def _one(delivery: Delivery, body: object) -> Delivery:
    return Delivery(source=delivery.source, received_at=delivery.received_at, body=body)


def _event(delivery: Delivery, context: Context) -> Event:
    if cdevents.is_bare(delivery.body):
        return cdevents.read(None, delivery.body, delivery, context)
    envelope = envelope_of(delivery)
    if envelope is None:
        raise DeliveryError(
            "no CloudEvent: neither a JSON object of specversion, id, source and type, nor headers ce-…"
        )
    if cdevents.is_cdevent(envelope):
        return cdevents.read(envelope, cdevents.data_of(envelope), delivery, context)
    draft = tekton.read(envelope) or _plain(envelope, delivery)
    draft.observed_at = draft.observed_at or parse_time(envelope.attributes.get("time"))
    attributes = envelope.attributes
    return draft.event(delivery, context, digest_of(envelope.unique), attributes["id"][:_MAX_NAME])


def _plain(envelope: CloudEvent, delivery: Delivery) -> Draft:
    body: JSON = envelope.data if isinstance(envelope.data, dict) else {}
    draft = describe(Delivery(source=delivery.source, body=body), body)
    draft.action = envelope.type[:120]
    source = envelope.attributes["source"][:_MAX_NAME]
    if draft.actor.type is ActorType.UNKNOWN:
        draft.actor = Actor(ActorType.APP, source)
    if "repo" not in draft.links:
        draft.entity = Entity("source", envelope.attributes.get("subject", "")[:_MAX_NAME] or source)
    return draft


SOURCE = Source("cloudevents", parse)
