"""The command line: options, exit codes, one clear line for what goes wrong, and nothing heavy for --help."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.service.stand_ins import START, ActorBook, CountingScorer, make_event
from tests.unwonted.samples import ListedReading, write_audit
from unwonted.cli import app
from unwonted.version import version

HEAVY = (
    "numba",
    "numpy",
    "sklearn",
    "sqlalchemy",
    "pyod",
    "pandas",
    "jinja2",
    "fastapi",
    "uvicorn",
    "pydantic",
    "alembic",
    "cryptography",
    "msgspec",
)


def invoke(*words: str | Path) -> Result:
    """Return what a command line comes to."""
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def audit(tmp_path: Path) -> Path:
    """Return a small audit export."""
    return write_audit(tmp_path / "audit.ndjson")


@pytest.fixture
def plain_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the engine that finds what is called `odd` in the place of the real one, and a source that holds it."""
    events = [make_event(str(n), at=START + n, action="odd" if n % 10 == 9 else "git.clone") for n in range(30)]
    monkeypatch.setattr("models.scorer.Scorer", CountingScorer)
    monkeypatch.setattr("service.grouping.IncidentBook", ActorBook)
    monkeypatch.setattr("collector.recognise.open_sources", lambda *_, **__: [ListedReading(events)])


def test_version() -> None:
    """The version is printed and nothing else is done."""
    assert invoke("--version").output == f"unwonted {version()}\n"


def test_help_names_every_option() -> None:
    """Help explains what a scan can be told."""
    text = invoke("scan", "--help").output
    options = ("--top", "--format", "--scores", "--model", "--source", "--networks", "--fail-on", "--quiet", "--output")
    assert [option for option in options if option not in text] == []


def test_help_loads_nothing_heavy() -> None:
    """What answers --help does not wait for the engine's libraries."""
    code = f"import sys, unwonted.cli; print([name for name in {HEAVY} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_no_source_is_a_usage_error() -> None:
    """A scan of nothing ends with 2."""
    assert invoke("scan").exit_code == 2


@pytest.mark.usefixtures("plain_engine")
@pytest.mark.parametrize("form", ["table", "json", "html", "sarif"])
def test_formats(form: str) -> None:
    """Every format is told on stdout, alone, and ends with 0."""
    result = invoke("scan", "x", "--format", form)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "user:mona did odd" in result.stdout


@pytest.mark.usefixtures("plain_engine")
@pytest.mark.parametrize(("risk", "code"), [("70", 3), ("70.1", 0)])
def test_fail_on(risk: str, code: int) -> None:
    """An incident that reaches the risk makes it 3; the report is told all the same."""
    result = invoke("scan", "x", "--fail-on", risk, "--format", "json")
    assert result.exit_code == code
    assert json.loads(result.stdout)["incidents"][0]["risk"] == 70.0


@pytest.mark.usefixtures("plain_engine")
@pytest.mark.parametrize("risk", ["-1", "101", "high"])
def test_fail_on_is_a_risk(risk: str) -> None:
    """What is no risk is refused."""
    assert invoke("scan", "x", "--fail-on", risk).exit_code == 2


@pytest.mark.usefixtures("plain_engine")
def test_output_goes_to_a_file(tmp_path: Path) -> None:
    """With --output nothing is on stdout, and the file is whole."""
    result = invoke("scan", "x", "--format", "json", "--output", tmp_path / "out.json")
    assert result.stdout == ""
    assert json.loads((tmp_path / "out.json").read_bytes())["incidents"]


@pytest.mark.usefixtures("plain_engine")
def test_device_is_written_to_as_it_is() -> None:
    """A path that is no ordinary file is never replaced by one."""
    assert invoke("scan", "x", "--scores", os.devnull).exit_code == 0
    assert not Path(os.devnull).is_file()


