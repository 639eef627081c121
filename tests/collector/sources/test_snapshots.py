"""Job logs, lockfiles and models become bounded, masked snapshots."""

from __future__ import annotations

import base64
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.artifacts import Artifact
from collector.errors import DeliveryError
from collector.event import Event, Kind
from collector.snapshot import Line, Packages, Pinned, Printed
from collector.sources.model_artifact import upload_of
from tests.collector.samples import AT, SNAPSHOT, parse

LOG = """2026-03-01T10:00:00.1234567Z Current runner version: '2.321.0'
2026-03-01T10:00:01.1234567Z Runner name: 'forge-1'
2026-03-01T10:00:02.1234567Z ##[group]GITHUB_TOKEN Permissions
2026-03-01T10:00:02.1234567Z Contents: read
2026-03-01T10:00:02.1234567Z Packages: write
2026-03-01T10:00:02.1234567Z ##[endgroup]
2026-03-01T10:00:03.1234567Z Download action repository 'acme/setup@v4' (SHA:0123456789abcdef0123456789abcdef01234567)
2026-03-01T10:00:04.1234567Z ##[group]Run acme/setup@v4
2026-03-01T10:00:05.1234567Z ##[group]Run make test
2026-03-01T10:00:06.1234567Z GET https://files.example:8443/a 200
2026-03-01T10:00:07.1234567Z [egress] tcp/443 api.example curl tx=1 rx=2
2026-03-01T10:00:08.1234567Z connected to 203.0.113.9:4444
2026-03-01T10:00:08.1234567Z version 1.2.3.4 on 10.0.0.7
2026-03-01T10:00:09.1234567Z NPM_TOKEN: ***
2026-03-01T10:01:00.1234567Z Cleaning up orphan processes
"""


def log(text: str) -> Event:
    """Return the event of a job's log."""
    return parse("joblog", text, dict(SNAPSHOT))


def test_what_a_log_tells() -> None:
    """A log tells its job, runner, token, actions, steps, hosts, secrets named, and how long it ran."""
    event = log(LOG)
    assert (event.kind, str(event.entity), event.links["runner"]) == (Kind.LOG, "job:acme/pay:CI/build", "forge-1")
    assert event.facts["job_permission"] == ["contents:read", "packages:write"]
    assert event.facts["action_ref"] == ["acme/setup@v4"]
    assert event.facts["action_sha"] == ["acme/setup@v4#0123456789abcdef0123456789abcdef01234567"]
    assert (event.facts["step"], event.facts["secret"]) == (["make test"], ["NPM_TOKEN"])
    assert event.facts["host"] == ["files.example:8443", "api.example", "203.0.113.9:4444", "private address"]
    assert (event.numbers["log_lines"], event.numbers["duration_s"]) == (15.0, 60.0)
    assert event.observed_at == pytest.approx(AT + 60.123, abs=0.001)


@pytest.mark.parametrize(("header", "told"), [("Success", "success"), ("", None), ("a word; and more", None)])
def test_a_header_says_how_the_job_ended(header: str, told: str | None) -> None:
    """One word, whatever its case; anything else is not told."""
    event = parse("joblog", LOG, {**SNAPSHOT, "Unwonted-Conclusion": header})
    assert event.facts.get("conclusion") == told


def test_lines_are_shapes() -> None:
    """Lines that differ in numbers, paths and quoted names are one line, kept as it was first printed."""
    printed = log("Building a/b (12 ms)\nBuilding c/d (7 ms)\n").snapshot
    assert printed == Printed((Line("building ~ (# ms)", "Building a/b (12 ms)", 1, 2),))


@pytest.mark.parametrize("depth", [1, 2])
def test_encoded_runs(depth: int) -> None:
    """Encoded runs are told by their length, and those encoded twice by that."""
    data = b"AWS_SECRET=never-in-an-event; host=203.0.113.9; user=mona"
    for _ in range(depth):
        data = base64.b64encode(data)
    event = log(data.decode())
    assert event.numbers["longest_base64"] == len(data.rstrip(b"=")) + data.count(b"=")
    assert [blob.startswith("double-encoded") for blob in event.facts["blob"]] == [depth == 2]


@pytest.mark.parametrize(
    "line", ["sha256:" + "ab" * 32, "/usr/lib/python3/dist-packages/Some/Long/Path9", "commit " + "0f" * 20]
)
def test_what_is_no_encoded_run(line: str) -> None:
    """Digests, hashes and paths are no encoded runs."""
    assert "blob" not in log(line).facts


