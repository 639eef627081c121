"""Source: one function from a delivery to events, and the names every source speaks.

links (names of things, shared between sources so that events meet):

| name | example |
|---|---|
| repo | `acme/pay` |
| workflow | `acme/pay:.github/workflows/ci.yml`; where only its name is told, `acme/pay:NAME` |
| job | `WORKFLOW/JOB NAME` |
| run | run or pipeline id |
| chain | id under which a CDEvents sender chains what belongs together |
| sha | full commit id |
| branch | without `refs/heads/` |
| token | hashed token or token id; the access key id of a cloud |
| network, address | `AS64500` or a prefix; the IP address |
| agent | family of the client: `git`, `npm`, `Boto3`, `Firefox on Linux` |
| package | name in its registry |
| runner | name |
| target | the other user, team, application or hook domain |
| pull_request | `acme/pay#12` |
| key | fingerprint |
| hook | what its sender calls it: the number of a webhook |
| actor_login | the other login, where two act as one |

facts (text, or a list that is a set of texts): `network_kind`, `country`, `access_type`, `agent_version`,
`visibility`, `previous_visibility`, `trigger` (what started a run), `conclusion`, `branch_class` (default, tag,
other, pull, or the masked prefix), `runner_label`, `runner_group`, `hosted`, `author_association`, `forced`,
`created`, `deleted`, `ref_kind`, `permission`, `job_permission` (of a job's token), `read_only`, `secret` (names),
`step`, `commit_path`, `zone`, `new_path_zone`, `message_shape`, `title_shape`, `text_oddity`, `author_match`,
`author_domain`, `review_state`, `head_fork`, `merged`, `rule` (`admin_enforced=false`), `changed`, `version_shape`,
`asset`, `error`, `api`, `role`, `workflow_name`, `host`, `action_ref`, `action_sha`, `blob`, `line`, `package`,
`package_version`, `scope`, `registry_host`, `install_script`, `integrity`, `publisher`, `format`, `digest`,
`revision`, `file`, `included` (other files), `tool`, `pinned_by`, `model_import`, `model_code`, `model_problem`,
`model_cut`, `cache_restored`, `cache_saved`, `longest_step`, and `x.NAME` for every other field of a plain entry that
holds a short text or a boolean and is no id, time or address.

numbers: `duration_s`, `queue_s`, `size_bytes`, `changed_files`, `additions`, `deletions`, `commits`, `assets`,
`run_attempt`, `retention`, `secrets`, `steps`, `packages`, `direct_packages`, `unpinned`, `install_scripts`,
`model_calls`, `log_lines`, `log_bytes`, `longest_base64`, `hosts`, `secrets_masked`, `secrets_printed`, and
`step_s.NAME` of each step of a job.

Of a snapshot of packages a worker makes: the facts `change`, `package` (new to the organisation), `package_version`,
`scope`, `registry_host`, `install_script`, `version_shape`, `look_alike`, `moved_host`, `other_content` and
`downgrade`, the numbers `packages_added`, `packages_removed`, `versions_up`, `versions_down`, `hosts_changed`,
`contents_changed`, `same_publisher` and `repos_reached`, in place of what the source said of the same.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec

from collector.clients import client_of
from collector.delivery import Delivery, decode_json
from collector.errors import DeliveryError
from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.masking import mask_text
from collector.networks import Networks
from collector.snapshot import Snapshot
from collector.sources.fields import JSON, text
from collector.texts import storable

MAX_FAN_OUT = 10_000
"""Most entries one delivery may carry."""
MAX_SET = 64
"""Most values a fact keeps unless a source says otherwise."""
MAX_PLAIN = 40
"""Most `x.` facts an entry may add."""
MAX_LISTS = 10
"""Most lists of an entry that become facts."""


class Context(msgspec.Struct, frozen=True):
    """What a source knows beside the delivery."""

    organisation: str = "default"
    networks: Networks = msgspec.field(default_factory=Networks)
    place: str = ""
    """`FILE:LINE` the delivery was read from; empty for what came over the network."""


@dataclass(frozen=True)
class Source:
    """One system that tells of events: its name in recordings, and how a delivery of its is read."""

    name: str
    parse: Callable[[Delivery, Context], list[Event]]
    """Pure; raises DeliveryError where the delivery holds nothing that can be read, never anything else."""


NOBODY = Actor(ActorType.UNKNOWN, "unknown")
NOTHING = Entity("source", "unknown")


@dataclass(slots=True)
class Draft:
    """An event in the making."""

    action: str
    kind: Kind
    actor: Actor = NOBODY
    entity: Entity = NOTHING
    observed_at: float | None = None
    utc_offset: int = 0
    links: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str | list[str]] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    snapshot: Snapshot | None = None

    def link(self, name: str, value: str) -> None:
        """Set a link unless the value is empty."""
        if value:
            self.links[name] = value

    def fact(self, name: str, value: str) -> None:
        """Set a fact unless the value is empty."""
        if value:
            self.facts[name] = value

    def values(self, name: str, values: Iterable[str], limit: int = MAX_SET) -> None:
        """Set a fact to a set of values, in order of first appearance and at most `limit`, unless it is empty."""
        kept = list(dict.fromkeys(filter(None, values)))[:limit]
        if kept:
            self.facts[name] = kept

    def number(self, name: str, value: float | None) -> None:
        """Set a number unless it is None."""
        if value is not None:
            self.numbers[name] = value

    def came_from(self, address: str, networks: Networks) -> None:
        """Set what the address tells: address, network, its kind and country."""
        if not address:
            return
        found = networks.lookup(address)
        if not found.network:
            return
        self.links["address"] = address
        self.links["network"] = found.network
        self.fact("network_kind", found.kind)
        if found.country:
            self.facts.setdefault("country", found.country)

    def used(self, user_agent: str) -> None:
        """Set what the user agent tells: family and version of the client."""
        if user_agent:
            family, version = client_of(user_agent)
            self.link("agent", family)
            self.fact("agent_version", f"{family} {version}" if version else "")

    def event(self, delivery: Delivery, context: Context, unique: str, ref: str = "") -> Event:
        """Return the event; raise DeliveryError where neither it nor the delivery has a time.

        `unique` is the vendor's id, or a digest where there is none; without a `ref` it is the place it was read from.
        """
        observed_at, received_at = self.observed_at, delivery.received_at
        if observed_at is None:
            if not received_at:
                raise DeliveryError("the entry has no time")
            observed_at = received_at
        event = Event(
            organisation=context.organisation,
            id=f"{delivery.source}:{unique}",
            ref=ref or context.place or unique,
            source=delivery.source,
            kind=self.kind,
            action=self.action or "unknown",
            actor=self.actor,
            entity=self.entity,
            observed_at=observed_at,
            received_at=received_at or observed_at,
            utc_offset=self.utc_offset,
            links=self.links,
            facts=self.facts,
            numbers=self.numbers,
            snapshot=self.snapshot,
        )
        return storable(event)


def digest_of(content: Any) -> str:
    """Return a hash of JSON: the same whichever door the same content came through, in any order of its fields."""
    try:
        data = msgspec.json.encode(content, order="sorted")
    except (OverflowError, UnicodeError):  # numbers beyond 64 bits, halves of characters
        data = json.dumps(content, sort_keys=True).encode()
    return hashlib.blake2b(data, digest_size=12).hexdigest()


def object_of(delivery: Delivery) -> JSON:
    """Return the body as an object, decoding it where it is text; raise DeliveryError where it is none."""
    body = delivery.body
    if isinstance(body, str):
        body = decode_json(body)
    if not isinstance(body, dict):
        raise DeliveryError(f"the body must be a JSON object, not {_kind_of(body)}")
    return body


def entries_of(delivery: Delivery, *wrappers: str) -> list[JSON]:
    """Return the entries of a body that is one object, a list of them, or an object that wraps such a list."""
    body = decode_json(delivery.body) if isinstance(delivery.body, str) else delivery.body
    if isinstance(body, dict):
        wrapped = next((body[name] for name in wrappers if isinstance(body.get(name), list)), None)
        body = [body] if wrapped is None else wrapped
    if not isinstance(body, list):
        raise DeliveryError(f"the body must be a JSON object or a list of them, not {_kind_of(body)}")
    if len(body) > MAX_FAN_OUT:
        raise DeliveryError(f"a delivery may hold {MAX_FAN_OUT:,} entries, this one has {len(body):,}: split it")
    if not all(isinstance(entry, dict) for entry in body):
        raise DeliveryError("the list must hold JSON objects only")
    return body


_OPAQUE = re.compile(r"^[0-9a-f-]{16,}$|^[0-9.:]+$|^\d{4}-\d\d-\d\d|://|@|^[A-Za-z0-9+/_=-]{32,}$")
_SKIPPED_ENDS = (
    "_id",
    "_ids",
    "_at",
    "_url",
    "_sha",
    "_time",
    "_timestamp",
    "_date",
    "_email",
    "url",
    "timestamp",
    "_uuid",
)


def plain_facts(draft: Draft, entry: JSON, used: frozenset[str], prefix: str = "x.") -> None:
    """Add every short text and boolean no reader has used: unknown fields are measured too."""
    facts, room = draft.facts, MAX_PLAIN
    for name, value in entry.items():
        if name in used or room <= 0:
            continue
        if isinstance(value, bool):
            facts[prefix + name] = "yes" if value else "no"
        elif isinstance(value, str) and 0 < len(value) <= 80:
            folded = name.lower()
            if folded == "id" or folded.endswith(_SKIPPED_ENDS) or _OPAQUE.search(value):
                continue
            facts[prefix + name] = mask_text(value)
        else:
            continue
        room -= 1


def listed_facts(draft: Draft, entry: JSON, used: frozenset[str], prefix: str = "x.") -> None:
    """Add every list no reader has used: of its texts those that are short, of its objects what sort of thing each is.

    >>> draft = Draft("ruleset.update", Kind.ADMIN)
    >>> listed_facts(draft, {"rules": [{"type": "deletion", "id": 5}], "names": ["a", "b"]}, frozenset())
    >>> draft.facts
    {'x.rules': ['deletion'], 'x.names': ['a', 'b']}
    """
    lists = ((name, value) for name, value in entry.items() if isinstance(value, list) and name not in used)
    for name, items in islice(lists, MAX_LISTS):
        found = (item if isinstance(item, str) else _sort_of(item) for item in items[:MAX_SET])
        draft.values(prefix + name[:40], (mask_text(told) for told in found if _is_telling(told)))


def _sort_of(item: Any) -> str:
    return text(item, "type", "actor_type", "name", "login", "key", "target") if isinstance(item, dict) else ""


def _is_telling(value: str) -> bool:
    return 0 < len(value) <= 80 and not _OPAQUE.search(value)


def _kind_of(value: Any) -> str:
    names = {type(None): "null", bool: "a boolean", str: "text", list: "a list"}
    return names.get(type(value), "a number")
