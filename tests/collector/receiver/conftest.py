"""Receivers that tests ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.collector.receiver.stand import Stand

Make = Callable[..., Stand]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Return what makes receivers of given settings; their logs are closed in the end."""
    made: list[Stand] = []

    def stand(**settings: Any) -> Stand:
        made.append(Stand(tmp_path, **settings))
        return made[-1]

    yield stand
    for one in made:
        one.log.close()