@given(st.text(max_size=300))
def test_any_text_is_a_log(text: str) -> None:
    """Any text is a log, and its facts are bounded."""
    event = log(text)
    assert all(len(value) <= 200 for value in event.facts.values() if isinstance(value, list))


def test_secrets_in_a_log_stay_out() -> None:
    """A secret a job printed is in no part of the event."""
    secret = "ghp_" + "Ab1" * 12
    assert secret[:20].lower() not in str(log(f"token {secret}\n##[group]Run curl -H {secret}\n")).lower()


LOCK = {
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "pay", "version": "1.0.0"},
        "node_modules/@acme/tax": {
            "version": "1.2.3",
            "resolved": "https://registry.example/@acme/tax/-/tax-1.2.3.tgz",
            "integrity": "sha512-AAAA",
            "hasInstallScript": True,
        },
        "node_modules/left": {"version": "2.0.0", "resolved": "git+ssh://git@code.example/left.git#abc"},
        "node_modules/here": {"resolved": "here", "link": True},
    },
}


def lock(text: str, path: str) -> Event:
    """Return the event of a lockfile."""
    return parse("lockfile", text, {**SNAPSHOT, "Unwonted-Path": path})


def test_what_a_lockfile_tells() -> None:
    """A lockfile tells packages, versions, publishers, hosts, install scripts and kinds of checksum."""
    event = lock(json.dumps(LOCK), "web/package-lock.json")
    assert (event.kind, str(event.entity)) == (Kind.DEPENDENCY, "lockfile:acme/pay/web/package-lock.json")
    assert event.facts["package"] == ["@acme/tax", "left"]
    assert event.facts["package_version"] == ["@acme/tax@1.2.3", "left@2.0.0"]
    assert (event.facts["scope"], event.facts["install_script"]) == (["@acme"], ["@acme/tax"])
    assert event.facts["registry_host"] == ["registry.example", "code.example"]
    assert (event.facts["integrity"], event.numbers["install_scripts"]) == (["sha512", "none"], 1.0)


_NPM_1 = '{"dependencies": {"a": {"version": "1.0.0", "dependencies": {"b": {"version": "2.0.0"}}}}}'
_YARN_1 = '# yarn lockfile v1\n\n"@a/b@^1.0.0", "@a/b@^1.1.0":\n  version "1.2.0"\n  resolved "https://r.example/x#1"\n'
_YARN_2 = '__metadata:\n  version: 8\n\n"a@npm:^1.0.0":\n  version: 1.2.0\n  resolution: "a@npm:1.2.0"\n'
_PNPM_9 = "lockfileVersion: '9.0'\npackages:\n  '@a/b@1.2.0':\n    resolution: {integrity: sha512-x}\n"
_PNPM_5 = "lockfileVersion: 5.4\npackages:\n  /a/1.2.0_b@3.0.0:\n    resolution: {integrity: sha512-x}\n"
_TOML = '[[package]]\nname = "a"\nversion = "1.2.0"\n'
_PIPFILE = '{"_meta": {}, "default": {"a": {"version": "==1.2.0", "hashes": ["sha256:x"]}}}'
_GO = "a.example/b v1.2.0 h1:x=\na.example/b v1.2.0/go.mod h1:y=\n"
_GEMS = "GEM\n  remote: https://r.example/\n  specs:\n    a (1.2.0-x86_64-linux)\n      b (>= 1)\n"


@pytest.mark.parametrize(
    ("path", "text", "packages"),
    [
        ("package-lock.json", _NPM_1, ["a@1.0.0", "b@2.0.0"]),
        ("yarn.lock", _YARN_1, ["@a/b@1.2.0"]),
        ("yarn.lock", _YARN_2, ["a@1.2.0"]),
        ("pnpm-lock.yaml", _PNPM_9, ["@a/b@1.2.0"]),
        ("pnpm-lock.yaml", _PNPM_5, ["a@1.2.0"]),
        ("bun.lock", '{"packages": {"a": ["a@1.2.0", "", {}, "sha512-x"],},}', ["a@1.2.0"]),
        ("poetry.lock", _TOML, ["a@1.2.0"]),
        ("uv.lock", _TOML + 'source = { registry = "https://r.example" }\n', ["a@1.2.0"]),
        ("Cargo.lock", _TOML + 'checksum = "ab"\n', ["a@1.2.0"]),
        ("Pipfile.lock", _PIPFILE, ["a@1.2.0"]),
        ("requirements/dev.txt", "a==1.2.0 \\\n  --hash=sha256:x\n# no\n-r other.txt\nb>=1\n", ["a@1.2.0"]),
        ("go.sum", _GO, ["a.example/b@1.2.0"]),
        ("Gemfile.lock", _GEMS, ["a@1.2.0"]),
        ("composer.lock", '{"packages": [{"name": "a/b", "version": "1.2.0"}]}', ["a/b@1.2.0"]),
        ("", _TOML, ["a@1.2.0"]),
    ],
)
def test_formats(path: str, text: str, packages: list[str]) -> None:
    """Every known format gives names and pinned versions; without a file name it is told by its text."""
    assert lock(text, path).facts["package_version"] == packages


