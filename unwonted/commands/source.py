"""`unwonted source`: what to paste where, which systems there are, and whether a delivery of theirs would be taken."""

from __future__ import annotations

import http.client
import ssl
import sys
import time
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import msgspec

from collector.stream.entry import SCRATCH
from service.words import plain
from unwonted.errors import ServiceError, UsageError
from unwonted.guides import GUIDES, steps_of
from unwonted.guides.guide import last_step
from unwonted.guides.trial import TRIALS, Headers, Trial, proof_of

APART = f"{SCRATCH}trial"
"""What a trial's organisation ends in: a scratch of the real one, so that no habit is learned from it."""
_TIMEOUT_S = 30.0


class Options(NamedTuple):
    """The options of `unwonted source test`, as given."""

    name: str
    url: str
    token: str = ""
    organisation: str = "default"
    """The one that the token, or the secret, is of."""
    secrets: Mapping[str, tuple[bytes, ...]] = {}
    """The live secrets of each sender, as the service's own settings have them."""


def add(name: str, url: str) -> None:
    """Print the steps for one system, with a fresh secret where it signs."""
    guide = GUIDES[name]
    sys.stdout.write(f"# {guide.title}\n\n{steps_of(guide, url)}{last_step(guide, url.rstrip('/'))}{_reach(url)}")


def show(*, as_json: bool) -> None:
    """Print which systems there are, and what each tells of."""
    if as_json:
        told = [{**guide._asdict(), "can_be_tested": guide.name in TRIALS} for guide in GUIDES.values()]
        sys.stdout.write(msgspec.json.encode({"items": told}).decode() + "\n")
        return
    for guide in GUIDES.values():
        sys.stdout.write(f"{guide.name:<18}{guide.title:<27}{', '.join(guide.tells):<45}{guide.way}\n")
    sys.stdout.write("\nunwonted source add NAME --print tells what to paste where.\n")


def send_trial(options: Options, *, as_json: bool) -> None:
    """Send one delivery as the system would, and tell what became of it; raise ServiceError where it is refused."""
    trial = TRIALS.get(options.name)
    if trial is None:
        raise UsageError(f"nothing is sent by {options.name}; `unwonted source add {options.name} --print` tells how")
    now = time.time()
    body = trial.bytes_at(now)
    headers, how = _headers(trial, options, body, now)
    status, answer = _post(
        options.url, f"{trial.address}?organisation={quote(options.organisation + APART)}", headers, body
    )
    _tell(options, trial, status, answer, how, as_json=as_json)


def _headers(trial: Trial, options: Options, body: bytes, now: float) -> tuple[Headers, str]:
    """Return the headers of a trial, and what proves it, in words."""
    kind = "application/json" if body[:1] == b"{" else "text/plain"
    headers = {"Content-Type": kind, **trial.headers(f"trial-{int(now * 1000)}")}
    secrets = options.secrets.get(trial.sender.replace(".", "_"), ())
    if secrets:
        return {**headers, **proof_of(trial.sender, secrets[0].decode(), body, now)}, f"the secret of {trial.sender}"
    if options.token:
        return {**headers, "Authorization": f"Bearer {options.token}"}, "the token"
    return headers, "nothing but being sent from here"


def _post(url: str, path: str, headers: Headers, body: bytes) -> tuple[int, bytes]:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"--url {url} is no address of a service; write one such as http://127.0.0.1:8600")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=_TIMEOUT_S)
    try:
        connection.request("POST", parts.path.rstrip("/") + path, body, headers)
        response = connection.getresponse()
        return response.status, response.read(1 << 20)
    except ssl.SSLError as error:
        raise ServiceError(f"{url} cannot be trusted: {error.reason or error}") from None
    except (OSError, http.client.HTTPException) as error:
        raise ServiceError(f"nobody answers at {url} ({error}); start `unwonted serve`, or name its --url") from None
    finally:
        connection.close()


def _tell(options: Options, trial: Trial, status: int, answer: bytes, how: str, *, as_json: bool) -> None:
    try:
        told = msgspec.json.decode(answer, type=dict[str, object])
    except msgspec.DecodeError:
        told = {}
    detail = str(told.get("detail") or told.get("reason") or told.get("text") or told.get("title") or "")
    if status not in {200, 202} or told.get("unreadable"):
        raise ServiceError(
            f"{options.url}{trial.address} answered {status}: {detail or 'nothing that helps'} (proved by {how})"
        )
    if as_json:
        sys.stdout.write(msgspec.json.encode({"name": options.name, "status": status, **told}).decode() + "\n")
        return
    events = told.get("events")
    which = ", ".join(map(str, events)) if isinstance(events, list) else "told by no id, as this protocol has none"
    sys.stdout.write(f"{options.name}: taken ({status}), proved by {how}. Event: {which}\n")
    sys.stdout.write(
        f"It is kept apart, as {plain(options.organisation)}{APART}, so that nothing is learned from it.\n"
    )


def _reach(url: str) -> str:
    if urlsplit(url).hostname not in {"127.0.0.1", "localhost", "::1"}:
        return ""
    return (
        f"\n{url} is reached from this machine only. Name the address under which the sender reaches you: "
        "add --url https://unwonted.example.org;\ndocs/serve.md shows a reverse proxy with TLS.\n"
    )
