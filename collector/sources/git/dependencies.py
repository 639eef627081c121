"""Manifests and lockfiles: the dependencies and install scripts their added lines name."""

from __future__ import annotations

import re
from collections.abc import Iterable

_JSON_PAIR = re.compile(
    r"^[ \t]*\"([^\"\n]{1,120})\"[ \t]*:[ \t]*\"((?:[^\"\\\n]|\\.){0,2000})\"[ \t]*,?[ \t]*$", re.MULTILINE
)
_JSON_RANGE = re.compile(
    r"^(?:[\^~<>=v]{0,2}[ ]?\d+(?:[.\s-]|$)|[*x]$|latest$|next$|(?:git|github|npm|file|link|workspace|https?|patch)[:+]"
    r"|[\w-]+/[\w.-]+(?:#|$))"
)
_NOT_DEPENDENCIES = frozenset(
    """name version description main module types typings license author homepage type url bugs repository
    packageManager node npm yarn pnpm engines email private sideEffects browser unpkg jsdelivr directory target
    lockfileVersion resolved integrity $schema preset registry access tag""".split()
)
_LIFECYCLE = frozenset(
    """preinstall install postinstall prepare prepublish prepublishOnly prepack postpack preprepare postprepare publish
    postpublish preversion version postversion dependencies preuninstall uninstall postuninstall""".split()
)
_SCRIPTLIKE = re.compile(r"^[a-z@./][\w@./:-]*(?:\s|$)|\s&&\s|\s--?\w")
_PYTHON = re.compile(
    r"^[ \t]*[\"']?([A-Za-z0-9][\w.-]{1,80})(?:\[[\w, -]+\])?[ \t]*(?:[=~!]==?|[<>]=?|@\s|[\"'],?[ \t]*$|;|$)",
    re.MULTILINE,
)
_TOML_PAIR = re.compile(
    r"^[ \t]*\"?([A-Za-z0-9][\w./-]{1,80})\"?[ \t]*=[ \t]*"
    r"(?:\"[\^~<>=*]{0,2}[ ]?[\d*][^\"\n]*\"|\{[^\n]*(?:version|git|path|workspace)\b)",
    re.MULTILINE,
)
_GO = re.compile(r"^[ \t]*(?:require[ \t]+)?([a-z0-9.-]+\.[a-z]{2,8}/[\w./~-]{1,100})[ \t]+v\d", re.MULTILINE)
_GEM = re.compile(
    r"(?:^|\s)(?:gem|add_(?:runtime_|development_)?dependency)[ \t]*\(?[ \t]*['\"]([\w.-]{1,80})['\"]", re.MULTILINE
)
_MAVEN = re.compile(
    r"<artifactId>([\w.${}-]{1,80})</artifactId>|<PackageReference[ \t]+Include=\"([\w.-]{1,80})\""
    r"|(?:implementation|api|compile|classpath|testImplementation)[ (]+['\"]([\w.-]{1,80}:[\w.-]{1,80})"
)
_LOCKED = {
    "yarn.lock": re.compile(r"^\"?((?:@[\w.-]+/)?[\w.-]+)@[^\n]*:[ \t]*$", re.MULTILINE),
    "pnpm-lock.yaml": re.compile(r"^[ \t]+'?/?((?:@[\w.-]+/)?[\w.-]+)[@/]\d[^\n]*:[ \t]*$", re.MULTILINE),
    "go.sum": re.compile(r"^([\w./~-]+)[ \t]+v", re.MULTILINE),
    "Gemfile.lock": re.compile(r"^    ([\w.-]+) \([\d.]", re.MULTILINE),
}
_JSON_LOCKED = re.compile(
    r"^[ \t]*\"(?:[^\"\n]*node_modules/)?((?:@[\w.-]+/)?[\w.-]+)\"[ \t]*:[ \t]*\{[ \t]*$", re.MULTILINE
)
_TOML_LOCKED = re.compile(r"^name = \"([\w.-]+)\"", re.MULTILINE)
_NOT_PACKAGES = frozenset(
    "dependencies devDependencies packages engines requires peerDependencies optionalDependencies bin funding".split()
)
_PYTHON_WORDS = frozenset(
    """dependencies requires name version description readme license authors classifiers keywords urls scripts dev test
    docs include exclude packages python requires-python line-length target-version select ignore strict homepage
    repository documentation url author author_email long_description install_requires setup_requires""".split()
)


_READERS = (
    (("go.mod", "go.work"), _GO),
    (("Gemfile", ".gemspec"), _GEM),
    ((".xml", ".gradle", ".kts", "proj"), _MAVEN),
    (("Cargo.toml", "Pipfile"), _TOML_PAIR),
    ((".toml", ".py", ".cfg", ".txt", ".in", ".yml", ".yaml"), _PYTHON),
)


def dependencies_in(path: str, added: str, deleted: str) -> list[str]:
    r"""Return the names of dependencies that added lines bring in; a new version of an old one is none.

    >>> dependencies_in("package.json", '"lodash": "^4.2.0",\n"flatmap": "^0.1.0",', '"lodash": "^4.1.0",')
    ['flatmap']
    """
    before = set(_named_in(path, deleted))
    return [name for name in dict.fromkeys(_named_in(path, added)) if name not in before]


def _named_in(path: str, text: str) -> Iterable[str]:
    if not text:
        return []
    name = path.rsplit("/", 1)[-1]
    if name.endswith((".json", ".jsonc")):
        pairs = (found.groups() for found in _JSON_PAIR.finditer(text))
        return [key for key, value in pairs if key not in _NOT_DEPENDENCIES and _JSON_RANGE.match(value)]
    reader = next((pattern for ends, pattern in _READERS if name.endswith(ends)), None)
    if reader is None:
        return []
    found = (next(filter(None, match.groups()), "") for match in reader.finditer(text))
    return [key for key in found if key.lower() not in _PYTHON_WORDS]


def locked_in(path: str, added: str, deleted: str) -> list[str]:
    """Return the names of packages that a lockfile's added lines bring in, without new versions of old ones."""
    name = path.rsplit("/", 1)[-1]
    pattern = _LOCKED.get(name) or (_JSON_LOCKED if name.endswith(".json") else _TOML_LOCKED)
    before = set(pattern.findall(deleted))
    return [key for key in dict.fromkeys(pattern.findall(added)) if key not in before and key not in _NOT_PACKAGES]


def scripts_in(path: str, added: str) -> dict[str, str]:
    r"""Return the scripts that a package manager runs, by key, with their text.

    >>> scripts_in("package.json", '"preinstall": "node x.js",\n"version": "1.2.3",')
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
