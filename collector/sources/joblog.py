"""joblog: what a job printed, reduced to hosts, actions, steps, secrets named, encoded runs and line shapes."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from dataclasses import dataclass, field

from collector.delivery import Delivery, parse_time
from collector.errors import DeliveryError
from collector.event import Entity, Event, Kind
from collector.shapes import shape_of
from collector.sources.snapshots import add_context
from collector.sources.source import Context, Draft, Source, digest_of

MAX_LINES = 200_000
"""Lines looked at; all are counted."""
MAX_LINE = 4096
"""Characters of a line that are looked at, apart from encoded runs."""
MAX_TEMPLATES = 200
MAX_HOSTS = 200
TEMPLATE_WORDS = 5
"""A line's shape is its first words: what follows is mostly names."""

_ANSI = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
_STAMP = re.compile(r"^\ufeff?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?)(?: \d\d[OE]\+?)? ")
_URL_HOST = re.compile(
    r"\b(?:https?|wss?|ssh|git|ftps?|ldaps?|rmi|tcp|udp)://(?:[^\s/@]{1,200}@)?(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9_.-]{1,253})(?::(\d{1,5}))?"
)
_SOCKET_HOST = re.compile(r"\b(?:tcp|udp)/(\d{1,5}) ([A-Za-z0-9_.:-]{3,253})")
_NAMED_HOST = re.compile(
    r"(?i)\b(?:connect(?:ed|ing)? to|connection to|resolv(?:e|ing) (?:host )?|lookup|host:) ?"
    r"([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8})(?:[ :](?:port )?(\d{1,5}))?"
)
_BARE_ADDRESS = re.compile(r"(?<![\d.@=v-])(?<!version )(?<!Version )(\d{1,3}(?:\.\d{1,3}){3})(?![\d.])(?::(\d{1,5}))?")
_DOWNLOAD = re.compile(r"Download action repository '([^'@\s]{1,200})@([^'\s]{1,200})'(?: \(SHA:([0-9a-f]{7,64})\))?")
_RUN_GROUP = re.compile(r"##\[group\]Run (.{1,300})")
_USES = re.compile(r"^([\w.-]{1,100}/[\w./-]{1,200})@([\w./-]{1,100})$")
_SECTION = re.compile(r"section_start:\d{1,12}:([\w.-]{1,100})")
_PERMISSION = re.compile(r"^([A-Z][A-Za-z]{2,40}): (read|write|none)$")
_MASKED = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]{1,80})[\"']?\s{0,3}[:=]\s{0,3}[\"']?\*{3}")
_RUNNER = re.compile(r"^(?:Runner name: '([^']{1,100})'|Running on (\S{1,100}) via )")
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{40,}={0,2}")
_HEX = re.compile(r"^[0-9a-fA-F]+$")
_KNOWN_DIGEST = re.compile(r"sha(?:256|384|512)[-:=]$")
_GENERATED = re.compile(r"[0-9a-f]{8,}|\d+")
_NAME_LIKE = re.compile(r"(?<=\w)[-_@.=/](?=\w)|/")
_QUOTED = re.compile(r"'[^']{0,300}'|\"[^\"]{0,300}\"")