@pytest.mark.usefixtures("plain_engine")
def test_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scores file that cannot be finished leaves what was there, and no rest of itself."""
    old = tmp_path / "scores.ndjson"
    old.write_text("old")
    monkeypatch.setattr("unwonted.report.scores._line", fail)
    assert invoke("scan", "x", "--scores", old).exit_code == 1
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("scores.ndjson", "old")]


def fail(*_: object, **__: object) -> None:
    """Stand in for a disk that is full."""
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("option", ["--output", "--scores"])
def test_unwritable_target_is_refused_at_once(audit: Path, option: str) -> None:
    """Where the output could not be written, nothing is read."""
    result = invoke("scan", audit, option, audit.parent / "no" / "such" / "folder.json")
    assert result.exit_code == 2
    assert f"Error: {option}" in result.stderr


@pytest.mark.parametrize("option", ["--output", "--scores"])
def test_source_is_never_overwritten(audit: Path, option: str) -> None:
    """An output that is a source is refused, and the source is as it was."""
    before = audit.read_bytes()
    assert invoke("scan", audit, option, audit).exit_code == 2
    assert audit.read_bytes() == before


def test_outputs_are_two_files(audit: Path) -> None:
    """One file cannot take both outputs."""
    target = audit.parent / "out"
    assert invoke("scan", audit, "--output", target, "--scores", target).exit_code == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("truncated.json", b'[{"action": "git.clone", "@timest'),
        ("photo.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(64)),
        ("empty.json", b""),
        ("null.json", b"null"),
        ("folder", None),
        ("absent", ...),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path: Path, name: str, content: bytes | None) -> None:
    """What is no source ends with 2 and one line that names it."""
    path = tmp_path / name
    if content is None:
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    result = invoke("scan", path)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith("Error: ")
    assert name in result.stderr


def test_unknown_source_name_is_refused(audit: Path) -> None:
    """A name no source has ends with 2."""
    assert invoke("scan", audit, "--source", "carrier.pigeon").exit_code == 2


def test_broken_networks_are_refused(audit: Path) -> None:
    """A file of networks that cannot be read ends with 2."""
    networks = audit.parent / "networks.csv"
    networks.write_text("prefix,asn,kind,country\nnowhere,1,isp,NZ\n")
    result = invoke("scan", audit, "--networks", networks)
    assert (result.exit_code, "networks.csv:2" in result.stderr) == (2, True)


def test_broken_line_is_counted_and_told(audit: Path) -> None:
    """A broken line in a good file is skipped, counted, and named on stderr unless quiet."""
    audit.write_text(audit.read_text() + '{"action": \n')
    result = invoke("scan", audit, "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)["sources"][0]["skipped"]) == (0, 1)
    assert "audit.ndjson:42" in result.stderr
    assert invoke("scan", audit, "--quiet").stderr == ""


@pytest.mark.usefixtures("plain_engine")
def test_interrupt_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends with 130, one line, and no temporary file."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("tests.service.stand_ins.ActorBook.rank", interrupt)
    result = invoke("scan", "x")
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "Stopped. Nothing was kept.\n")
    assert list(tmp_path.iterdir()) == []


def interrupt(*_: object) -> None:
    """Stand in for a person who has seen enough."""
    raise KeyboardInterrupt


@pytest.mark.usefixtures("plain_engine")
def test_fault_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of our own ends with 1, and one line that says where and what to do."""
    monkeypatch.setattr("tests.service.stand_ins.ActorBook.rank", broken)
    result = invoke("scan", "x")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "KeyError at test_cli.py" in result.stderr


def broken(*_: object) -> None:
    """Stand in for a mistake of ours."""
    raise KeyError("no")


def test_real_process(audit: Path) -> None:
    """A process of its own, without a terminal: JSON alone on stdout, nothing on stderr, the same bytes twice."""
    command = [sys.executable, "-c", "from unwonted.cli import main; main()", "scan", str(audit), "--format", "json"]
    scores = audit.parent / "scores.ndjson"
    runs = []
    for hash_seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        done = subprocess.run([*command, "--scores", str(scores)], capture_output=True, check=True, env=environment)
        runs.append((done.stdout, done.stderr, scores.read_bytes()))
    assert runs[0] == runs[1]
    assert json.loads(runs[0][0])["sources"][0]["events"] == len(runs[0][2].splitlines()) == 41
    assert runs[0][1] == b""
