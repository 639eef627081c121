"""Zones: what part of a repository a path belongs to, by what a change there can do."""

from __future__ import annotations

import re
from functools import lru_cache

ZONES = ("ci", "hook", "agent", "lock", "manifest", "build", "binary", "media", "test", "docs", "config", "source")
"""In order of precedence: a path that fits several belongs to the first."""


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CI_NAMES = _names(
    """.gitlab-ci.yml .gitlab-ci.yaml .travis.yml appveyor.yml .appveyor.yml azure-pipelines.yml azure-pipelines.yaml
    bitbucket-pipelines.yml jenkinsfile .drone.yml .drone.yaml .woodpecker.yml .cirrus.yml cloudbuild.yaml
    cloudbuild.yml buildspec.yml buildspec.yaml .semaphore.yml wercker.yml codefresh.yml bors.toml codeowners
    dependabot.yml dependabot.yaml renovate.json renovate.json5 .renovaterc .renovaterc.json .mergify.yml
    .goreleaser.yml .goreleaser.yaml .releaserc .releaserc.json action.yml action.yaml circle.yml .readthedocs.yml
    .readthedocs.yaml netlify.toml vercel.json"""
)
_CI_FOLDERS = re.compile(
    r"(?:^|/)\.github/(?:workflows|actions|scripts)/|^\.(?:circleci|buildkite|woodpecker|semaphore|tekton|drone|teamcity|gitlab)/"
    r"|(?:^|/)\.(?:circleci|buildkite|gitlab/ci)/|(?:^|/)jenkinsfile[^/]*$|(?:^|/)[^/]+\.jenkinsfile$|\.gitlab-ci\.ya?ml$"
)
_HOOK_NAMES = _names(
    """.pre-commit-config.yaml .pre-commit-config.yml .pre-commit-hooks.yaml lefthook.yml lefthook.yaml .lefthook.yml
    .huskyrc .huskyrc.json .lintstagedrc .lintstagedrc.json lint-staged.config.js .gitattributes .gitmodules .envrc
    .npmrc .yarnrc .yarnrc.yml .pypirc pip.conf .pnp.cjs .pnp.js .pnpmfile.cjs sitecustomize.py usercustomize.py
    conftest.py overcommit.yml .overcommit.yml"""
)
"""Files whose mere presence makes a tool run something or fetch it from somewhere else."""
_HOOK_FOLDERS = re.compile(
    r"(?:^|/)(?:\.husky|\.githooks|githooks|\.git-hooks|git-hooks|\.git_hooks|\.devcontainer)/"
    r"|(?:^|/)\.vscode/(?:tasks|settings|launch)\.json$|(?:^|/)\.yarn/(?:plugins|releases)/|(?:^|/)\.idea/runconfigurations/"
)
_AGENT_NAMES = _names(
    """claude.md claude.local.md agents.md agent.md gemini.md skill.md .cursorrules .windsurfrules .clinerules
    .roorules .goosehints .mcp.json mcp.json copilot-instructions.md .aider.conf.yml .rules llms.txt"""
)
_AGENT_FOLDERS = re.compile(
    r"(?:^|/)\.(?:claude|cursor|windsurf|gemini|codex|roo|cline|clinerules|continue|aider|junie|kiro|opencode|amazonq)/"
    r"|(?:^|/)\.github/(?:prompts|instructions|chatmodes|agents)/|(?:^|/)\.vscode/mcp\.json$"
)
_LOCK_NAMES = _names(
    """package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb poetry.lock uv.lock pdm.lock
    pipfile.lock pylock.toml conda-lock.yml cargo.lock go.sum go.work.sum gemfile.lock composer.lock mix.lock
    pubspec.lock packages.lock.json podfile.lock cartfile.resolved package.resolved gradle.lockfile flake.lock
    deno.lock pixi.lock stack.yaml.lock cabal.project.freeze rebar.lock module.bazel.lock conan.lock chart.lock
    verification-metadata.xml .terraform.lock.hcl project.assets.json"""
)
_MANIFEST_NAMES = _names(
    """package.json pyproject.toml setup.py setup.cfg pipfile cargo.toml go.mod go.work gemfile composer.json mix.exs
    pubspec.yaml pom.xml build.gradle build.gradle.kts settings.gradle settings.gradle.kts podfile cartfile
    package.swift environment.yml environment.yaml deno.json deno.jsonc jsr.json lerna.json pnpm-workspace.yaml
    vcpkg.json conanfile.txt conanfile.py meta.yaml chart.yaml bower.json project.clj build.sbt deps.edn shard.yml
    rebar.config stack.yaml dune-project description makefile.pl build.pl cpanfile directory.packages.props
    packages.config nuget.config libs.versions.toml galaxy.yml workspace module.bazel workspace.bazel"""
)
_MANIFEST_PATTERN = re.compile(
    r"(?:^|/)(?:requirements|constraints|dev-requirements|test-requirements)[^/]*\.(?:txt|in)$|(?:^|/)requirements/[^/]+\.(?:txt|in)$"
    r"|\.(?:gemspec|podspec|cabal|nuspec|csproj|fsproj|vbproj|opam|rockspec)$"
)
_BUILD_NAMES = _names(
    """makefile gnumakefile cmakelists.txt configure configure.ac configure.in makefile.am makefile.in dockerfile
    containerfile docker-compose.yml docker-compose.yaml compose.yml compose.yaml rakefile gruntfile.js gulpfile.js
    gulpfile.ts webpack.config.js rollup.config.js rollup.config.mjs vite.config.js vite.config.ts babel.config.js
    esbuild.js justfile taskfile.yml taskfile.yaml tox.ini noxfile.py build.rs build.xml build.zig meson.build
    meson_options.txt sconstruct sconscript wscript binding.gyp buck pants.toml bootstrap autogen.sh gradlew
    gradlew.bat mvnw mvnw.cmd gradle.properties install.sh setup.sh build.sh release.sh publish.sh deploy.sh
    entrypoint.sh install.ps1 build.ps1 build install.js preinstall.js postinstall.js earthfile magefile.go
    skaffold.yaml flake.nix default.nix shell.nix procfile vagrantfile fastfile ltmain.sh config.guess config.sub
    libtool aclocal.m4 build.bazel"""
)
_BUILD_PATTERN = re.compile(
    r"(?:^|/)(?:dockerfile|makefile|containerfile)[._-][^/]+$|\.(?:dockerfile|mk|mak|cmake|m4|gradle|bzl|bazel|sh|bash|zsh|ps1|bat|cmd|nix|am|ac)$"
    r"|(?:^|/)(?:build-aux|buildscripts|build-scripts|m4|cmake|packaging|debian|rpm)/|(?:^|/)buildsrc/|(?:^|/)gradle/wrapper/"
    r"|(?:^|/)_?(?:pre|post)?install\.[cm]?js$|(?:^|/)(?:\.?ci|hack|scripts)/[^/]+\.(?:[cm]?[jt]s|go|p[ly]|rb)$"
)
_BINARY = re.compile(
    r"\.(?:exe|dll|so|dylib|a|o|obj|lib|jar|war|ear|class|pyc|pyo|pyd|whl|egg|gem|nupkg|deb|rpm|apk|ipa|msi|dmg|pkg|bin|"
    r"dat|wasm|node|zip|tar|tgz|gz|bz2|xz|lzma|lz|zst|7z|rar|iso|img|pickle|pkl|pt|pth|ckpt|onnx|h5|safetensors|gguf|npy|"
    r"npz|joblib|parquet|sqlite|db|docm|xlsm|crx|xpi|vsix|keystore|jks|p12|pfx)$|\.so\.[0-9.]+$"
)
_MEDIA = re.compile(
    r"\.(?:png|jpe?g|gif|ico|webp|avif|bmp|tiff?|pdf|woff2?|ttf|otf|eot|mp[34]|mov|avi|wav|ogg|webm|psd|docx?|xlsx?|pptx?)$"
)
"""What people look at or listen to; no tool runs or unpacks it."""
_TEST = re.compile(
    r"(?:^|/)(?:tests?|testing|testdata|__tests__|spec|specs|e2e|fixtures?|__fixtures__|__snapshots__|mocks?|__mocks__|testsuite|cypress)/"
    r"|(?:^|/)test_[^/]+$|(?:_test|_spec|\.test|\.spec|tests?)\.[a-z0-9]+$"
)
_DOCS = re.compile(
    r"(?:^|/)(?:docs?|documentation|man|wiki|website|examples?|changelog\.d|changes)/|\.(?:md|mdx|rst|adoc|asciidoc|txt|tex|pod|org|[1-9])$"
    r"|(?:^|/)(?:readme|license|licence|copying|authors|contributors|maintainers|changelog|changes|news|notice|contributing|"
    r"code_of_conduct|security|thanks|todo|history|credits|install|citation)(?:\.[a-z]+)?$|(?:^|/)\.github/(?:issue_template|pull_request_template)"
)
_CONFIG = re.compile(
    r"\.(?:ya?ml|json|json5|jsonc|toml|ini|cfg|conf|config|properties|xml|plist|env|lock|props|targets|editorconfig|tf|tfvars|hcl|"
    r"service|pbtxt|csv|tsv|po|pot|svg)$|(?:^|/)\.[^/]+$|(?:^|/)\.env[^/]*$|\.[a-z]+rc$"
)
_LAST: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("manifest", _MANIFEST_PATTERN),
    ("binary", _BINARY),
    ("media", _MEDIA),
    ("test", _TEST),
    ("build", _BUILD_PATTERN),
    ("docs", _DOCS),
    ("config", _CONFIG),
)
_NAMES = (
    ("ci", _CI_NAMES),
    ("hook", _HOOK_NAMES),
    ("agent", _AGENT_NAMES),
    ("lock", _LOCK_NAMES),
    ("manifest", _MANIFEST_NAMES),
    ("build", _BUILD_NAMES),
)
_NAMED = {name: zone for zone, names in reversed(_NAMES) for name in names}
_FOLDERS = (("ci", _CI_FOLDERS), ("hook", _HOOK_FOLDERS), ("agent", _AGENT_FOLDERS))


@lru_cache(maxsize=65536)
def zone_of(path: str) -> str:
    """Return the zone of a path; any text is accepted, and what fits nothing is source.

    >>> [zone_of(p) for p in (".github/workflows/ci.yml", ".husky/pre-commit", "CLAUDE.md", "web/yarn.lock")]
    ['ci', 'hook', 'agent', 'lock']
    >>> [zone_of(p) for p in ("package.json", "Makefile", "lib/x.so.1", "tests/test_a.py", "README.md", "src/a.py")]
    ['manifest', 'build', 'binary', 'test', 'docs', 'source']
    """
    folded = path[-1024:].lower().lstrip("/")
    for zone, folders in _FOLDERS:
        if folders.search(folded):
            return zone
    named = _NAMED.get(folded.rsplit("/", 1)[-1])
    if named:
        return named
    return next((zone for zone, pattern in _LAST if pattern.search(folded)), "source")