@dataclass(slots=True)
class _Log:
    """What the lines of one log have told so far."""

    hosts: dict[str, None] = field(default_factory=dict)
    action_refs: dict[str, None] = field(default_factory=dict)
    action_shas: dict[str, None] = field(default_factory=dict)
    steps: dict[str, None] = field(default_factory=dict)
    permissions: dict[str, None] = field(default_factory=dict)
    secrets: dict[str, None] = field(default_factory=dict)
    blobs: dict[str, None] = field(default_factory=dict)
    templates: dict[str, None] = field(default_factory=dict)
    masked: int = 0
    longest: int = 0
    runner: str = ""
    is_in_permissions: bool = False


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return one event: a bounded, masked snapshot of what the job printed."""
    if not isinstance(delivery.body, str):
        raise DeliveryError("the body must be the text of a log")
    lines = delivery.body.splitlines()
    log = _Log()
    first, last = _span(lines)
    for line in lines[:MAX_LINES]:
        _read(log, line)
    draft = Draft("log", Kind.LOG)
    add_context(draft, delivery)
    draft.link("runner", log.runner)
    repo = draft.links.get("repo", "unknown")
    draft.entity = Entity("job", draft.links["job"]) if "job" in draft.links else Entity("repo", repo)
    _fill(draft, log)
    draft.number("log_lines", float(len(lines)))
    draft.number("log_bytes", float(len(delivery.body)))
    draft.observed_at = last
    if first and last:
        draft.number("duration_s", max(0.0, last - first))
    return [draft.event(delivery, context, digest_of([delivery.headers, delivery.body]))]


def _fill(draft: Draft, log: _Log) -> None:
    draft.values("host", log.hosts, MAX_HOSTS)
    draft.values("action_ref", log.action_refs)
    draft.values("action_sha", log.action_shas)
    draft.values("step", log.steps)
    draft.values("job_permission", log.permissions)
    draft.values("secret", log.secrets, 200)
    draft.values("blob", log.blobs)
    draft.values("line", log.templates, MAX_TEMPLATES)
    draft.number("longest_base64", float(log.longest))
    draft.number("hosts", float(len(log.hosts)))
    draft.number("secrets_masked", float(log.masked))


def _span(lines: list[str]) -> tuple[float | None, float | None]:
    """Return the first and the last time among the lines; None where they carry none."""
    return _first_time(lines[:50]), _first_time(lines[:-51:-1])


def _first_time(lines: list[str]) -> float | None:
    for line in lines:
        stamp = _STAMP.match(line)
        if stamp:
            return parse_time(stamp[1])
    return None


def _read(log: _Log, line: str) -> None:
    stamp = _STAMP.match(line)
    full = line[stamp.end() :] if stamp else line
    words = full[:MAX_LINE]
    if "\x1b" in words:
        words = _ANSI.sub("", words)
    if not words.strip():
        return
    _read_structure(log, words)
    _read_hosts(log, words)
    if len(full) >= 40:
        _read_encoded(log, full)
    if "***" in words:
        log.masked += words.count("***")
        log.secrets.update(dict.fromkeys(_MASKED.findall(words)))
    if len(log.templates) < MAX_TEMPLATES:
        log.templates[template_of(words)] = None


def template_of(line: str) -> str:
    """Return the shape of a line: its first words, with names, paths, numbers, hashes and times masked.

    >>> template_of("[ 43%] Building web/thistle"), template_of("> left-pad@1.2.0 postinstall")
    ('[ #%] building ~', '> ~ postinstall')
    """
    text = _QUOTED.sub("'~'", line[:400])
    words = [word if word[0] == "-" or not _NAME_LIKE.search(word) else "~" for word in text.split()[:TEMPLATE_WORDS]]
    return shape_of(" ".join(words), 100)


def _read_structure(log: _Log, words: str) -> None:
    if log.is_in_permissions and _read_permission(log, words):
        return
    if words.startswith("##[group]"):
        log.is_in_permissions = "GITHUB_TOKEN Permissions" in words
        _read_group(log, words)
    elif words.startswith("Runn") and (found := _RUNNER.match(words)):
        log.runner = found[1] or found[2]
    elif words.startswith("Download action") and (found := _DOWNLOAD.search(words)):
        _add_action(log, found[1], found[2], found[3] or "")
    elif words.startswith("section_start:") and (found := _SECTION.match(words)):
        log.steps[found[1]] = None


def _read_permission(log: _Log, words: str) -> bool:
    found = _PERMISSION.match(words)
    if found:
        log.permissions[f"{found[1].lower()}:{found[2]}"] = None
    log.is_in_permissions = bool(found)
    return log.is_in_permissions


def _read_group(log: _Log, words: str) -> None:
    found = _RUN_GROUP.match(words)
    if not found:
        return
    uses = _USES.match(found[1].strip())
    if uses:
        _add_action(log, uses[1], uses[2], "")
    else:
        log.steps[shape_of(found[1], 80)] = None


def _add_action(log: _Log, name: str, ref: str, sha: str) -> None:
    log.action_refs[f"{name}@{ref}"] = None
    if sha:
        log.action_shas[f"{name}@{ref}#{sha}"] = None


def _read_hosts(log: _Log, words: str) -> None:
    if "." not in words and "://" not in words:
        return
    for host, port in _URL_HOST.findall(words) if "://" in words else ():
        _add_host(log, host, port)
    if "/" in words and " " in words:
        for port, host in _SOCKET_HOST.findall(words):
            _add_host(log, host.rstrip(".:"), port)
    for host, port in _NAMED_HOST.findall(words):
        _add_host(log, host, port)
    for host, port in _BARE_ADDRESS.findall(words):
        _add_host(log, host, port, is_bare=True)


def _add_host(log: _Log, host: str, port: str, *, is_bare: bool = False) -> None:
    if len(log.hosts) >= MAX_HOSTS:
        return
    name = _host_name(host.strip("[].").lower(), is_bare=is_bare)
    if name:
        log.hosts[name if port in {"", "80", "443"} else f"{name}:{port}"] = None


def _without_numbers(host: str) -> str:
    """Return a host with numbers and hashes masked below its last two labels: `g60.pool.example` is one of many."""
    labels = host.split(".")
    return ".".join([_GENERATED.sub("#", label) for label in labels[:-2]] + labels[-2:])


def _host_name(host: str, *, is_bare: bool) -> str:
    """Return a host as it is learned: private addresses as one, public ones verbatim, generated labels masked."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        is_name = "." in host and not is_bare and not host.replace(".", "").isdigit()
        return _without_numbers(host) if is_name else ""
    if address.is_loopback or address.is_unspecified or address.is_multicast:
        return ""
    is_private = any(address.version == net.version and address in net for net in _PRIVATE)
    return "private address" if is_private else str(address)


