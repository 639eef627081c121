"""The receiver: deliveries in by HTTP, answered once their events are durable in the stream."""

from __future__ import annotations

from collector.receiver.appender import Appending
from collector.receiver.door import Authorise
from collector.receiver.journal import DeliveryNote, Journal
from collector.receiver.metrics import ReceiverMetrics
from collector.receiver.routes import router
from collector.receiver.settings import ReceiverSettings

__all__ = ["Appending", "Authorise", "DeliveryNote", "Journal", "ReceiverMetrics", "ReceiverSettings", "router"]
