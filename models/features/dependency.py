"""What is depended on and published: packages, versions, registries, models."""

from __future__ import annotations

from collector.event import Kind
from models.features.feature import Feature, Measure

_DEPENDENCY = frozenset({Kind.DEPENDENCY})
_REPO = ("repo", "namespace", "population")

FEATURES = (
    Feature("package_of_repo", "package", "package", _REPO, "package {value} is new in {owner}", kinds=_DEPENDENCY),
    Feature(
        "package_in_organisation",
        "package",
        "package",
        ("population",),
        "package {value} is new in the whole organisation",
        kinds=_DEPENDENCY,
    ),
    Feature(
        "version_in_organisation",
        "package",
        "package_version",
        ("population",),
        "{value} is new in the organisation",
        kinds=_DEPENDENCY,
        cap=8.0,
    ),
    Feature(
        "registry_of_repo",
        "registry",
        "registry_host",
        _REPO,
        "packages of {owner} come from {value}; usual: {usual}",
        kinds=_DEPENDENCY,
    ),
    Feature(
        "install_script_in_organisation",
        "install_script",
        "install_script",
        ("population",),
        "{value} runs a script when installed; new in the organisation",
        kinds=_DEPENDENCY,
    ),
    Feature(
        "install_script_of_repo",
        "install_script",
        "install_script",
        _REPO,
        "{value} runs a script when installed; new in {owner}",
        kinds=_DEPENDENCY,
    ),
    Feature(
        "scope_in_organisation",
        "package",
        "scope",
        ("population",),
        "publisher {value} is new or rare in the organisation",
        kinds=_DEPENDENCY,
    ),
    Feature(
        "publisher_of_entity",
        "model",
        "publisher",
        ("entity", "population"),
        "published by {value}; usual for {owner}: {usual}",
        kinds=_DEPENDENCY,
    ),
    Feature(
        "format_of_entity",
        "model",
        "format",
        ("entity", "repo", "population"),
        "{owner} came as {value}; usual: {usual}",
        kinds=_DEPENDENCY,
    ),
    Feature(
        "digest_of_entity",
        "model",
        "digest",
        ("entity",),
        "{owner} has content {value}, not seen before under this name",
        kinds=_DEPENDENCY,
    ),
    Feature(
        "revision_of_entity",
        "model",
        "revision",
        ("entity", "population"),
        "{owner} at revision {value}; usual: {usual}",
        kinds=_DEPENDENCY,
    ),
    Feature(
        "version_shape_of_package",
        "release",
        "version_shape",
        ("entity", "repo", "population"),
        "a version of shape {value}; usual for {owner}: {usual}",
        kinds=_DEPENDENCY,
    ),
    Feature(
        "publisher_of_package",
        "release",
        "actor",
        ("entity", "repo"),
        "{value} published {owner}, never or rarely before",
        kinds=_DEPENDENCY,
    ),
    Feature(
        "size_of_entity",
        "size",
        "size_bytes",
        ("entity", "repo", "population"),
        "{owner} has {value} bytes; usual: {usual}",
        Measure.NUMBER,
        cap=8.0,
    ),
)
