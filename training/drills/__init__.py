"""Drills: simulated attacks played into a copy of an organisation, and the judgement of what was seen of them."""

from training.drills.play import Ground, Place, Read, run_drill
from training.drills.result import DrillResult, Ending

__all__ = ["DrillResult", "Ending", "Ground", "Place", "Read", "run_drill"]
