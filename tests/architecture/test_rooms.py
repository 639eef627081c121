"""Rooms keep the shape that ARCHITECTURE.md and CONTRIBUTING.md promise."""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
from pathlib import Path

import pytest

from tests.architecture.repository import PACKAGES, ROOT, modules, tree

MODULES = modules()
RESIDUE = ("TODO", "FIXME", "XXX", "COMMIT_MESSAGE", "IMPLEMENTATION_SUMMARY")


@pytest.mark.parametrize("package", PACKAGES)
def test_package_loads_from_here(package: str) -> None:
    """The generic names are ours: no installed distribution took one of them."""
    assert Path(str(importlib.import_module(package).__file__)).parent == ROOT / package


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_module_opens_with_what_it_holds(path: Path) -> None:
    """The first line of a module says what the reader finds in it."""
    docstring = ast.get_docstring(tree(path))
    assert docstring
    assert docstring.splitlines()[0].strip()


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_module_has_a_name_of_its_own(path: Path) -> None:
    """Nothing lives in a drawer for the rest."""
    assert not {"utils", "util", "helpers", "common", "misc", "base"} & {
        part.removesuffix(".py") for part in path.parts
    }


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_settings_in_modules(path: Path) -> None:
    """Settings are built once in `unwonted/` and passed down: no module holds them, none reads the environment."""
    settings = [
        name.id
        for statement in tree(path).body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for name in ast.walk(statement)
        if isinstance(name, ast.Name) and name.id.lower() in {"settings", "config"}
    ]
    environ = path.parts[0] != "unwonted" and path.parts[:2] != ("collector", "simulator")
    reads = [
        n.attr
        for n in ast.walk(tree(path))
        if environ and isinstance(n, ast.Attribute) and n.attr in {"environ", "getenv"}
    ]
    assert not settings
    assert not [name for name in reads if not is_for_a_child(path, name)]


def is_for_a_child(path: Path, name: str) -> bool:
    """Tell whether a module hands its environment on to git, which it starts."""
    return name == "environ" and path.parts[:3] == ("collector", "sources", "git")


def test_functions_are_short() -> None:
    """Nine functions of ten have at most 30 lines, seven of ten at most 15."""
    lengths = [
        length_of(node) for path in MODULES for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)
    ]
    assert sum(length <= 30 for length in lengths) >= 0.9 * len(lengths)
    assert sum(length <= 15 for length in lengths) >= 0.7 * len(lengths)


def length_of(function: ast.FunctionDef) -> int:
    """Return the lines of a function without its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def test_every_test_folder_is_a_package() -> None:
    """A test folder without `__init__.py` would shadow the package it mirrors."""
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]


def test_no_residue_of_the_process() -> None:
    """No tracked file holds a note to oneself."""
    here = Path(__file__).relative_to(ROOT).as_posix()
    command = [
        "git",
        "grep",
        "-IlwE",  # a picture may hold any three bytes
        "|".join(RESIDUE),
        "--",
        ".",
        f":!{here}",
        ":!tests/**/samples/**",
        ":!pyproject.toml",
    ]
    found = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    assert found.returncode in (0, 1), found.stderr
    assert found.stdout.split() == []
