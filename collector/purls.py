"""Package URLs: one way to write a package's name, whichever file names it."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote

from collector.masking import mask_text

MAX_NAME = 240
"""Longest name of a package, its namespace included."""
MAX_VERSION = 120
_LOWER = frozenset(
    "alpm apk bitbucket bitnami composer gitlab github githubactions hex luarocks npm oci pub pypi qpkg".split()
)
"""Types whose names mean the same in any case."""
_LOWER_NAMESPACE = _LOWER - {"bitnami", "npm", "oci", "pub"}
_TYPE = re.compile(r"[a-z][a-z0-9.+-]{0,39}")
_PLAIN = re.compile(r"[A-Za-z0-9._~:-]*")


@lru_cache(maxsize=1 << 16)
def purl_of(kind: str, name: str) -> str:
    """Return the package URL of a name without version; slashes part its namespace.

    >>> purl_of("npm", "@babel/core"), purl_of("pypi", "Ruamel_YAML"), purl_of("maven", "org.slf4j/slf4j-api")
    ('pkg:npm/%40babel/core', 'pkg:pypi/ruamel-yaml', 'pkg:maven/org.slf4j/slf4j-api')
    """
    *namespace, last = [part for part in mask_text(name[:MAX_NAME]).split("/") if part.strip()] or ["unknown"]
    last = _normal_name(kind, last.strip())
    if kind in _LOWER_NAMESPACE:
        namespace = [part.lower() for part in namespace]
    return "/".join((f"pkg:{kind}", *(_quoted(part.strip()) for part in (*namespace, last))))


def _normal_name(kind: str, name: str) -> str:
    if kind in _LOWER:
        name = name.lower()
    if kind == "pypi":
        return name.replace("_", "-")
    return re.sub(r"[^a-z0-9]", "_", name) if kind == "pub" else name


def _quoted(part: str) -> str:
    if _PLAIN.fullmatch(part):
        return part
    return quote(part.encode("utf-8", "replace"), safe=":")


def split_purl(text: str) -> tuple[str, str]:
    """Return (package URL without version, qualifiers and subpath; version); both empty where it is none.

    >>> split_purl("pkg:NPM/%40babel/core@7.1.0?os=linux#lib"), split_purl("left-pad@1.3.0")
    (('pkg:npm/%40babel/core', '7.1.0'), ('', ''))
    """
    scheme, colon, rest = text[: 8 * MAX_NAME].strip().partition(":")
    if not colon or scheme.lower() != "pkg":
        return "", ""
    rest = rest.split("#", 1)[0].split("?", 1)[0].strip("/")
    kind, slash, name = rest.partition("/")
    kind = kind.lower()
    # The version stands behind the last @; that of a scope is written %40, but not by everybody.
    at = name.rfind("@")
    name, version = (name[:at], name[at + 1 :]) if at > 0 and name[at - 1] != "/" else (name, "")
    if not slash or not _TYPE.fullmatch(kind) or not name.strip("/ "):
        return "", ""
    return purl_of(kind, unquote(name)), unquote(version)[:MAX_VERSION]


@lru_cache(maxsize=1 << 16)
def name_in(purl: str) -> str:
    """Return the name in a package URL as its ecosystem writes it, without a version; what is no such URL as it is.

    >>> name_in("pkg:npm/%40babel/core"), name_in("pkg:golang/github.com/acme/pay"), name_in("left-pad")
    ('@babel/core', 'github.com/acme/pay', 'left-pad')
    >>> name_in("pkg:maven/org.slf4j/slf4j-api")
    'org.slf4j:slf4j-api'
    """
    kind, slash, name = purl.partition("/")
    if not slash or not kind.startswith("pkg:"):
        return purl
    name = unquote(name)
    return name.replace("/", ":") if kind == "pkg:maven" else name


def scope_of(name: str) -> str:
    """Return who publishes a package, as far as its name tells; empty where it does not.

    >>> [scope_of(n) for n in ("@babel/core", "github.com/acme/pay/v2", "org.slf4j:api", "symfony/yaml", "left-pad")]
    ['@babel', 'github.com/acme', 'org.slf4j', 'symfony', '']
    """
    if ":" in name:
        return name.split(":", 1)[0]
    parts = name.split("/")
    if len(parts) < 2:
        return ""
    return "/".join(parts[:2]) if "." in parts[0] else parts[0]
