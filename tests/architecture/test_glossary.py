"""The glossary in ARCHITECTURE.md and the code use the same words."""

from __future__ import annotations

import importlib
import inspect
import re

import pytest

from tests.architecture.repository import read

ROWS = dict(re.findall(r"^\| ([\w ]+) \| `([\w.]+)` \|", read("ARCHITECTURE.md"), re.MULTILINE))
CONTRACTS = ("collector.event", "models.finding", "service.incident")


def find(dotted: str) -> object:
    """Return what a dotted name means: a class, a function, or a field of a class."""
    module, _, rest = dotted.rpartition(".")
    while module:
        try:
            found: object = importlib.import_module(module)
        except ModuleNotFoundError:
            module, _, head = module.rpartition(".")
            rest = f"{head}.{rest}"
            continue
        for name in rest.split("."):
            found = getattr(found, name)
        return found
    raise ModuleNotFoundError(dotted)


def test_there_is_a_glossary() -> None:
    """The table was found, not silently missed by the pattern above."""
    assert len(ROWS) > 20


@pytest.mark.parametrize(("word", "dotted"), ROWS.items())
def test_word_is_in_the_code(word: str, dotted: str) -> None:
    """Every word names something that exists, in the room the table says."""
    assert find(dotted) is not None, word


@pytest.mark.parametrize("module", CONTRACTS)
def test_public_class_is_in_the_glossary(module: str) -> None:
    """Every public class of the three contracts is a word of the glossary, by its own name."""
    public = {
        name
        for name, found in inspect.getmembers(importlib.import_module(module), inspect.isclass)
        if found.__module__ == module and not name.startswith("_")
    }
    assert public <= {word for word, dotted in ROWS.items() if dotted == f"{module}.{word}"}
