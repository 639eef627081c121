"""Warming: what is compiled at installation is all that scoring compiles."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import models
from collector.event import Kind
from models.scorer import Scorer
from models.warm import warm
from tests.models.streams import random_stream


def test_after_warming_a_scorer_compiles_nothing_more() -> None:
    """Another history, its verdicts and its snapshot use the very types that were compiled."""
    warm()
    before = _signatures()
    scorer = Scorer(keep_rows=True)
    events = random_stream(1, 700, (Kind.ACCESS,))
    scorer.score(events[:650])
    scorer.learn_verdict(events[:3], is_usual=True)
    scorer.learn_verdict(events[3:5], is_usual=False)
    Scorer.from_arrays(scorer.arrays()).score(events[650:])

    assert before
    assert _signatures() == before


def _signatures() -> dict[str, list[Any]]:
    """Return, of each compiled function that was called, the types it was called with."""
    found: dict[str, list[Any]] = {}
    for info in pkgutil.iter_modules(models.__path__, "models."):
        for name, value in vars(importlib.import_module(info.name)).items():
            if signatures := getattr(value, "signatures", None):
                found[f"{info.name}.{name}"] = list(signatures)
    return found
