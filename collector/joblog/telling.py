"""What lines tell of a job beside their text: steps, their time, programs, hosts, actions, caches, secrets named."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import re2

from collector.masking import mask_text
from collector.shapes import shape_of

MAX_HOSTS = 200
MAX_NAMED = 500
"""Most names of one sort that are noted."""
MAX_STEPS = 40
"""Most steps whose time is told."""
_MAX_SECONDS = 1e8
_MAX_MATCHES = 50
"""Most hosts, or names of secrets, of one line."""

_URL_HOST = re2.compile(
    r"\b(?:https?|wss?|ssh|git|ftps?|ldaps?|rmi|tcp|udp)://(?:[^\s/@]{1,200}@)?(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9_.-]{1,253})(?::(\d{1,5}))?"
)
_SOCKET_HOST = re2.compile(r"\b(?:tcp|udp)/(\d{1,5}) ([A-Za-z0-9_.:-]{3,253})")
_NAMED_HOST = re2.compile(
    r"(?i)\b(?:connect(?:ed|ing|ion)? to|resolv(?:e|ing) (?:host )?|lookup|host:) ?"
    r"([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8})(?:[ :](?:port )?(\d{1,5}))?"
)
_BARE_ADDRESS = re.compile(
    r"(?<![\d.@=v-])(?<!version )(?<!Version )(\d{1,3}(?:\.\d{1,3}){3})(?!\.?[\w-])(?::(\d{1,5}))?"
)
_DOWNLOAD = re.compile(r"Download action repository '([^'@\s]{1,200})@([^'\s]{1,200})'(?: \(SHA:([0-9a-f]{7,64})\))?")
_RUN_GROUP = re.compile(r"##\[group\]Run (.{1,300})")
_USES = re.compile(r"([\w.-]{1,100}/[\w./-]{1,200})@([\w./-]{1,100})")
_SECTION = re.compile(r"section_(start|end):(\d{1,12}):([\w.-]{1,100})")
_STAGE = re.compile(r"\[Pipeline\] \{ \((.{1,100})\)")
_PERMISSION = re.compile(r"([A-Z][A-Za-z]{2,40}): (read|write|none)")
_MASKED = re2.compile(r"([A-Za-z_][A-Za-z0-9_.-]{1,80})[\"']?\s{0,3}[:=]\s{0,3}[\"']?\*{3}(\s+[\[A-Z])?")
_RUNNER = re.compile(r"(?:Runner name: '([^']{1,100})'|Running on (\S{1,100}) (?:via |in ))")
_CACHE = (
    (
        "restored",
        re.compile(
            r"Cache (?:restored from key|hit for(?: the primary key)?|restored successfully from):? (\S{1,512})"
        ),
    ),
    ("saved", re.compile(r"Cache saved (?:successfully )?(?:with|to) (?:the )?key: (\S{1,512})")),
    ("restored", re.compile(r"Checking cache for (\S{1,512}?)\.{0,3}$")),
    ("saved", re.compile(r"Creating cache (\S{1,512}?)\.{0,3}$")),
)
_COMMAND = re.compile(r"(?:\$|\+{1,4}|\[command\]) ?(\S.{0,2000})")
_PROGRAM = re.compile(
    r"(?:^|[;&|(`{]|\b(?:then|do|else)\b)[ \t]{0,8}"
    r"(?:(?:sudo|exec|env|time|nohup|xargs)[ \t]{1,8}(?:-[^\s]{1,40}[ \t]{1,8}){0,4}){0,3}"
    r"(?:[A-Za-z_]\w{0,60}=[^\s;|&]{0,200}[ \t]{1,8}){0,8}((?:[\w.~+-]{0,60}/){0,12}[A-Za-z][\w.+-]{0,40})(?![\w=])"
)
_NO_PROGRAM = frozenset(
    """if then else elif fi for while do done case esac in function sudo exec env time nohup xargs export local set
    unset cd echo printf true false test shift return exit source eval read declare shell""".split()
)
_AFTER_COMMANDS = re.compile(r"(?:shell: |env:$|with:$)")
_DIGITS = re.compile(r"[0-9a-f]{12,}|\d+")
_GENERATED = re.compile(r"[0-9a-f]{8,}|\d+")
_PACKAGE = re.compile(r"(?:com|org|net|io)\.")
"""How names of Java's packages begin, which look like hosts."""
_NO_ADDRESS = re.compile(r"^255\.|\.0\.0$")
"""Masks of networks, and versions that look like addresses."""
_PRIVATE = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7"))
)

