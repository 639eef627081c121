"""Addresses of the page, with the organisation in each."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class Links:
    """Makes addresses for one organisation."""

    organisation: str

    def to(self, path: str, **query: object) -> str:
        """Return a path with a query; what is empty is left out.

        >>> Links("acme").to("/", q="a b", status="")
        '/?q=a+b&organisation=acme'
        """
        given = {name: str(value) for name, value in query.items() if value not in {"", None}}
        return f"{path}?{urlencode(given | {'organisation': self.organisation})}"

    def incident(self, incident: str, act: str = "", **query: object) -> str:
        """Return the address of an incident, or of something done to it."""
        return self.to(f"/incidents/{quote(incident, safe='')}{'/' + act if act else ''}", **query)

    def entity(self, written: str) -> str:
        """Return the address of an actor or entity, as it is written: `repo:acme/pay`.

        >>> Links("default").entity("repo:acme/pay")
        '/entities?type=repo&name=acme%2Fpay&organisation=default'
        """
        kind, _, name = written.partition(":")
        return self.to("/entities", type=kind, name=name)

    def within(self, organisation: str) -> Links:
        """Return the addresses of another organisation."""
        return Links(organisation)
