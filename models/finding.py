"""What the scorer says of an event: its score, and, where it is anomalous, why."""

from __future__ import annotations

import msgspec

from collector.event import Event


class Reason(msgspec.Struct, frozen=True):
    """One thing that was unusual, in words and in numbers."""

    feature: str
    """Name of the feature, as in the feature registry."""
    family: str
    """Independent family of facts the feature belongs to: identity, network, time, rate, content ..."""
    text: str
    """The sentence an analyst reads."""
    value: str
    """What was observed."""
    usual: str
    """What would have been usual; empty where nothing is known yet."""
    weight: float
    """Surprise in bits, after the cap on a single fact."""
    n: float
    """How many earlier observations the baseline rests on (aged)."""


class Scored(msgspec.Struct, frozen=True):
    """One event after scoring."""

    event: Event
    score: float
    """Strangeness in bits, comparable across kinds: -log2 of `p_value`, extended beyond the sample."""
    p_value: float
    """Share of earlier events of its kind at least as strange, in (0, 1]."""
    novelty: float
    """Sum of capped surprises in bits: the score of the member that needs no training."""
    members: dict[str, float]
    """Tail of each member of the ensemble, in bits; only `novelty` during warm-up."""
    is_warm_up: bool
    """True before the first fit of its kind."""
    is_finding: bool
    """True where it is strange enough to be told to someone."""
    model_version: str
    """Name of the model version that scored it."""
    reasons: tuple[Reason, ...] = ()
    """Strongest first; only findings have them, and what is settled."""
    row: bytes = b""
    """Its feature row, as `models.feature_row` writes it; empty unless the scorer keeps rows."""
    settled: bool = False
    """True where it is strange enough, but a benign verdict already answered for all that is strange about it."""
