"""Manifests and lockfiles: the dependencies and install scripts their added lines name."""

from __future__ import annotations

import re
from collections.abc import Iterable

_JSON_PAIR = re.compile(r"^\s*\"([^\"\n]{1,120})\"\s*:\s*\"((?:[^\"\\\n]|\\.){0,2000})\"\s*,?\s*$", re.MULTILINE)
_JSON_RANGE = re.compile(
    r"^(?:[\^~<>=v]{0,2}\s?\d+(?:[.\s-]|$)|[*x]$|latest$|next$|(?:git|github|npm|file|link|workspace|https?|patch)[:+]|[\w-]+/[\w.-]+(?:#|$))"
)
_NOT_DEPENDENCIES = frozenset(
    """name version description main module types typings license author homepage type url bugs repository packageManager
    node npm yarn pnpm engines email private sideEffects browser unpkg jsdelivr directory target lockfileVersion resolved
    integrity $schema preset registry access tag""".split()
)
_LIFECYCLE = frozenset(
    """preinstall install postinstall prepare prepublish prepublishOnly prepack postpack preprepare postprepare publish
    postpublish preversion version postversion dependencies preuninstall uninstall postuninstall""".split()
)
_SCRIPTLIKE = re.compile(r"^[a-z@./][\w@./:-]*(?:\s|$)|\s&&\s|\s--?\w")
_PYTHON = re.compile(
    r"^\s*[\"']?([A-Za-z0-9][\w.-]{1,80})(?:\[[\w, -]+\])?\s*(?:[=~!]==?|[<>]=?|@\s|[\"'],?\s*$|;|$)", re.MULTILINE
)
_TOML_PAIR = re.compile(
    r"^\s*\"?([A-Za-z0-9][\w./-]{1,80})\"?\s*=\s*(?:\"[\^~<>=*]{0,2}\s?[\d*][^\"\n]*\"|\{[^\n]*(?:version|git|path|workspace)\b)",
    re.MULTILINE,
)
_GO = re.compile(r"^\s*(?:require\s+)?([a-z0-9.-]+\.[a-z]{2,8}/[\w./~-]{1,100})\s+v\d", re.MULTILINE)
_GEM = re.compile(
    r"(?:^|\s)(?:gem|add_(?:runtime_|development_)?dependency)\s*\(?\s*['\"]([\w.-]{1,80})['\"]", re.MULTILINE
)
_MAVEN = re.compile(
    r"<artifactId>([\w.${}-]{1,80})</artifactId>|(?:implementation|api|compile|classpath|testImplementation)[ (]+['\"]([\w.-]+:[\w.-]+)"
)
_DOTNET = re.compile(r"<PackageReference\s+Include=\"([\w.-]{1,80})\"")
_LOCKED = {
    "yarn.lock": re.compile(r"^\"?((?:@[\w.-]+/)?[\w.-]+)@[^\n]*:\s*$", re.MULTILINE),
    "pnpm-lock.yaml": re.compile(r"^\s+'?/?((?:@[\w.-]+/)?[\w.-]+)[@/]\d[^\n]*:\s*$", re.MULTILINE),
    "go.sum": re.compile(r"^([\w./~-]+)\s+v", re.MULTILINE),
    "Gemfile.lock": re.compile(r"^    ([\w.-]+) \([\d.]", re.MULTILINE),
}
_JSON_LOCKED = re.compile(r"^\s*\"(?:[^\"\n]*node_modules/)?((?:@[\w.-]+/)?[\w.-]+)\"\s*:\s*\{\s*$", re.MULTILINE)
_TOML_LOCKED = re.compile(r"^name = \"([\w.-]+)\"", re.MULTILINE)
_NOT_PACKAGES = frozenset(
    "dependencies devDependencies packages engines requires peerDependencies optionalDependencies bin funding".split()
)
_PYTHON_WORDS = frozenset(
    """dependencies requires name version description readme license authors classifiers keywords urls scripts dev test
    docs include exclude packages python requires-python line-length target-version select ignore strict homepage
    repository documentation url author author_email long_description install_requires setup_requires""".split()
)


def dependencies_in(path: str, added: str, deleted: str) -> list[str]:
    """Return the names of dependencies that added lines bring in; a new version of an old one is none.

    >>> dependencies_in("package.json", '"lodash": "^4.2.0",\\n"flatmap": "^0.1.0",', '"lodash": "^4.1.0",')
    ['flatmap']
    """
    before = set(_named_in(path, deleted))
    return [name for name in dict.fromkeys(_named_in(path, added)) if name not in before]


def _named_in(path: str, text: str) -> Iterable[str]:
    name = path.rsplit("/", 1)[-1]
    if not text:
        return []
    if name.endswith((".json", ".jsonc")):
        pairs = (found.groups() for found in _JSON_PAIR.finditer(text))
        return [key for key, value in pairs if key not in _NOT_DEPENDENCIES and _JSON_RANGE.match(value)]
    if name in {"go.mod", "go.work"}:
        return _GO.findall(text)
    if name == "Gemfile" or name.endswith(".gemspec"):
        return _GEM.findall(text)
    if name.endswith((".xml", ".gradle", ".kts", "proj")):
        return [found[1] or found[2] for found in _MAVEN.finditer(text)] + _DOTNET.findall(text)
    if name == "Cargo.toml" or name == "Pipfile":
        return [key for key in _TOML_PAIR.findall(text) if key not in _PYTHON_WORDS]
    if name.endswith((".toml", ".py", ".cfg", ".txt", ".in", ".yml", ".yaml")):
        return [key for key in _PYTHON.findall(text) if key.lower() not in _PYTHON_WORDS]
    return []


def locked_in(path: str, added: str, deleted: str) -> list[str]:
    """Return the names of packages that a lockfile's added lines bring in, without new versions of old ones."""
    name = path.rsplit("/", 1)[-1]
    pattern = _LOCKED.get(name) or (_JSON_LOCKED if name.endswith(".json") else _TOML_LOCKED)
    before = set(pattern.findall(deleted))
    return [key for key in dict.fromkeys(pattern.findall(added)) if key not in before and key not in _NOT_PACKAGES]


def scripts_in(path: str, added: str) -> dict[str, str]:
    """Return the scripts that a package manager runs, by key, with their text.

    >>> scripts_in("package.json", '"preinstall": "node x.js",\\n"version": "1.2.3",')
    {'preinstall': 'node x.js'}
    """
    name = path.rsplit("/", 1)[-1]
    if not name.endswith(".json"):
        return {word: "" for word in ("cmdclass", "build-backend", "entry_points", "postinst") if word in added}
    found = {}
    for key, value in (pair.groups() for pair in _JSON_PAIR.finditer(added)):
        lifecycle = key in _LIFECYCLE and not _JSON_RANGE.match(value)
        if lifecycle or (key not in _NOT_DEPENDENCIES and not _JSON_RANGE.match(value) and _SCRIPTLIKE.search(value)):
            found[key] = value.replace("\\\\", "\\").replace('\\"', '"')
    return found
