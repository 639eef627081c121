"""The trainer as a task: it works off the training runs that were asked for, while the worker goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from unwonted.serving.loop import Loop, Turn
from unwonted.serving.parts import Parts

_LOOK_EVERY_S = 1.0
_ADVICE = "Training runs that wait are kept in the store; nothing else depends on them"


def trainer_loop(parts: Parts) -> Loop:
    """Return the thread that trains; a run that the service's end cuts off is told as failed at the next start."""
    return Loop("trainer", lambda: _opened(parts), advice=_ADVICE, may_be_cut=True)


@contextmanager
def _opened(parts: Parts) -> Iterator[Turn]:
    from training.trainer import Trainer  # what fits is loaded by the thread that fits, after the service answers

    trainer = Trainer(parts.database, parts.versions, now=time.time)
    pause = threading.Event()

    def turn() -> None:
        if not trainer.step():
            pause.wait(_LOOK_EVERY_S)

    yield turn
