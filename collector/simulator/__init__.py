"""The simulator: deliveries of an invented organisation, with attacks played into its days."""

from collector.simulator.attacks import ATTACKS
from collector.simulator.cast import Cast
from collector.simulator.drill import StagedDrill, stage
from collector.simulator.simulation import Simulation, play, simulate

__all__ = ["ATTACKS", "Cast", "Simulation", "StagedDrill", "play", "simulate", "stage"]
