"""Objects of kinds that operators define are what the operators' schemas say; planted faults are found."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.k8s.built import EXAMPLE, Manifest, name_of, of_kind
from tests.k8s.test_valid import CUSTOM

pytestmark = pytest.mark.conformance

OURS = of_kind(EXAMPLE, *sorted(CUSTOM))


def faults_in(manifest: Manifest, corpora: Path) -> list[str]:
    """Return where an object is not what its kind's schema says, and why."""
    group, version = manifest["apiVersion"].split("/")
    path = corpora / "crd_schemas" / group / f"{manifest['kind'].lower()}_{version}.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    found = Draft202012Validator(_strict(schema)).iter_errors(manifest)
    return [f"{'.'.join(str(part) for part in error.absolute_path)}: {error.message}" for error in found]


def _strict(schema: Any) -> Any:
    """Return a schema by which no object has fields that it does not name."""
    if isinstance(schema, list):
        return [_strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {name: _strict(part) for name, part in schema.items()}
    return {"additionalProperties": False, **strict} if isinstance(schema.get("properties"), dict) else strict


def test_every_custom_kind_is_used() -> None:
    """Each kind that the tests of plain manifests leave out is looked at here."""
    assert {found["kind"] for found in OURS} == CUSTOM


@pytest.mark.parametrize("manifest", OURS, ids=name_of)
def test_custom_resource_is_valid(manifest: Manifest, corpora: Path) -> None:
    """No field is unknown, missing or of another type."""
    assert not faults_in(manifest, corpora)


@pytest.mark.parametrize(
    ("kind", "edit", "told"),
    [
        ("ScaledObject", lambda spec: spec.update(maxReplicas=3), "spec: Additional properties are not allowed"),
        ("ScaledObject", lambda spec: spec.update(maxReplicaCount="3"), "spec.maxReplicaCount: '3' is not of type"),
        ("ScaledObject", lambda spec: spec["triggers"][0].pop("metadata"), "spec.triggers.0: 'metadata' is a required"),
        ("ScaledObject", lambda spec: spec["triggers"][0]["metadata"].update(lagThreshold=5), "lagThreshold: 5 is not"),
        ("PodMonitor", lambda spec: spec["podMetricsEndpoints"][0].update(prt="http"), "spec.podMetricsEndpoints.0: "),
        ("PodMonitor", lambda spec: spec["podMetricsEndpoints"][0].update(interval="often"), "interval: 'often' does"),
        ("PrometheusRule", lambda spec: spec["groups"][0]["rules"][0].update(fore="5m"), "spec.groups.0.rules.0: "),
        ("PrometheusRule", lambda spec: spec["groups"][0]["rules"][0].pop("expr"), "'expr' is a required property"),
    ],
)
def test_planted_fault_is_found(kind: str, edit: Callable[[Any], object], told: str, corpora: Path) -> None:
    """What a mistyped manifest would be is told, and where."""
    (good,) = [found for found in OURS if found["kind"] == kind]
    bad = copy.deepcopy(dict(good))
    edit(bad["spec"])
    assert any(told in fault for fault in faults_in(bad, corpora))
