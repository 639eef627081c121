"""What the receiver is told when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from collector.networks import Networks

MIB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class ReceiverSettings:
    """Secrets, limits, and under which organisation signed deliveries are kept."""

    secrets: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    """The live secrets of each sender by its name on the URL, dots as `_`: two while one replaces the other."""
    organisation: str = "default"
    """The organisation of what is signed, and of what comes from this machine."""
    networks: Networks = field(default_factory=Networks)
    max_body: int = 25 * MIB
    """Longest body in bytes: GitHub sends none that is longer."""
    max_log: int = 100 * MIB
    """Longest log of a job in bytes, as it is sent and unpacked: it is read while it arrives, and not held."""
    max_held: int = 256 * MIB
    """Bytes of bodies in memory at once; beyond it the receiver answers 503."""
    max_waiting: int = 2_000
    """Deliveries waiting for the disk at once; beyond it the receiver answers 503."""
    body_timeout_s: float = 60.0
    """How long a body may take to arrive once it has begun."""

    def secrets_of(self, sender: str) -> tuple[bytes, ...]:
        """Return the live secrets of a sender."""
        return self.secrets.get(sender.replace(".", "_"), ())


def setting_of(sender: str) -> str:
    """Return the variable that holds a sender's secret.

    >>> setting_of("github")
    'UNWONTED_HOOKS_GITHUB_SECRET'
    """
    return f"UNWONTED_HOOKS_{sender.replace('.', '_').upper()}_SECRET"
