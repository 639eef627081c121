"""What each format tells of a package: name, version, host, checksum, direct or transitive, and scripts it runs."""

from __future__ import annotations

import pytest

from collector.lockfiles import Package, read_lockfile

SHA1, SHA256 = "0123456789abcdef0123456789abcdef01234567", "ab" * 32
SRI = "sha512-" + "A" * 86 + "=="

NPM = f"""{{
 "lockfileVersion": 3,
 "packages": {{
  "": {{"name": "pay", "workspaces": ["web"], "dependencies": {{"a": "^1", "alias": "npm:real@^2"}}}},
  "web": {{"dependencies": {{"c": "^3"}}, "devDependencies": {{"a": "^9"}}}},
  "node_modules/web": {{"resolved": "web", "link": true}},
  "node_modules/a": {{"version": "1.0.0", "resolved": "https://npm.example/a.tgz", "integrity": "{SRI}"}},
  "node_modules/alias": {{"name": "real", "version": "2.0.0", "hasInstallScript": true}},
  "node_modules/b": {{"version": "5.0.0", "resolved": "git+ssh://git@code.example/x/b.git#{SHA1}"}},
  "node_modules/c": {{"version": "3.0.0"}},
  "web/node_modules/a": {{"version": "9.0.0"}}
 }}
}}"""
PNPM = f"""lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a: {{specifier: ^1.0.0, version: 1.0.0(peer@2.0.0)}}
    devDependencies:
      '@s/b': {{specifier: ^2.0.0, version: 2.0.0}}
packages:
  a@1.0.0:
    resolution: {{integrity: {SRI}}}
  '@s/b@2.0.0':
    resolution: {{tarball: https://files.example/b.tgz}}
  c@3.0.0:
    resolution: {{integrity: {SRI}}}
    requiresBuild: true
"""
PNPM_5 = f"""lockfileVersion: 5.4
dependencies: {{a: 1.0.0_peer@2.0.0}}
packages:
  /a/1.0.0_peer@2.0.0:
    resolution: {{integrity: {SRI}}}
  code.example/x/d/{SHA1}:
    resolution: {{type: git, repo: https://code.example/x/d, commit: {SHA1}}}
    name: d
    version: 4.0.0
"""
YARN_1 = f"""# yarn lockfile v1


a@^1.0.0:
  version "1.0.0"
  resolved "https://npm.example/a/-/a-1.0.0.tgz#{SHA1}"

"@s/b@^2.0.0", "@s/b@^2.1.0":
  version "2.1.0"
  resolved "https://npm.example/@s/b.tgz#{SHA1}"
  integrity {SRI}
"""
YARN_2 = f"""__metadata:
  version: 8
  cacheKey: 10c0

"pay@workspace:.":
  version: 0.0.0-use.local
  resolution: "pay@workspace:."
  dependencies:
    a: "npm:^1.0.0"
  languageName: unknown

"a@npm:^1.0.0":
  version: 1.0.0
  resolution: "a@npm:1.0.0"
  dependencies:
    b: "npm:^2.0.0"
  checksum: 10c0/{"ab" * 64}

"b@npm:^2.0.0, b@npm:^2.1.0":
  version: 2.1.0
  resolution: "b@npm:2.1.0"
"""
BUN = f"""{{
  "lockfileVersion": 1,
  "workspaces": {{"": {{"name": "pay", "dependencies": {{"a": "^1"}}}},}},
  "trustedDependencies": ["b"],
  "packages": {{
    "a": ["a@1.0.0", "", {{}}, "{SRI}"],
    "b": ["b@2.0.0", "https://npm.example/b.tgz", {{}}, "{SRI}"],
    "c": ["c@github:x/c#0123abc", {{}}, "x-c-0123abc"],
    "web": ["web@workspace:web"],
  }},
}}"""
UV = f"""version = 1
requires-python = ">=3.11"

[[package]]
name = "pay"
version = "0.1.0"
source = {{ editable = "." }}
dependencies = [{{ name = "a" }}]

[package.dev-dependencies]
dev = [{{ name = "b" }}]

[[package]]
name = "a"
version = "1.0.0"
source = {{ registry = "https://index.example/simple" }}
sdist = {{ url = "https://files.example/a-1.0.0.tar.gz", hash = "sha256:{SHA256}" }}
wheels = [{{ url = "https://files.example/a-1.0.0-py3-none-any.whl", hash = "sha256:{"00" * 32}" }}]

[[package]]
name = "b"
version = "2.0.0"
source = {{ git = "https://code.example/x/b?rev=main#{SHA1}" }}

[[package]]
name = "c"
version = "3.0.0"
source = {{ registry = "https://index.example/simple" }}
wheels = [
  {{ url = "https://files.example/c-1.whl", hash = "sha256:{"cd" * 32}" }},
  {{ url = "https://evil.example/c-2.whl", hash = "sha256:{"bc" * 32}" }},
]
"""
POETRY = f"""[[package]]
name = "a"
version = "1.0.0"
python-versions = "*"
files = [
    {{file = "a-1.0.0.tar.gz", hash = "sha256:{SHA256}"}},
    {{file = "a-1.0.0.whl", hash = "sha256:{"00" * 32}"}},
]

[[package]]
name = "b"
version = "2.0.0"
files = []

[package.source]
type = "git"
url = "https://code.example/x/b.git"
resolved_reference = "{SHA1}"

[[package]]
name = "here"
version = "0"

[package.source]
type = "directory"
url = "."

[metadata]
content-hash = "x"
"""
PDM = f"""[[package]]
name = "a"
version = "1.0.0"
files = [{{url = "https://files.example/a.whl", hash = "sha256:{SHA256}"}}]

[[package]]
name = "b"
version = "2.0.0"
git = "https://code.example/x/b.git"
revision = "{SHA1}"

[[package]]
name = "here"
version = "0"
path = "./here"
"""
PYLOCK = f"""lock-version = "1.0"

[[packages]]
name = "a"
version = "1.0.0"
wheels = [{{url = "https://files.example/a.whl", hashes = {{sha256 = "{SHA256}"}}}}]

[[packages]]
name = "b"
vcs = {{type = "git", url = "https://code.example/x/b", commit-id = "{SHA1}"}}

[[packages]]
name = "here"
directory = {{path = "."}}
"""
PIPFILE = f"""{{"_meta": {{}}, "default": {{
  "a": {{"version": "==1.0.0", "hashes": ["sha256:{"ff" * 32}", "sha256:{SHA256}"]}},
  "b": {{"git": "https://code.example/x/b.git", "ref": "{SHA1}"}}}}}}"""
