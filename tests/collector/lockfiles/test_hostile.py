"""Text that nobody trusts: packages or one typed error, in time that its length bounds, without secrets."""

from __future__ import annotations

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import DeliveryError
from collector.lockfiles import FORMATS, MAX_TEXT, Lockfile, Package, read_lockfile
from collector.snapshot import MAX_PINNED
from collector.sources.lockfile import MAX_PACKAGES
from tests.collector.lockfiles.test_formats import CASES
from tests.collector.samples import parse

NAMES = sorted({file for form in FORMATS.values() for file in form.files} | {"requirements.txt"})
_SECRET = "ghp_" + "Ab1" * 12
_WORDS = st.sampled_from(
    """packages package dependencies importers version name source resolution integrity resolved link node_modules/a
    workspaces default develop _meta hashes dist lockfileVersion dev-dependencies wheels sdist files registry git url
    description metadata packages-dev type checksum""".split()
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS | st.text(max_size=6), inner, max_size=5),
)


def _toml(value: object) -> str:
    """Return TOML of about that shape; what cannot be written so is text."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value) if isinstance(value, bool | int | str) else '"x"'


@given(st.sampled_from(NAMES), st.text() | st.text("{}[]<>\"':,=@#&*!-|\n\t 1a./\\v"))
def test_any_text(name: str, text: str) -> None:
    """Any text under any name gives packages or one typed error."""
    with contextlib.suppress(DeliveryError):
        assert isinstance(read_lockfile(name, text).snapshot("x").pinned, tuple)


@given(st.sampled_from(NAMES), st.dictionaries(_WORDS, _JSON, max_size=6))
def test_any_values(name: str, document: dict[str, object]) -> None:
    """Any values in the places where a format looks for others give packages or one typed error."""
    toml = "\n".join(f"{json.dumps(key)} = {_toml(value)}" for key, value in document.items())
    tables = "\n".join(f"[[package]]\nname = {_toml(value)}\nversion = {_toml(value)}" for value in document.values())
    for text in (json.dumps(document), toml, tables):  # JSON is YAML too
        with contextlib.suppress(DeliveryError):
            read_lockfile(name, text)


@given(st.sampled_from(sorted(CASES)), st.integers(0, 3000), st.text(max_size=4), st.integers(0, 9))
def test_damaged(path: str, at: int, inserted: str, cut: int) -> None:
    """A lockfile with something in the middle of it, or missing from it, gives packages or one typed error."""
    text = CASES[path][0]
    with contextlib.suppress(DeliveryError):
        read_lockfile(path, text[:at] + inserted + text[at + cut :])


_ALIASES = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 80))
_MERGES = "a0: &a0 {x: {}}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 80))
_DEEP = 100_000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pnpm-lock.yaml", f"lockfileVersion: 9\n{_ALIASES}packages: *a79\n"),
        ("pnpm-lock.yaml", f"lockfileVersion: 9\n{_MERGES}packages: *a79\n"),
        ("pubspec.lock", f"{_ALIASES}packages: {{b: {{description: *a79, version: *a79}}}}\n"),
        ("pnpm-lock.yaml", "packages: " + "[" * _DEEP),
        ("pnpm-lock.yaml", "? " * _DEEP),
        ("package-lock.json", '{"packages":' * _DEEP),
        ("package-lock.json", '{"dependencies":{"a":' * 300 + "{}" + "}}" * 300),
        ("package-lock.json", f'{{"lockfileVersion": {"9" * 1_000_000}}}'),
        ("bun.lock", "{" + '"a",' * 200_000),
        ("bun.lock", "{" + '"' + "\\" * 1_000_000),
        ("bun.lock", "," + " " * 1_000_000),
        ("uv.lock", "a = " + "[" * _DEEP),
        ("uv.lock", ".".join("a" * _DEEP) + " = 1"),
        ("uv.lock", "[" + ".".join("a" * 2000) + "]\n" * 2),
        ("uv.lock", f"version = {'9' * 1_000_000}"),
        ("poetry.lock", "a = " + "{b = " * _DEEP),
        ("yarn.lock", "# yarn lockfile v1\n" + '"a@' * 300_000),
        ("yarn.lock", "# yarn lockfile v1\n" + "a@b:\n  version " + " " * 1_000_000),
        ("requirements.txt", "a" * 1_000_000),
        ("requirements.txt", "a==1 " + "--hash=sha256:ab " * 60_000),
        ("requirements.txt", "a==1 \\\n" * 200_000),
        ("requirements.txt", "a [" + " " * 1_000_000),
        ("go.mod", "module a\nrequire " + "a/" * 500_000),
        ("go.mod", "module a\nreplace " + "a" * 500_000),
        ("go.sum", "a v1 h1:" + " " * 1_000_000),
        ("Gemfile.lock", "GEM\n" + "    a (" * 200_000),
        ("gradle.lockfile", ":" * 1_000_000),
        ("mix.lock", "%{\n" + '  "a": {:hex, ' * 100_000),
        ("composer.lock", '{"packages": [' + "{}," * 200_000),
    ],
    ids=lambda value: value if len(value) < 20 else str(len(value)),
)
def test_hostile(name: str, text: str) -> None:
    """Text that is made to cost more than its length does not."""
    started = time.monotonic()
    with contextlib.suppress(DeliveryError):
        read_lockfile(name, text).snapshot("x")
    assert time.monotonic() - started < 20.0


def test_too_long() -> None:
    """What is longer than any lockfile is refused before it is read."""
    with pytest.raises(DeliveryError, match="longer than 16 MiB"):
        read_lockfile("go.sum", " " * (MAX_TEXT + 1))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_refused_says_so(name: str) -> None:
    """Prose is no lockfile, whatever its name; requirements are the one format in which it could be one."""
    with pytest.raises(DeliveryError, match=r"^no [a-z.]+ lockfile: .{5}"):
        read_lockfile("go.mod" if name == "requirements.txt" else name, "Dear reader,\nthis is a letter: no more.\n")


def test_secrets_stay_out() -> None:
    """A secret in a name, a version, a URL or what made it unreadable is in no package, snapshot, event or refusal."""
    item = {"version": "1.0.0", "resolved": f"https://mona:{_SECRET}@npm.example/a.tgz", "integrity": _SECRET}
    packages = {"node_modules/a": item, f"node_modules/{_SECRET}": {"version": f"1-{_SECRET}"}}
    event = parse("lockfile", json.dumps({"packages": packages}), {"Unwonted-Path": f"{_SECRET}/package-lock.json"})
    assert (event.numbers["packages"], _SECRET not in str(event)) == (2.0, True)
    with pytest.raises(DeliveryError) as refused:
        read_lockfile("Pipfile.lock", json.dumps({"default": {_SECRET: 5}}))
    assert _SECRET not in str(refused.value)


def test_bounds() -> None:
    """An event, and the snapshot in it, hold so many packages and say that there were more."""
    lines = "\n".join(f"p{number}==1.0" for number in range(MAX_PINNED + 5))
    event = parse("lockfile", lines, {"Unwonted-Path": "requirements.txt"})
    assert len(event.facts["package"]) == MAX_PACKAGES
    snapshot = read_lockfile("requirements.txt", lines).snapshot("x")
    assert (len(snapshot.pinned), snapshot.is_cut) == (MAX_PINNED, True)
    assert event.numbers["packages"] == MAX_PINNED + 5


def test_what_comes_twice_is_one() -> None:
    """Entries that are equal are one package, direct where one of them is; another host makes them two."""
    same = Package("a", "1.0.0", is_direct=False)
    lock = read_lockfile("requirements.txt", "a==1.0.0\na==1.0.0\n")
    assert lock.packages == [same._replace(is_direct=True)]
    pair = [same, same._replace(host="evil.example")]
    assert len(Lockfile("npm", "npm", pair).snapshot("x").pinned) == 2
