"""The sources: one file per system, and the registry that finds them by name."""

from __future__ import annotations

from collector.sources import (
    action_refs,
    azure_devops,
    bitbucket_webhook,
    buildkite,
    cdevents,
    circleci_webhook,
    cloudevents,
    cloudtrail,
    event,
    gitea_webhook,
    github_audit,
    github_webhook,
    gitlab_audit,
    gitlab_webhook,
    hec,
    jenkins,
    joblog,
    kubernetes_audit,
    lockfile,
    model_artifact,
    osv,
    sbom,
)
from collector.sources.plain import plain_source
from collector.sources.source import Context, Source

SOURCES: dict[str, Source] = {
    module.SOURCE.name: module.SOURCE
    for module in (
        github_webhook,
        github_audit,
        gitlab_webhook,
        gitlab_audit,
        bitbucket_webhook,
        gitea_webhook,
        azure_devops,
        buildkite,
        circleci_webhook,
        cloudtrail,
        kubernetes_audit,
        joblog,
        lockfile,
        sbom,
        action_refs,
        osv,
        model_artifact,
        jenkins,
        cdevents,
        cloudevents,
        hec,
        event,
    )
}
"""Every source that has a reader, by its name in recordings."""


def source_named(name: str) -> Source:
    """Return the source of a name; one without a reader makes plain events."""
    found = SOURCES.get(name)
    return found if found is not None else plain_source(name)


__all__ = ["SOURCES", "Context", "Source", "source_named"]
