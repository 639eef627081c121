"""The simulator: deliveries of an invented organisation, with attacks played into its days."""

from collector.simulator.attacks import ATTACKS
from collector.simulator.simulation import Simulation, play, simulate

__all__ = ["ATTACKS", "Simulation", "play", "simulate"]
