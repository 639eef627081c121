"""What is installed is declared, locked, and the same everywhere."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions

from tests.architecture.repository import PACKAGES, modules, read, tree

PROJECT = tomllib.loads(read("pyproject.toml"))["project"]
LOCK = [line for line in read("requirements.lock").splitlines() if not line.startswith("#")]


def bare(requirement: str) -> str:
    """Return the name of a distribution, written one way."""
    return re.split(r"[\[<>=! ]", requirement)[0].lower().replace("_", "-")


DECLARED = {bare(requirement) for requirement in PROJECT["dependencies"]}
FOR_TESTS = {bare(requirement) for requirement in PROJECT["optional-dependencies"]["dev"]}


def imported() -> Iterator[str]:
    """Yield the top-level names that the five packages import from others."""
    for path in modules():
        for node in ast.walk(tree(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            yield from (name.partition(".")[0] for name in names)


def test_what_is_imported_is_declared() -> None:
    """Nothing works only because something else happens to install it."""
    others = set(imported()) - set(sys.stdlib_module_names) - set(PACKAGES)
    distributions = packages_distributions()
    assert not [name for name in others if not DECLARED & {bare(found) for found in distributions.get(name, [name])}]


def test_what_is_declared_is_locked() -> None:
    """Every requirement is locked to one version."""
    assert {*DECLARED, *FOR_TESTS} <= {bare(line) for line in LOCK}


def test_lock_is_exact() -> None:
    """Every line of the lock is one name and one version, and none says where it comes from."""
    assert not [line for line in LOCK if not re.fullmatch(r"[\w.-]+==[\w.]+", line)]


def test_no_upper_bounds() -> None:
    """Requirements shut out no newer version: the lock decides, and a newer Python stays possible."""
    requirements = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"], PROJECT["requires-python"]]
    assert not [requirement for requirement in requirements if "<" in requirement or "~=" in requirement]
