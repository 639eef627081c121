"""What jobs print: set-up, downloads, tests, and masked secrets."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from collector.simulator import names


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """What a job sends, and where to."""

    secrets: tuple[str, ...] = ()
    """Printed masked."""
    hosts: tuple[str, ...] = ()
    """Sent something each."""
    domain: str = names.DOMAIN
    """The organisation's own."""


def write_log(rng: random.Random, language: str, job: str, began: float, traffic: Traffic) -> str:
    """Write the log of a job, one line a moment, as GitHub's runner does.

    Without a language nothing is fetched and nothing tested.
    """
    lines = [
        *_set_up(rng, language),
        *_work(rng, language, job),
        *_deliver(traffic.secrets, traffic.domain),
        *_send(traffic.hosts),
        "Cleaning up orphan processes",
    ]
    return "\n".join(f"{_stamp(began + number * 0.7)} {line}" for number, line in enumerate(lines)) + "\n"


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def _set_up(rng: random.Random, language: str) -> Iterator[str]:
    yield "Current runner version: '2.328.0'"
    yield "##[group]Operating System"
    yield "Ubuntu 24.04.3 LTS"
    yield "##[endgroup]"
    for action in ("actions/checkout@v4", "actions/cache@v4"):
        yield f"Download action repository '{action}' (SHA:{_pinned(action)})"
    yield "##[group]Run actions/checkout@v4"
    yield "Fetching the repository"
    yield "##[endgroup]"
    for dependency in rng.sample(names.DEPENDENCIES[language], 3) if language else ():
        yield f"Downloading https://{names.REGISTRIES[language]}/{dependency} ({rng.randrange(20, 900)} kB)"


def _pinned(action: str) -> str:
    """A tag points to one commit all month."""
    return random.Random(action).randbytes(20).hex()


def _work(rng: random.Random, language: str, job: str) -> Iterator[str]:
    if not language:
        return
    yield f"##[group]Run make {job}"
    for number in range(rng.randrange(8, 24)):
        yield f"ok {number + 1} {rng.choice(names.LANGUAGES[language][0])} {rng.random():.3f}s"
    yield "##[endgroup]"
    yield f"{rng.randrange(200, 240)} passed in {rng.uniform(4, 60):.2f}s"


def _deliver(secrets: tuple[str, ...], domain: str) -> Iterator[str]:
    for secret in secrets:
        yield f"  {secret}: ***"
    if "REGISTRY_TOKEN" in secrets:
        yield f"POST https://packages.{domain}/upload 201"
    if "DEPLOY_TOKEN" in secrets:
        yield f"POST https://deploy.{domain}/releases 202"


def _send(hosts: tuple[str, ...]) -> Iterator[str]:
    for host in hosts:
        yield f"##[group]Run curl -s -X POST -d @- https://{host}/in"
        yield "  env: ***"
        yield "##[endgroup]"