Names = dict[str, None]


@dataclass(slots=True)
class Telling:
    """What the lines of one log have told so far."""

    hosts: Names = field(default_factory=dict)
    action_refs: Names = field(default_factory=dict)
    action_shas: Names = field(default_factory=dict)
    steps: Names = field(default_factory=dict)
    tools: Names = field(default_factory=dict)
    permissions: Names = field(default_factory=dict)
    secrets: Names = field(default_factory=dict)
    restored: Names = field(default_factory=dict)
    saved: Names = field(default_factory=dict)
    runner: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each step took."""
    _step: str = ""
    _began: float = field(default=math.nan, compare=False)
    _is_in_permissions: bool = False
    _script: list[str] | None = None
    """Lines that are a step's commands if they end in what GitHub writes behind such."""

    def read_structure(self, words: str, moment: float) -> None:
        """Read a line of structure, masked; `moment` is its time, NaN where it has none."""
        if self._is_in_permissions and self._read_permission(words):
            return
        if self._script is not None and self._read_script(self._script, words):
            return
        reader = next((reader for start, reader in _READERS if words.startswith(start)), None)
        if reader:
            reader(self, words, moment)
        elif command := _COMMAND.match(words):
            self.add_programs(command[1])

    def read_names(self, words: str) -> None:
        """Read hosts and the names of secrets in a masked line that may hold some."""
        if "***" in words:
            _note(self.secrets, *(name for name, prose in _found(_MASKED, words) if not prose))
        if "." not in words and "://" not in words:
            return
        for host, port in _found(_URL_HOST, words) if "://" in words else ():
            self._add_host(host, port)
        for port, host in _found(_SOCKET_HOST, words):
            self._add_host(host.rstrip(".:"), port)
        for host, port in _found(_NAMED_HOST, words):
            self._add_host(host, port)
        for host, port in _BARE_ADDRESS.findall(words):
            self._add_host(host, port, is_bare=True)

    def add_programs(self, command: str) -> None:
        """Note which programs a command of a shell runs, by the names of their files."""
        for path in _PROGRAM.findall(command):
            name = path.rsplit("/", 1)[-1]
            if name not in _NO_PROGRAM:
                _note(self.tools, name)

    def finish(self, moment: float) -> None:
        """End the last step at the log's last time."""
        self._begin("", moment)

    def _read_group(self, words: str, moment: float) -> None:
        self._is_in_permissions = "GITHUB_TOKEN Permissions" in words
        found = _RUN_GROUP.match(words)
        self._script = [] if found else None
        if not found:
            return
        uses = _USES.fullmatch(found[1].strip())
        if uses:
            self._add_action(uses[1], uses[2], "")
            self._begin(f"{uses[1]}@{uses[2]}", moment)
        else:
            step = shape_of(found[1], 80)
            _note(self.steps, step)
            self.add_programs(found[1])
            self._begin(step, moment)

    def _read_script(self, script: list[str], words: str) -> bool:
        """Collect what may be a step's commands; note their programs once it is certain that they are."""
        is_over = bool(_AFTER_COMMANDS.match(words))
        if is_over:
            for line in script:
                self.add_programs(line)
            self._script = None
        else:
            script.append(words)
        return is_over

    def _read_permission(self, words: str) -> bool:
        found = _PERMISSION.fullmatch(words)
        if found:
            _note(self.permissions, f"{found[1].lower()}:{found[2]}")
        self._is_in_permissions = bool(found)
        return bool(found)

    def _read_section(self, words: str, _: float) -> None:
        found = _SECTION.match(words)
        if not found:
            return
        name, moment = found[3], float(found[2])
        if found[1] == "start":
            _note(self.steps, name)
            self._begin(name, moment)
        elif name == self._step:
            self._begin("", moment)

    def _read_stage(self, words: str, moment: float) -> None:
        found = _STAGE.match(words)
        if found:
            step = shape_of(found[1], 80)
            _note(self.steps, step)
            self._begin(step, moment)

    def _begin(self, step: str, moment: float) -> None:
        """End the step that runs, and begin another."""
        took = moment - self._began
        if self._step and 0.0 <= took < _MAX_SECONDS and (self._step in self.seconds or len(self.seconds) < MAX_STEPS):
            self.seconds[self._step] = self.seconds.get(self._step, 0.0) + took
        self._step, self._began = step, moment

    def _read_runner(self, words: str, _: float) -> None:
        found = _RUNNER.match(words)
        if found:
            self.runner = found[1] or found[2]

    def _read_download(self, words: str, _: float) -> None:
        found = _DOWNLOAD.search(words)
        if found:
            self._add_action(found[1], found[2], found[3] or "")

    def _read_cache(self, words: str, _: float) -> None:
        for what, pattern in _CACHE:
            if found := pattern.match(words):
                _note(self.restored if what == "restored" else self.saved, cache_of(found[1]))

    def _add_action(self, name: str, ref: str, sha: str) -> None:
        _note(self.action_refs, f"{name}@{ref}")
        if sha:
            _note(self.action_shas, f"{name}@{ref}#{sha}")

    def _add_host(self, host: str, port: str, *, is_bare: bool = False) -> None:
        if len(self.hosts) >= MAX_HOSTS:
            return
        name = host_name(host.strip("[].").lower(), is_bare=is_bare)
        if name:
            self.hosts[name if port in {"", "80", "443"} else f"{name}:{port}"] = None