@pytest.mark.parametrize(
    "path", ["package-lock.json", "yarn.lock", "pnpm-lock.yaml", "Cargo.lock", "Pipfile.lock", "composer.lock", "x.bin"]
)
def test_no_lockfile(path: str) -> None:
    """Text that is no lockfile is an error that says which format was tried."""
    with pytest.raises(DeliveryError, match="lockfile"):
        lock("][", path)


def test_what_a_model_tells() -> None:
    """A model tells publisher, revision, formats, files and their digests."""
    body = {
        "id": "acme-ai/tax-small",
        "sha": "d" * 40,
        "author": "acme-ai",
        "revision": "main",
        "siblings": [
            {"rfilename": "model.safetensors", "size": 9, "lfs": {"sha256": "e" * 64, "size": 9}},
            {"rfilename": "loader.py", "size": 1},
        ],
    }
    event = parse("model_artifact", body, dict(SNAPSHOT))
    assert (str(event.entity), event.facts["publisher"], event.facts["revision"]) == (
        "model:acme-ai/tax-small",
        "acme-ai",
        "main",
    )
    assert (event.facts["format"], event.numbers["size_bytes"]) == (["safetensors", "py"], 10.0)
    assert event.facts["digest"] == ["d" * 40, f"model.safetensors@{'e' * 16}"]


def test_what_was_read_of_a_model() -> None:
    """What an upload tells of a model's files becomes facts, masked and bounded."""
    secret = "ghp_" + "Ab1" * 12
    artifact = Artifact("models/tax.pkl", 9, "e" * 64, "pickle", {"os.system": None, f"x.{secret}": None}, 2)
    event = parse("model_artifact", upload_of(artifact), dict(SNAPSHOT))
    assert str(event.entity) == "model:models/tax.pkl"
    assert (event.facts["format"], event.facts["model_import"]) == (["pickle"], ["os.system", "x.***"])
    assert (event.facts["digest"], event.numbers["model_calls"]) == ([f"models/tax.pkl@{'e' * 16}"], 2.0)
    body = {"id": "m", "read": [{"imports": ["a" * 5000] * 5000, "size": "x", "calls": None, "code": 5}]}
    assert len(str(parse("model_artifact", body, {}).facts)) < 2000


def test_a_replayed_event_keeps_what_it_pins() -> None:
    """Of an event somebody else made, packages are taken as a lockfile could tell them, and nothing beyond."""
    secret = "ghp_" + "Ab1" * 12
    event = lock(json.dumps(LOCK), "web/package-lock.json")
    body = json.loads(msgspec.json.encode(event))
    assert parse("event", body).snapshot == event.snapshot
    body["snapshot"]["pinned"] = [
        ["left-pad"],
        ["pkg:NPM/a@1", secret, f"x {secret}", "s" * 500],
        *[["pkg:npm/b"]] * 20_000,
    ]
    body["snapshot"]["place"] = f"a/{secret}"
    told = parse("event", body).snapshot
    assert isinstance(told, Packages)
    assert told.pinned[0] == Pinned("pkg:npm/a", "***", "x ***", "s" * 140)
    assert (len(told.pinned), told.place, told.is_cut) == (19_999, "a/***", True)
    body["snapshot"] = {"snapshot": "printed", "lines": [["x", secret]]}
    assert parse("event", body).snapshot is None


def test_normalised_events_pass() -> None:
    """An event somebody else made is taken as it is; what is none says what is missing."""
    event = parse("jenkins", {"name": "pay"})
    assert parse("event", json.loads(msgspec.json.encode(event))).id == event.id
    with pytest.raises(DeliveryError, match="missing"):
        parse("event", {"id": "1"})
