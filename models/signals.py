"""Signals: deterministic named rules, for the few things that no history makes usual.

Everything else is measured by how new it is. A package that was declared malicious, or a source that fell silent,
needs no learning: it is told whenever it holds, until a verdict calls it benign.
"""

from __future__ import annotations

from dataclasses import dataclass

from collector.event import Event
from models.finding import Reason
from models.vocabulary import stable_id


@dataclass(frozen=True)
class Signal:
    """One rule: how much it weighs beside surprises, and how it is told."""

    name: str
    family: str
    bits: float
    """What it is worth, on the scale of surprises: -log2 of how often a day of an organisation would see it."""
    phrase: str
    """The reason in words; `{value}` is what the rule was seen by."""


SIGNALS: dict[str, Signal] = {
    signal.name: signal
    for signal in (
        Signal("package_known_malicious", "advisory", 18.0, "{value}"),
        Signal("package_declared_malicious", "advisory", 18.0, "{value}"),
        Signal("package_known_vulnerable", "advisory", 5.0, "{value}"),
        Signal("package_content_changed", "integrity", 9.0, "{value}"),
        Signal("package_from_unknown_host", "registry", 7.0, "{value}"),
        Signal("package_looks_alike", "look_alike", 6.0, "{value}"),
        Signal("packages_gain_scripts", "install_script", 10.0, "{value}"),
        Signal("package_gains_script", "install_script", 7.0, "{value}"),
        Signal("model_runs_code", "model_code", 12.0, "{value}"),
        Signal("source_silent", "coverage", 8.0, "{value}"),
        Signal("source_unproven", "coverage", 9.0, "{value}"),
        Signal("source_clock_drifts", "coverage", 6.0, "{value}"),
    )
}


def raised(event: Event) -> tuple[Reason, ...]:
    """Return the reasons that an event's signals are, strongest first; a name that is no signal is none."""
    if not event.signals:
        return ()
    found = [(SIGNALS[name], value) for name, value in event.signals.items() if name in SIGNALS]
    found.sort(key=lambda item: (-item[0].bits, item[0].name))
    return tuple(
        Reason(signal.name, signal.family, signal.phrase.format(value=value), value, "", signal.bits, 0.0)
        for signal, value in found
    )


def cells_of(event: Event) -> list[int]:
    """Return a number for each signal with its value, by which a verdict covers it."""
    return [stable_id(f"signal:{name}\0{value}") for name, value in event.signals.items()]