_READERS: tuple[tuple[str, Callable[[Telling, str, float], None]], ...] = (
    ("##[", Telling._read_group),  # noqa: SLF001  # its own table
    ("section_", Telling._read_section),  # noqa: SLF001
    ("[Pipeline]", Telling._read_stage),  # noqa: SLF001
    ("Runn", Telling._read_runner),  # noqa: SLF001
    ("Download action", Telling._read_download),  # noqa: SLF001
    ("C", Telling._read_cache),  # noqa: SLF001
)
"""How a line of structure begins, and what reads it."""


def cache_of(key: str) -> str:
    """Return a cache's key as it is learned: hashes and numbers masked.

    >>> cache_of("Linux-node-0f343b0931126a20f133d67c2b018a3b")
    'Linux-node-#'
    """
    return _DIGITS.sub("#", mask_text(key))[:100]


def host_name(host: str, *, is_bare: bool) -> str:
    """Return a host as it is learned: private addresses as one, public ones verbatim, generated labels masked.

    >>> host_name("ec2-3.us.example.com", is_bare=False), host_name("10.0.0.7", is_bare=True)
    ('ec#-#.us.example.com', 'private address')
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        is_name = "." in host and not is_bare and not host.replace(".", "").isdigit() and not _PACKAGE.match(host)
        return _without_numbers(host) if is_name else ""
    if address.is_loopback or address.is_unspecified or address.is_multicast or (is_bare and _NO_ADDRESS.search(host)):
        return ""
    is_private = any(address.version == net.version and address in net for net in _PRIVATE)
    return "private address" if is_private else str(address)


def _without_numbers(host: str) -> str:
    """Return a host with numbers and hashes masked below its last two labels: `g60.pool.example` is one of many."""
    labels = host.split(".")
    return ".".join([_GENERATED.sub("#", label) for label in labels[:-2]] + labels[-2:])


def _found(pattern: Any, words: str) -> Iterator[tuple[str, str]]:
    """Yield the two groups of each match, of the first matches of a line; what was not there is empty."""
    for found in islice(pattern.finditer(words), _MAX_MATCHES):
        yield found[1], found[2] or ""


def _note(names: Names, *found: str) -> None:
    for name in found:
        if len(names) >= MAX_NAMED:
            return
        names[name] = None
