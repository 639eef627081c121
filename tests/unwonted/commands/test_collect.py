"""`unwonted collect`: what is sent, and that no build breaks by it."""

from __future__ import annotations

import gzip
import hashlib
import json
import socket
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.unwonted.running import COMMAND
from tests.unwonted.stand_ins import Scripted, serving
from unwonted.cli import app
from unwonted.commands import collect

ACCEPTED: Scripted = (202, {"events": ["joblog:1"]}, {})
LOG = b"make: *** no rule\n" * 10


@pytest.fixture(autouse=True)
def _outside_of_a_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "UNWONTED_URL", "UNWONTED_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return the log of a job."""
    path = tmp_path / "job.log"
    path.write_bytes(LOG)
    return path


def invoke(*words: str | Path) -> Result:
    """Return what `unwonted collect` comes to."""
    return CliRunner().invoke(app, ["collect", *(str(word) for word in words)])


def closed_port() -> int:
    """Return a port on which nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_a_log_is_sent_packed_with_its_context(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The CI system's variables tell of the job, options win over them."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/pay")
    monkeypatch.setenv("GITHUB_JOB", "build")
    with serving(ACCEPTED) as service:
        result = invoke("joblog", log, "--url", service.url, "--token", "unw_x", "--job", "test", "--json")
    path, headers, lines = service.requests[0]
    assert (result.exit_code, json.loads(result.output)["events"]) == (0, ["joblog:1"])
    assert (path, gzip.decompress(b"\n".join(lines))) == ("/hooks/joblog", LOG)
    assert (headers["Unwonted-Repo"], headers["Unwonted-Job"]) == ("acme/pay", "test")
    assert (headers["Content-Encoding"], headers["Authorization"]) == ("gzip", "Bearer unw_x")
    assert "Unwonted-Path" not in headers


def test_a_build_goes_on_without_a_service(log: Path) -> None:
    """That nobody answers is a warning, and an error only for those who ask for that."""
    where = ("--url", f"http://127.0.0.1:{closed_port()}", "--timeout", "1")
    lenient, strict = invoke("joblog", log, *where), invoke("joblog", log, *where, "--strict")
    assert (lenient.exit_code, strict.exit_code) == (0, 1)
    assert "Warning" in lenient.stderr
    assert "nobody answers" in lenient.stderr


@pytest.mark.parametrize(("url", "name"), [("ftp://x", "job.log"), ("http://127.0.0.1:1", "none.log")])
def test_nothing_of_it_breaks_a_build(tmp_path: Path, log: Path, url: str, name: str) -> None:
    """An address that is none and a log that was never written are warnings too, and bad usage when strict."""
    words = ("joblog", log.parent / name, "--url", url, "--timeout", "1")
    assert invoke(*words).exit_code == 0
    assert invoke(*words, "--strict").exit_code in {1, 2}
    assert list(tmp_path.iterdir()) == [log]


@pytest.mark.parametrize("status", [401, 403, 413, 500])
def test_a_refusal_is_a_warning(log: Path, status: int) -> None:
    """A service that refuses is not asked again, and its reason is told."""
    with serving((status, {"detail": "for a reason"}, {})) as service:
        result = invoke("joblog", log, "--url", service.url)
    assert (result.exit_code, len(service.requests)) == (0, 1)
    assert "for a reason" in result.stderr


def test_a_busy_service_is_asked_again(log: Path) -> None:
    """A service that cannot store it now gets it once it can."""
    with serving((503, {}, {}), ACCEPTED) as service:
        assert "1 event accepted" in invoke("joblog", log, "--url", service.url).stdout
    assert len({tuple(lines) for _, _, lines in service.requests}) == 1


def test_time_for_a_busy_service_ends(log: Path) -> None:
    """However busy it is, the step ends when its time is over."""
    with serving((503, {}, {"Retry-After": "600"})) as service:
        result = invoke("joblog", log, "--url", service.url, "--timeout", "2")
    assert (result.exit_code, len(service.requests)) == (0, 1)


def test_what_cannot_be_read_is_told(log: Path) -> None:
    """The service's reason for a dead letter reaches whoever sent it."""
    with serving((202, {"events": [], "unreadable": 1, "reason": "it breaks off"}, {})) as service:
        words = ("joblog", log, "--url", service.url)
        assert "it breaks off" in invoke(*words).stderr
        assert invoke(*words, "--strict").exit_code == 1


def test_too_long_a_log_is_not_sent(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no service takes is not sent in vain."""
    monkeypatch.setattr(collect, "_MOST_MIB", {"joblog": 0})
    with serving(ACCEPTED) as service:
        result = invoke("joblog", log, "--url", service.url)
    assert (result.exit_code, service.requests) == (0, [])
    assert "longer" in result.stderr


def test_other_uploads_name_their_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is no log goes as it is, with its path in the repository."""
    (tmp_path / "web").mkdir()
    (tmp_path / "web/package-lock.json").write_bytes(b"{}")
    monkeypatch.chdir(tmp_path)
    with serving(ACCEPTED) as service:
        collect.run(collect.Options("lockfile", Path("web/package-lock.json"), url=service.url))
    (path, headers, lines) = service.requests[0]
    assert (path, lines, headers["Unwonted-Path"]) == ("/hooks/lockfile", [b"{}"], "web/package-lock.json")
    assert "Content-Encoding" not in headers


@pytest.mark.parametrize(("word", "hook"), [("lockfile", "lockfile"), ("sbom", "sbom"), ("action-refs", "action_refs")])
def test_dependencies_are_sent_as_they_are(tmp_path: Path, word: str, hook: str) -> None:
    """Lockfiles, SBOMs and workflows go to the hooks of their sources."""
    (tmp_path / "file").write_bytes(b"text")
    with serving(ACCEPTED) as service:
        assert invoke(word, tmp_path / "file", "--url", service.url, "--path", "web/file").exit_code == 0
    (path, headers, lines) = service.requests[0]
    assert (path, lines, headers["Unwonted-Path"]) == (f"/hooks/{hook}", [b"text"], "web/file")


def test_of_a_model_is_sent_what_was_read(tmp_path: Path) -> None:
    """A model stays where it is; its digest, and what it would import, go."""
    model = b"cos\nsystem\n(S'a secret weight'\ntR."
    (tmp_path / "tax.pkl").write_bytes(model)
    with serving(ACCEPTED) as service:
        result = invoke("model", tmp_path / "tax.pkl", "--url", service.url, "--path", "models/tax.pkl")
    (path, _, lines) = service.requests[0]
    told = json.loads(b"\n".join(lines))
    assert (result.exit_code, path, told["id"]) == (0, "/hooks/model_artifact", "models/tax.pkl")
    assert (told["read"][0]["imports"], told["read"][0]["sha256"]) == (["os.system"], hashlib.sha256(model).hexdigest())
    assert b"secret weight" not in b"\n".join(lines)


def test_what_is_piped_in_is_sent_and_echoed(tmp_path: Path) -> None:
    """In a pipe, the log goes on to the CI system's own."""
    with serving(ACCEPTED) as service:
        words = [*COMMAND, "collect", "joblog", "-", "--url", service.url, "--echo"]
        done = subprocess.run(words, input=LOG, capture_output=True, cwd=tmp_path, timeout=60, check=True)
    assert done.stdout == LOG
    assert gzip.decompress(b"\n".join(service.requests[0][2])) == LOG
