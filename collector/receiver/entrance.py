"""Entrances: the ways a delivery comes in by, each with its own manner of naming, reading and answering."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from collector.receiver.problem import Refused
from collector.receiver.reading import Reader, Reading


class Arrived(NamedTuple):
    """A body that is proven and unpacked, and what came with it."""

    sender: str
    headers: Mapping[str, str]
    """Looked up in lower case."""
    body: bytes
    query: Mapping[str, str]


@dataclass(frozen=True)
class Entrance:
    """One way in; what all of them share is the receiver's."""

    sender_of: Callable[[Request], str]
    """Name the sender by its shorter name, or raise Refused."""
    read: Callable[[Reader, Arrived], Reading]
    """Return what a body holds, or raise Refused where it is not of the form this way in asks for."""
    accepted: Callable[[Reading, str], Response]
    """Answer that everything is durable."""
    refused: Callable[[Refused], Response] = Refused.response
