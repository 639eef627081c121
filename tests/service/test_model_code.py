"""A model that would start programs is told by a rule; what models are made of is not."""

from __future__ import annotations

import pytest

from collector.event import Actor, ActorType, Entity, Event, Kind
from service.model_code import ModelCode
from service.states import States


def _event(*imports: str) -> Event:
    return Event(
        id="git:1",
        ref="1",
        source="git",
        kind=Kind.DEPENDENCY,
        action="model.committed",
        actor=Actor(ActorType.USER, "mona"),
        entity=Entity("model", "acme/pay/tax.pkl"),
        observed_at=1.0,
        received_at=1.0,
        facts={"model_import": list(imports)} if imports else {},
    )


@pytest.mark.parametrize(
    "name",
    """os.system posix.popen nt.execv subprocess.Popen subprocess.check_output builtins.eval __builtin__.exec pty.spawn
    runpy._run_code socket.socket ctypes.CDLL importlib.import_module urllib.request.urlopen pickle.loads
    shutil.rmtree pip.main""".split(),
)
def test_what_runs_something(name: str) -> None:
    """Programs, code from text, libraries and the network are told by name."""
    event = ModelCode().take(_event("collections.OrderedDict", name))
    assert event.signals == {"model_runs_code": f"loading acme/pay/tax.pkl would call {name}"}


@pytest.mark.parametrize(
    "name",
    """collections.OrderedDict torch._utils._rebuild_tensor_v2 numpy.ndarray numpy._core.multiarray._reconstruct
    sklearn.linear_model._base.LinearRegression joblib.numpy_pickle.NumpyArrayWrapper builtins.set builtins.getattr
    _codecs.encode copyreg._reconstructor posixpath.join codecs.encode ostrich.system subprocessing.run""".split(),
)
def test_what_models_are_made_of(name: str) -> None:
    """Arrays, containers and estimators are no signal."""
    event = _event(name)
    assert ModelCode().take(event) is event


def test_many_names_are_counted() -> None:
    """At most four are named."""
    (told,) = ModelCode().take(_event(*(f"subprocess.f{number}" for number in range(9)))).signals.values()
    assert told.endswith("subprocess.f3 and 5 more")


def test_every_organisation_has_it() -> None:
    """The states of an organisation raise it, and go through bytes."""
    taken = States.from_bytes(States().to_bytes()).take(_event("os.system"))
    assert taken is not None
    assert "model_runs_code" in taken.signals
