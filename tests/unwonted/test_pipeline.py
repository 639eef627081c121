"""The context of a job, from the variables of the CI system it runs in."""

from __future__ import annotations

import pytest

from unwonted.pipeline import NAMES, context_of, headers_of

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "acme/pay",
    "GITHUB_WORKFLOW": "CI",
    "GITHUB_JOB": "build",
    "GITHUB_RUN_ID": "4711",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_SHA": "a" * 40,
    "GITHUB_ACTOR": "mona",
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_PROJECT_PATH": "acme/pay",
    "CI_JOB_NAME": "build",
    "CI_PIPELINE_ID": "4711",
    "CI_COMMIT_REF_NAME": "main",
    "CI_COMMIT_SHA": "a" * 40,
    "GITLAB_USER_LOGIN": "mona",
}
JENKINS = {
    "JENKINS_URL": "https://ci.acme.example/",
    "GIT_URL": "git@code.acme.example:acme/pay.git",
    "JOB_NAME": "CI",
    "STAGE_NAME": "build",
    "BUILD_NUMBER": "4711",
    "GIT_BRANCH": "origin/main",
    "GIT_COMMIT": "a" * 40,
    "BUILD_USER_ID": "mona",
}


@pytest.mark.parametrize(
    ("environ", "workflow"),
    [(GITHUB, "CI"), (GITLAB, ".gitlab-ci.yml"), (JENKINS, "CI")],
    ids=["hub", "lab", "jenkins"],
)
def test_each_system_tells_the_same(environ: dict[str, str], workflow: str) -> None:
    """Every system tells who ran what, in one set of words."""
    told = ("acme/pay", workflow, "build", "4711", "refs/heads/main", "a" * 40, "mona")
    assert context_of(environ) == dict(zip(NAMES, told, strict=False))


@pytest.mark.parametrize(("status", "told"), [("success", "success"), ("failed", "failed"), ("running", "")])
def test_a_step_after_the_script_knows_how_the_job_ended(status: str, told: str) -> None:
    """GitLab tells it there, and nowhere else."""
    assert context_of({**GITLAB, "CI_JOB_STATUS": status}).get("conclusion", "") == told


@pytest.mark.parametrize(
    "environ", [{**GITLAB, "CI_COMMIT_TAG": "v1", "CI_COMMIT_REF_NAME": "v1"}, {**JENKINS, "TAG_NAME": "v1"}]
)
def test_a_tag_is_no_branch(environ: dict[str, str]) -> None:
    """What runs for a tag says so."""
    assert context_of(environ)["ref"] == "refs/tags/v1"


@pytest.mark.parametrize("remote", ["https://code.acme.example/acme/pay.git", "ssh://git@code.acme.example/acme/pay"])
def test_jenkins_repository_is_its_remotes_path(remote: str) -> None:
    """Jenkins knows no repository but the address it fetches from."""
    assert context_of({**JENKINS, "GIT_URL": remote})["repo"] == "acme/pay"


def test_outside_of_a_pipeline_nothing_is_known() -> None:
    """On a laptop only options tell."""
    assert context_of({"HOME": "/root"}) == {}


def test_headers_cannot_be_broken() -> None:
    """A branch or job name with odd characters is one header still."""
    assert headers_of({"ref": "a\r\nX-Evil: 1", "job": "täst ✓", "sha": ""}) == {
        "Unwonted-Ref": "aX-Evil: 1",
        "Unwonted-Job": "täst ?",
    }
