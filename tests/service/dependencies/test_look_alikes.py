"""Names that are easily taken for others are found, and honest ones are left alone."""

from __future__ import annotations

import pytest

from service.dependencies.look_alikes import Names, popular, popular_names

_KNOWN = Names(["lodash", "@babel/core", "python-dateutil", "requests", "chalk", "websocket-client"])


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("lodahs", "one letter off"),
        ("l0dash", "one letter off"),
        ("babel-core", "written alike"),
        ("pythondateutil", "written alike"),
        ("dateutil-python", "the same words"),
        ("requests-python3", "with an affix"),
        ("webocket-cilent", "two letters off"),
        ("l\u043edash", "reads alike"),
    ],
)
def test_found(name: str, how: str) -> None:
    """Each way to imitate a name has a word."""
    likeness = _KNOWN.find(name)
    assert likeness is not None
    assert likeness.how in {how, "reads alike"}


@pytest.mark.parametrize(
    "name", ["lodash", "chart", "dash", "babel-parser", "request-ip", "lodash-webpack-plugin", "x"]
)
def test_left_alone(name: str) -> None:
    """What is known itself, short, or another word is no imitation."""
    assert _KNOWN.find(name) is None


def test_popular_names_are_names() -> None:
    """No list holds a name twice written alike, and one that is not kept is empty."""
    for ecosystem in ("npm", "pypi", "cargo", "gem", "golang", "composer", "githubactions", "maven", "nuget"):
        assert len(popular(ecosystem)) > 40
        assert "" not in popular(ecosystem)
    assert popular("../npm") == ()
    assert popular_names("nothing").find("lodahs") is None