REQUIREMENTS = f"""# written by hand
--index-url https://mona:hunter22@index.example/simple
-r base.txt
-c constraints.txt
a[extra]==1.0.0 ; python_version > "3" \\
    --hash=sha256:{"ff" * 32} \\
    --hash=sha256:{SHA256}
b @ git+https://code.example/x/b@{SHA1}
c>=3,<4
d==4.*
-e git+https://code.example/x/e@{SHA1}#egg=e
-e .
https://files.example/f-1.0.whl
"""
COMPILED = """# This file was autogenerated
a==1.0.0
    # via -r requirements.in
b==2.0.0
    # via
    #   a
    #   c
c==3.0.0  # via -r requirements.in
"""
GO_MOD = """module example.com/pay

go 1.24

require (
	a.example/a v1.0.0
	b.example/b/v2 v2.0.0 // indirect
	c.example/c v3.0.0
	d.example/d v4.0.0
)
require e.example/e v5.0.0+incompatible
replace c.example/c => fork.example/c v3.0.1
replace d.example/d v4.0.0 => ../d
"""
GO_SUM = """a.example/a v1.0.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
a.example/a v1.0.0/go.mod h1:BBBB=
b.example/b v0.9.0/go.mod h1:CCCC=
"""
CARGO = f"""version = 4

[[package]]
name = "pay"
version = "0.1.0"
dependencies = ["a", "b 2.0.0"]

[[package]]
name = "a"
version = "1.0.0"
source = "registry+https://index.example/crates"
checksum = "{SHA256}"

[[package]]
name = "b"
version = "2.0.0"
source = "git+https://code.example/x/b?branch=main#{SHA1}"

[[package]]
name = "b"
version = "1.0.0"
source = "registry+https://index.example/crates"
"""
GEMFILE = f"""GIT
  remote: https://code.example/x/b.git
  revision: {SHA1}
  specs:
    b (2.0.0)

GEM
  remote: https://gems.example/
  specs:
    a (1.0.0-x86_64-linux)
      c (>= 3)
    c (3.0.0)

PLATFORMS
  ruby

DEPENDENCIES
  a (~> 1.0)
  b!

CHECKSUMS
  a (1.0.0-x86_64-linux) sha256={SHA256}
"""
COMPOSER = f"""{{"content-hash": "x", "packages": [
  {{"name": "s/a", "version": "v1.0.0", "dist": {{"url": "https://files.example/a.zip", "shasum": "{SHA1}"}}}},
  {{"name": "s/b", "version": "2.0.0", "type": "composer-plugin",
    "source": {{"url": "https://code.example/b.git", "reference": "{SHA1}"}}}}], "packages-dev": []}}"""