_PRIVATE = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7"))
)


def _read_encoded(log: _Log, line: str) -> None:
    for found in _ENCODED.finditer(line):
        run = found[0]
        if _HEX.match(run) or _KNOWN_DIGEST.search(line[max(0, found.start() - 8) : found.start()]):
            continue
        if not _looks_encoded(run):
            continue
        log.longest = max(log.longest, len(run))
        log.blobs[_blob_class(run)] = None


def _looks_encoded(run: str) -> bool:
    """Tell an encoded run from a path or an identifier: all of upper case, lower case and digits, few separators."""
    sample = run[:2000]
    has_mix = any(c.isupper() for c in sample) and any(c.islower() for c in sample) and any(c.isdigit() for c in sample)
    separators = sum(sample.count(c) for c in "/_-")
    return has_mix and separators * 10 < len(sample)


def _blob_class(run: str) -> str:
    size = next(
        name
        for limit, name in ((64, "to 64"), (256, "to 256"), (1024, "to 1k"), (1 << 40, "over 1k"))
        if len(run) < limit
    )
    inner = _decoded(run)
    if inner and len(inner) >= 24 and re.fullmatch(r"[A-Za-z0-9+/_=-]{24,}\s*", inner[:4000]):
        return f"double-encoded run, {size} characters"
    return f"encoded {'text' if inner else 'run'}, {size} characters"


def _decoded(run: str) -> str:
    """Return what a base64 run says where that is printable text; else empty."""
    try:
        head = run.rstrip("=").translate(str.maketrans("-_", "+/"))[:4000]
        data = base64.b64decode(head[: len(head) // 4 * 4], validate=True)
        text = data.decode("ascii")
    except (binascii.Error, ValueError):
        return ""
    return text if all(c.isprintable() or c in "\r\n\t" for c in text) else ""


SOURCE = Source("joblog", parse)
