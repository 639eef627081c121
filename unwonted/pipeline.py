"""What the variables of a CI system tell of the job that runs: the context of what a pipeline's step uploads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Environment = Mapping[str, str]

NAMES = ("repo", "workflow", "job", "run-id", "ref", "sha", "actor", "conclusion")
"""What can be told, as options call it; a header is `Unwonted-` and the name."""
_REMOTE = re.compile(r"(?:://[^/]{1,255}/|@[^:/]{1,255}:)(?P<path>[^?#]{1,300}?)(?:\.git)?/?$")
_MAX_VALUE = 500


def context_of(environ: Environment) -> dict[str, str]:
    """Return what is known of the running job, by the names of `NAMES`; empty outside of a known CI system.

    >>> context_of({"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/pay", "GITHUB_JOB": "build"})
    {'repo': 'acme/pay', 'job': 'build'}
    """
    reader = next((reader for variable, reader in _SYSTEMS if environ.get(variable)), None)
    told = reader(environ) if reader else {}
    return {name: value for name, value in told.items() if value}


def headers_of(told: Mapping[str, str]) -> dict[str, str]:
    r"""Return the headers that carry a context; what cannot stand in a header is left out of its value.

    >>> headers_of({"run-id": "47\n11"})
    {'Unwonted-Run-Id': '4711'}
    """
    return {f"Unwonted-{name.title()}": plain for name, value in told.items() if (plain := _plain(value))}


def _plain(value: str) -> str:
    """Return a value as a header can hold it: one line, and Latin-1 as HTTP has it."""
    kept = "".join(character for character in value if character.isprintable())
    return kept.encode("latin-1", "replace").decode("latin-1").strip()[:_MAX_VALUE]


def _github(environ: Environment) -> dict[str, str]:
    return {
        "repo": environ.get("GITHUB_REPOSITORY", ""),
        "workflow": environ.get("GITHUB_WORKFLOW", ""),
        "job": environ.get("GITHUB_JOB", ""),
        "run-id": environ.get("GITHUB_RUN_ID", ""),
        "ref": environ.get("GITHUB_REF", ""),
        "sha": environ.get("GITHUB_SHA", ""),
        "actor": environ.get("GITHUB_TRIGGERING_ACTOR") or environ.get("GITHUB_ACTOR", ""),
    }


def _gitlab(environ: Environment) -> dict[str, str]:
    tag, branch = environ.get("CI_COMMIT_TAG", ""), environ.get("CI_COMMIT_REF_NAME", "")
    return {
        "repo": environ.get("CI_PROJECT_PATH", ""),
        "workflow": ".gitlab-ci.yml",  # as GitLab's webhooks are read: a project has one
        "job": environ.get("CI_JOB_NAME", ""),
        "run-id": environ.get("CI_PIPELINE_ID", ""),
        "ref": f"refs/tags/{tag}" if tag else branch and f"refs/heads/{branch}",
        "sha": environ.get("CI_COMMIT_SHA", ""),
        "actor": environ.get("GITLAB_USER_LOGIN", ""),
        "conclusion": status if (status := environ.get("CI_JOB_STATUS", "")) != "running" else "",
    }


def _jenkins(environ: Environment) -> dict[str, str]:
    tag = environ.get("TAG_NAME", "")
    branch = environ.get("BRANCH_NAME") or environ.get("GIT_BRANCH", "").removeprefix("origin/")
    remote = _REMOTE.search(environ.get("GIT_URL", ""))
    return {
        "repo": remote["path"] if remote else "",
        "workflow": environ.get("JOB_NAME", ""),
        "job": environ.get("STAGE_NAME") or environ.get("JOB_BASE_NAME", ""),
        "run-id": environ.get("BUILD_NUMBER") or environ.get("BUILD_ID", ""),
        "ref": f"refs/tags/{tag}" if tag else branch and f"refs/heads/{branch}",
        "sha": environ.get("GIT_COMMIT", ""),
        "actor": environ.get("BUILD_USER_ID") or environ.get("CHANGE_AUTHOR", ""),
    }


_SYSTEMS: tuple[tuple[str, Callable[[Environment], dict[str, str]]], ...] = (
    ("GITHUB_ACTIONS", _github),  # Gitea and Forgejo set it too
    ("GITLAB_CI", _gitlab),
    ("JENKINS_URL", _jenkins),
)
"""The variable that tells each system, and its reader."""
