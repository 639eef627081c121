"""The attacks that can be played into a simulation, one file each."""

from collector.simulator.attacks import (
    protection_sandwich,
    runner_takeover,
    secret_stealing_workflow,
    token_mass_clone,
    visibility_flip,
)
from collector.simulator.attacks.attack import Attack

ATTACKS: dict[str, Attack] = {
    module.ATTACK.name: module.ATTACK
    for module in (token_mass_clone, secret_stealing_workflow, protection_sandwich, runner_takeover, visibility_flip)
}
"""By name."""

__all__ = ["ATTACKS", "Attack"]
