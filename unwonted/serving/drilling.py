"""The drills of a running service: asked for over HTTP, played by a thread, kept in the store."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from collector.errors import CastError
from collector.networks import Networks
from collector.simulator import ATTACKS, Cast, stage
from service.store import drills, overview
from service.store.errors import ConflictError, NotFoundError
from training.drills import DrillResult, Ending, Place, run_drill
from training.drills.ground import StoreGround
from unwonted.drills import cast_from, check_names, moment_for, reader
from unwonted.errors import UsageError
from unwonted.serving.parts import Parts

log = logging.getLogger(__name__)
