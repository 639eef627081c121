"""`unwonted train`: makes a model version of what a service has stored, and tells how good it is."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable

import msgspec

from models.version import Manifest
from service.store import runs
from service.store.database import Database
from service.store.triage import Act
from service.words import plain
from training.dataset import DAY_S
from training.errors import NothingToTrainError
from training.trainer import Course, in_words, train
from unwonted.commands.store import existing_store
from unwonted.errors import FAILED, OK, UsageError
from unwonted.serving.parts import versions_of
from unwonted.settings import Settings


def run(settings: Settings, organisation: str, *, seed: int, days: float, as_json: bool) -> int:
    """Train a version; return 0 where it may serve."""
    with existing_store(settings) as database:
        identity = f"run_{uuid.uuid4().hex[:12]}"
        with database.transaction() as connection:
            runs.ask(connection, organisation, identity, Act("command line", time.time()), runs.RUNNING)

        def train_now() -> Manifest:
            course = Course(seed=seed, window_s=days * DAY_S)
            told = _silent if as_json or not sys.stderr.isatty() else _say
            return train(database, versions_of(settings), organisation, time.time(), course, told)

        manifest = _recorded(database, identity, train_now)
    _tell(manifest, as_json=as_json)
    return OK if manifest.quality.gate.passed else FAILED


def _recorded(database: Database, identity: str, train_now: Callable[[], Manifest]) -> Manifest:
    """Train, and write down in the list of training runs how it went."""
    state, version, message = runs.FAILED, "", "it was stopped"
    try:
        manifest = train_now()
        state, version, message = runs.DONE, manifest.version, in_words(manifest)
    except NothingToTrainError as error:
        message = str(error)
        raise UsageError(message) from None
    except Exception as error:
        message = str(error)
        raise
    finally:
        with database.transaction() as connection:
            runs.tell(connection, identity, state, version=version, message=message)
    return manifest


def _tell(manifest: Manifest, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(manifest).decode() + "\n")
        return
    gate = manifest.quality.gate
    rows = sum(manifest.rows.values())
    sys.stdout.write(f"{manifest.version}: trained on {rows:,} events of {plain(manifest.organisation)}\n")
    sys.stdout.writelines(f"  {plain(reason, 500)}\n" for reason in gate.reasons)
    if gate.passed:
        sys.stdout.write(f"It may serve: unwonted model promote {manifest.version}\n")
    else:
        sys.stdout.write("It FAILED its gate and does not serve; what serves now goes on serving\n")


def _say(what: str) -> None:
    sys.stderr.write(f"{what} ...\n")


def _silent(what: str) -> None:
    """Say nothing: nobody watches."""