NUGET = f"""{{"version": 1, "dependencies": {{"net8.0": {{
  "A": {{"type": "Direct", "resolved": "1.0.0", "contentHash": "{"A" * 86}=="}},
  "B": {{"type": "Transitive", "resolved": "2.0.0"}},
  "Pay.Core": {{"type": "Project"}}}}}}}}"""
GRADLE = "# This is a Gradle generated file\norg.example:a:1.0.0=compileClasspath\nempty=runtime\n"
PUB = f"""packages:
  a:
    dependency: "direct main"
    description: {{name: a, sha256: {SHA256}, url: "https://pub.example"}}
    version: "1.0.0"
  b:
    dependency: transitive
    description: {{url: "https://code.example/b.git", resolved-ref: {SHA1}}}
    version: "2.0.0"
"""
MIX = f"""%{{
  "a": {{:hex, :a, "1.0.0", "{SHA256}", [:mix], [], "hexpm", "{SHA256}"}},
  "b": {{:git, "https://code.example/x/b.git", "{SHA1}", []}},
}}
"""
CASES = {
    "web/package-lock.json": (
        NPM,
        [
            Package("a", "1.0.0", "npm.example", SRI, is_direct=True),
            Package("real", "2.0.0", is_direct=True, runs_script=True),
            Package("b", "5.0.0", "code.example", SHA1, is_direct=False),
            Package("c", "3.0.0", is_direct=True),
            Package("a", "9.0.0", is_direct=True),
        ],
    ),
    "pnpm-lock.yaml": (
        PNPM,
        [
            Package("a", "1.0.0", "", SRI, is_direct=True),
            Package("@s/b", "2.0.0", "files.example", is_direct=True),
            Package("c", "3.0.0", "", SRI, is_direct=False, runs_script=True),
        ],
    ),
    "old/pnpm-lock.yaml": (
        PNPM_5,
        [
            Package("a", "1.0.0", "", SRI, is_direct=True),
            Package("d", "4.0.0", "code.example", SHA1, is_direct=False),
        ],
    ),
    "yarn.lock": (
        YARN_1,
        [Package("a", "1.0.0", "npm.example", f"sha1-{SHA1}"), Package("@s/b", "2.1.0", "npm.example", SRI)],
    ),
    "berry/yarn.lock": (
        YARN_2,
        [
            Package("a", "1.0.0", "", f"sha512-{'ab' * 64}", is_direct=True),
            Package("b", "2.1.0", is_direct=False),
        ],
    ),
    "bun.lock": (
        BUN,
        [
            Package("a", "1.0.0", "", SRI, is_direct=True),
            Package("b", "2.0.0", "npm.example", SRI, is_direct=False, runs_script=True),
            Package("c", is_direct=False),
        ],
    ),
    "uv.lock": (
        UV,
        [
            Package("a", "1.0.0", "files.example", f"sha256-{SHA256}", is_direct=True),
            Package("b", "2.0.0", "code.example", SHA1, is_direct=True),
            Package("c", "3.0.0", "evil.example, files.example", f"sha256-{'bc' * 32}", is_direct=False),
        ],
    ),
    "poetry.lock": (
        POETRY,
        [Package("a", "1.0.0", "", f"sha256-{SHA256}"), Package("b", "2.0.0", "code.example", SHA1)],
    ),
    "pdm.lock": (
        PDM,
        [Package("a", "1.0.0", "files.example", f"sha256-{SHA256}"), Package("b", "2.0.0", "code.example", SHA1)],
    ),
    "pylock.dev.toml": (
        PYLOCK,
        [Package("a", "1.0.0", "files.example", f"sha256-{SHA256}"), Package("b", "", "code.example", SHA1)],
    ),
    "Pipfile.lock": (
        PIPFILE,
        [Package("a", "1.0.0", "", f"sha256-{SHA256}"), Package("b", "", "code.example", SHA1)],
    ),
    "requirements-dev.txt": (
        REQUIREMENTS,
        [
            Package("a", "1.0.0", "index.example", f"sha256-{SHA256}", is_direct=True),
            Package("b", "", "code.example", SHA1, is_direct=True),
            Package("c", "", "index.example", is_direct=True),
            Package("d", "", "index.example", is_direct=True),
            Package("e", "", "code.example", SHA1, is_direct=True),
        ],
    ),
    "requirements/compiled.txt": (
        COMPILED,
        [
            Package("a", "1.0.0", is_direct=True),
            Package("b", "2.0.0", is_direct=False),
            Package("c", "3.0.0", is_direct=True),
        ],
    ),
    "go.mod": (
        GO_MOD,
        [
            Package("a.example/a", "1.0.0", is_direct=True),
            Package("b.example/b/v2", "2.0.0", is_direct=False),
            Package("fork.example/c", "3.0.1", is_direct=True),
            Package("e.example/e", "5.0.0+incompatible", is_direct=True),
        ],
    ),
    "go.sum": (GO_SUM, [Package("a.example/a", "1.0.0", "", f"h1-{'A' * 43}=")]),
    "Cargo.lock": (
        CARGO,
        [
            Package("pay", "0.1.0", is_direct=False),
            Package("a", "1.0.0", "index.example", f"sha256-{SHA256}", is_direct=True),
            Package("b", "2.0.0", "code.example", SHA1, is_direct=True),
            Package("b", "1.0.0", "index.example", is_direct=False),
        ],
    ),
    "Gemfile.lock": (
        GEMFILE,
        [
            Package("b", "2.0.0", "code.example", SHA1, is_direct=True),
            Package("a", "1.0.0", "gems.example", f"sha256-{SHA256}", is_direct=True),
            Package("c", "3.0.0", "gems.example", is_direct=False),
        ],
    ),
    "composer.lock": (
        COMPOSER,
        [
            Package("s/a", "v1.0.0", "files.example", f"sha1-{SHA1}"),
            Package("s/b", "2.0.0", "code.example", SHA1, runs_script=True),
        ],
    ),
    "packages.lock.json": (
        NUGET,
        [Package("A", "1.0.0", "", f"sha512-{'A' * 86}==", is_direct=True), Package("B", "2.0.0", is_direct=False)],
    ),
    "gradle.lockfile": (GRADLE, [Package("org.example:a", "1.0.0")]),
    "pubspec.lock": (
        PUB,
        [
            Package("a", "1.0.0", "pub.example", f"sha256-{SHA256}", is_direct=True),
            Package("b", "2.0.0", "code.example", SHA1, is_direct=False),
        ],
    ),
    "mix.lock": (MIX, [Package("a", "1.0.0", "", f"sha256-{SHA256}"), Package("b", "", "code.example", SHA1)]),
}


