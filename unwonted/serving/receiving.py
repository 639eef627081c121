"""The receiver of a service: its secrets, networks and recording, from the settings."""

from __future__ import annotations

from pathlib import Path

from collector.networks import Networks
from collector.receiver import ReceiverSettings
from collector.recorder import Recorder
from unwonted.errors import UsageError
from unwonted.settings import Settings


def receiver_settings(settings: Settings) -> ReceiverSettings:
    """Return what the receiver is told."""
    return ReceiverSettings(secrets=settings.hook_secrets, networks=networks_of(settings))


def networks_of(settings: Settings) -> Networks:
    """Return the networks that the settings name, or none."""
    return Networks() if settings.networks is None else Networks.read(settings.networks)


def recorder(path: Path) -> Recorder:
    """Return what writes a recording; raise UsageError where it cannot be written."""
    try:
        return Recorder(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}; name another file") from None
