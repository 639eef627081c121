"""Errors of training: what could not be learned or judged, why, and what to do about it.

TrainingError
    DrillError           a drill could not be played to its end
    NothingToTrainError  there are not enough rows
"""

from __future__ import annotations


class TrainingError(Exception):
    """Something could not be trained or judged; the message says what and what to do next."""


class DrillError(TrainingError):
    """A drill could not be played to its end; look at `unwonted doctor`, then play it again."""


class NothingToTrainError(TrainingError):
    """There are too few events to train on; wait for more, or widen the window."""
