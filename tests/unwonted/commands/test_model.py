"""`unwonted train` and `unwonted model`: what they print, what they refuse, and when a promotion takes effect."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from collector.stream.embedded import EmbeddedLog
from models.scorer import Scorer
from service.grouping import IncidentBook
from service.memory import Memories, Memory
from service.relay import Relay
from service.store.database import Database
from service.versions import Versions
from service.worker import Worker
from tests.models.versions import NAME, make_manifest, small_ensembles
from tests.training.stored import opened, ordinary, put
from unwonted.cli import app

LATER = "2026-11-26T0900-00ff"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder with one version in it."""
    with opened(tmp_path):
        versions_of(tmp_path).write(make_manifest(), small_ensembles())
    return tmp_path


def versions_of(data: Path) -> Versions:
    """Return the versions of a data folder."""
    return Versions(data / "models", data / "keys")


def invoke(data: Path, *words: str) -> Result:
    """Return what a command comes to."""
    return CliRunner().invoke(app, [*words, "--data", str(data)])


@contextmanager
def a_worker(data: Path) -> Iterator[Callable[[], int]]:
    """Yield what carries out everything that waits, as a running service would."""
    with ExitStack() as stack:
        log = stack.enter_context(EmbeddedLog(data / "stream.sqlite"))
        database = Database.open(data / "store.sqlite")
        stack.callback(database.close)
        memories = Memories(
            lambda name: Memory(Scorer(organisation=name), IncidentBook(organisation=name)), versions=versions_of(data)
        )
        worker = Worker(log, database, memories)

        def work() -> int:
            moved = Relay(database, log).run_once()
            worker.run()
            return moved

        yield work


def serving(data: Path) -> str:
    """Return the version that serves, as the list tells it."""
    return str(json.loads(invoke(data, "model", "list", "--json").stdout)["serving"])


def test_trained_version_is_listed_and_may_serve(tmp_path: Path) -> None:
    """Training prints the version and how to let it serve, and the list has it."""
    with opened(tmp_path) as database:
        put(database, ordinary(700))
    trained = invoke(tmp_path, "train", "--json")
    version = json.loads(trained.stdout)["version"]
    assert trained.exit_code == 0
    assert f"{version}         " in invoke(tmp_path, "model", "list").stdout
    assert "signed, unchanged" in invoke(tmp_path, "model", "show", version).stdout


def test_too_few_events_are_bad_input(data: Path) -> None:
    """Training on nothing ends with 2 and one line that says what is missing."""
    result = invoke(data, "train")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: the organisation default has no events yet")


def test_folder_without_a_store_is_told(tmp_path: Path) -> None:
    """A folder in which no service ever ran is refused, and nothing is made in it."""
    result = invoke(tmp_path / "nowhere", "train")
    assert result.exit_code == 2
    assert "Start `unwonted serve`" in result.stderr
    assert not (tmp_path / "nowhere").exists()


def test_promotion_waits_for_the_worker(data: Path) -> None:
    """Without a worker the promotion is stored; once one runs the version serves."""
    result = invoke(data, "model", "promote", NAME, "--wait", "0")
    assert result.exit_code == 0, result.output
    assert f"{NAME} will serve default" in result.stdout
    with a_worker(data) as work:
        work()
    assert serving(data) == NAME


def test_promotion_tells_its_position(data: Path) -> None:
    """Beside a running worker the position is told from which the version serves."""
    with a_worker(data) as work:
        done = threading.Event()

        def until_it_is_asked() -> None:
            while not work() and not done.wait(0.01):
                pass

        thread = threading.Thread(target=until_it_is_asked)
        thread.start()
        result = invoke(data, "model", "promote", NAME, "--wait", "60")
        done.set()
        thread.join()
    assert result.stdout == f"{NAME} serves default after position 1 of the stream\n"


def test_rollback_goes_back_step_by_step(data: Path) -> None:
    """Rolling back meets the versions that served, and then the own fits; then there is nothing left."""
    versions_of(data).write(make_manifest(LATER), small_ensembles())
    met = []
    with a_worker(data) as work:
        for words in (("promote", NAME), ("promote", LATER), ("rollback",), ("rollback",)):
            assert invoke(data, "model", *words, "--wait", "0").exit_code == 0
            work()
            met.append(serving(data))
    assert met == [NAME, LATER, NAME, "own"]
    refused = invoke(data, "model", "rollback")
    assert (refused.exit_code, "nothing to roll back" in refused.stderr) == (2, True)


def test_own_fits_can_be_promoted(data: Path) -> None:
    """The own fits serve again when they are promoted by their name."""
    with a_worker(data) as work:
        for version in (NAME, "own"):
            invoke(data, "model", "promote", version, "--wait", "0")
            work()
    assert serving(data) == "own"


def test_failed_gate_refuses(data: Path) -> None:
    """A version that failed its gate is refused with its reasons, and serves only where somebody insists."""
    versions_of(data).write(make_manifest(LATER, passed=False), small_ensembles())
    refused = invoke(data, "model", "promote", LATER)
    assert refused.exit_code == 1
    assert "failed its gate (it finds less than the version that serves)" in refused.stderr
    assert invoke(data, "model", "promote", LATER, "--force", "--wait", "0").exit_code == 0


@pytest.mark.parametrize("forced", [(), ("--force",)])
def test_changed_version_never_serves(data: Path, forced: tuple[str, ...]) -> None:
    """A version whose arrays were changed is refused, whoever insists."""
    path = data / "models" / NAME / "arrays.npz"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1])
    result = invoke(data, "model", "promote", NAME, *forced)
    assert result.exit_code == 2
    assert "arrays.npz is not the file its manifest tells of" in result.stderr
    assert serving(data) == "own"


def test_untrusted_version_is_noted(data: Path) -> None:
    """A list names what cannot be trusted beside what can."""
    versions_of(data).write(make_manifest(LATER), small_ensembles())
    (data / "models" / LATER / "manifest.sig").unlink()
    result = invoke(data, "model", "list")
    assert NAME in result.stdout
    assert f"Note: {LATER} is not trusted: A model version has no signature" in result.stderr


@pytest.mark.parametrize("words", [("show", LATER), ("promote", LATER), ("promote", "../keys")])
def test_unknown_version_is_bad_input(data: Path, words: tuple[str, ...]) -> None:
    """A name that no version has ends with 2."""
    assert invoke(data, "model", *words).exit_code == 2
