"""Artifact: what was read of one model file."""

from __future__ import annotations

from dataclasses import dataclass, field

from collector.masking import mask_text
from collector.texts import storable_text

MAX_VALUES = 200
MAX_VALUE = 160


@dataclass
class Artifact:
    """One file, as far as it was read."""

    name: str
    size: int = 0
    """In bytes."""
    sha256: str = ""
    format: str = ""
    """By its content, not by its name."""
    imports: dict[str, None] = field(default_factory=dict)
    """What unpickling it would import, as `os.system`, in the order of the file."""
    calls: int = 0
    """How often unpickling it would call something."""
    code: dict[str, None] = field(default_factory=dict)
    """Places where it holds code of another kind."""
    problems: dict[str, None] = field(default_factory=dict)
    """What is not as its format, or its name, says."""
    is_cut: bool = False
    """Whether there is more of it than was looked at."""

    def imported(self, name: str) -> None:
        """Add something that would be imported."""
        _add(self.imports, name)

    def runs(self, what: str) -> None:
        """Add a place with code."""
        _add(self.code, what)

    def odd(self, what: str) -> None:
        """Add something that is not as it should be."""
        _add(self.problems, what)


def _add(values: dict[str, None], value: str) -> None:
    if len(values) < MAX_VALUES:
        values[storable_text(mask_text(value[: 4 * MAX_VALUE]))[:MAX_VALUE]] = None