@pytest.mark.parametrize("path", CASES)
def test_what_a_format_tells(path: str) -> None:
    """Each format gives all that it tells of each package, and leaves out what belongs to the project itself."""
    text, packages = CASES[path]
    assert read_lockfile(path, text).packages == packages


@pytest.mark.parametrize(
    "tail",
    ["a@1.0.0:\n    dependencies: {b: 2}\n", "x: [\n", "packages: {z@1.0.0: {}}\n", '"packages": {z@1.0.0: {}}\n'],
)
def test_the_second_half_of_pnpm(tail: str) -> None:
    """What stands behind the pins is passed over, unless it could be pins, or what is before it is not whole."""
    packages = CASES["pnpm-lock.yaml"][1]
    text = f"{PNPM}snapshots:\n{tail}"
    if "z@1.0.0" in tail:
        assert [package.name for package in read_lockfile("pnpm-lock.yaml", text).packages] == ["z"]
    else:
        assert read_lockfile("pnpm-lock.yaml", text).packages == packages
    quoted = f'{PNPM}note: "\nsnapshots:\n  x"\n'
    assert read_lockfile("pnpm-lock.yaml", quoted).packages == packages


@pytest.mark.parametrize("path", CASES)
def test_line_ends_and_marks(path: str) -> None:
    """Line ends of Windows and a byte order mark change nothing."""
    text, packages = CASES[path]
    assert read_lockfile(path, "\ufeff" + text.replace("\n", "\r\n")).packages == packages


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("web/package-lock.json", "npm"),
        ("pnpm-lock.yaml", "pnpm"),
        ("yarn.lock", "yarn"),
        ("uv.lock", "uv"),
        ("poetry.lock", "poetry"),
        ("pylock.dev.toml", "pylock"),
        ("Pipfile.lock", "pipfile"),
        ("requirements/compiled.txt", "requirements"),
        ("go.mod", "go.mod"),
        ("go.sum", "go.sum"),
        ("Cargo.lock", "cargo"),
        ("Gemfile.lock", "gemfile"),
        ("composer.lock", "composer"),
        ("packages.lock.json", "nuget"),
        ("gradle.lockfile", "gradle"),
        ("mix.lock", "mix"),
    ],
)
def test_without_a_name(path: str, form: str) -> None:
    """Text without a file's name is told by its first lines."""
    text = {**{name: case[0] for name, case in CASES.items()}, "Gemfile.lock": GEMFILE[GEMFILE.index("GEM") :]}[path]
    assert read_lockfile("", text).form == form
