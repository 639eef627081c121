"""What a path holds is recognised from its content, and read with constant memory and clear errors."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import json_stream
from collector.contents import source_of
from collector.errors import DamagedSourceError, EmptySourceError, NotASourceError, SourceError, UnknownSourceError
from collector.recognise import Reading, open_source, open_sources
from tests.collector import samples
from tests.collector.samples import JSON

ENTRIES = [samples.audit_entry(_document_id=f"doc-{n}", at_ms=1772359200000 + n) for n in range(3)]


def write(path: Path, *parts: bytes | str | JSON) -> Path:
    """Write parts to a file, objects as a line of JSON each."""
    data = [
        p if isinstance(p, bytes) else p.encode() if isinstance(p, str) else json.dumps(p).encode() + b"\n"
        for p in parts
    ]
    path.write_bytes(b"".join(data))
    return path


def ids(reading: Reading) -> list[str]:
    """Return the ids of the events of a reading."""
    return [event.id for event in reading.events()]


@pytest.mark.parametrize(
    ("entry", "source"),
    [
        (samples.audit_entry(), "github.audit"),
        ({"time": 1772359200, "event": samples.audit_entry()}, "github.audit"),
        (samples.gitlab_entry(), "gitlab.audit"),
        (samples.cloud_record(), "cloudtrail"),
        (samples.cluster_entry(), "kubernetes.audit"),
        (json.loads(samples.line_of("jenkins", {})), "recording"),
        ({"a": 1}, ""),
        (None, ""),
    ],
)
def test_source_of_an_entry(entry: object, source: str) -> None:
    """An entry is recognised by its fields; what fits nothing has no source."""
    assert source_of(entry) == source


def _layouts() -> Iterable[tuple[str, str]]:
    lines = "\n".join(map(json.dumps, ENTRIES))
    yield "lines", lines + "\n"
    yield "lines without the last break", lines
    yield "lines after a byte order mark", "\ufeff" + lines
    yield "lines between blank ones", "\n\n" + lines.replace("\n", "\n\n")
    yield "an array", json.dumps(ENTRIES)
    yield "an indented array", json.dumps(ENTRIES, indent=2)
    yield "an array in an object", json.dumps({"version": 1, "events": ENTRIES})
    yield "an indented array in an object", json.dumps({"events": ENTRIES}, indent=1)
    yield "two arrays", json.dumps(ENTRIES[:1]) + "\n" + json.dumps(ENTRIES[1:])
    yield "indented objects", "\n".join(json.dumps(entry, indent=2) for entry in ENTRIES)


@pytest.mark.parametrize(("text", "is_packed"), [(text, packed) for _, text in _layouts() for packed in (False, True)])
def test_every_layout(tmp_path: Path, text: str, is_packed: bool) -> None:  # noqa: FBT001
    """Lines, arrays, wrapped arrays and indented values give the same events, packed or not."""
    data = gzip.compress(text.encode()) if is_packed else text.encode()
    reading = open_source(write(tmp_path / "export", data))
    assert (ids(reading), reading.skipped) == ([f"github.audit:doc-{n}" for n in range(3)], 0)


def test_counts(tmp_path: Path) -> None:
    """After reading, a reading knows how many events it had, from when to when, and from which source."""
    reading = open_source(write(tmp_path / "a.json", *ENTRIES))
    assert reading.events_read == len(ids(reading)) - 3
    assert (reading.source, reading.events_read, reading.first_at, reading.last_at, reading.keeps_order) == (
        "github.audit",
        3,
        1772359200.0,
        1772359200.002,
        False,
    )


def test_export_and_recording_agree(tmp_path: Path) -> None:
    """One entry has one id and one ref, whether it was exported or received."""
    (exported,) = open_source(write(tmp_path / "a.json", ENTRIES[0])).events()
    (received,) = open_source(write(tmp_path / "r.ndjson", samples.line_of("github.audit", ENTRIES[0]))).events()
    assert (exported.id, exported.ref, exported.observed_at) == (received.id, received.ref, received.observed_at)


def test_entries_without_an_id_agree(tmp_path: Path) -> None:
    """An entry without a vendor's id gets the same id from its content, in any order of its fields."""
    entry = samples.audit_entry()
    del entry["_document_id"]
    turned = dict(reversed(entry.items()))
    (exported,) = open_source(write(tmp_path / "a.json", entry)).events()
    (received,) = open_source(write(tmp_path / "r.ndjson", samples.line_of("github.audit", turned))).events()
    assert exported.id == received.id


def test_recording_keeps_order_and_names_lines(tmp_path: Path) -> None:
    """A recording keeps its order, and an event without a vendor's id is named by file and line, without .gz."""
    lines = samples.line_of("jenkins", {"name": "a"}) + b"\n\n" + samples.line_of("joblog", "hello", samples.SNAPSHOT)
    reading = open_source(write(tmp_path / "recording.ndjson.gz", gzip.compress(lines)))
    assert [event.ref for event in reading.events()] == ["recording.ndjson:1", "recording.ndjson:3"]
    assert reading.keeps_order


def test_a_broken_line_is_counted_and_told(tmp_path: Path) -> None:
    """A broken line inside a good file is skipped, counted, and told with its number and reason."""
    reading = open_source(write(tmp_path / "a.ndjson", ENTRIES[0], "{broken\n", '{"action": "x"}\n', ENTRIES[1]))
    assert (len(ids(reading)), reading.skipped) == (2, 2)
    assert [problem.split(":")[1] for problem in reading.problems] == ["2", "3"]


@pytest.mark.parametrize(
    ("name", "content", "error", "words"),
    [
        ("cut.json", b'{"action": "git.clone", "acto', DamagedSourceError, "breaks off"),
        ("image.jpg", b"\xff\xd8\xff\xe0" + bytes(64), NotASourceError, "JPEG"),
        ("binary", b"abc\x00def", NotASourceError, "binary"),
        ("empty.json", b"", EmptySourceError, "empty"),
        ("blank.json", b" \n\n", EmptySourceError, "empty"),
        ("empty.gz", gzip.compress(b"", mtime=0), EmptySourceError, "empty"),
        ("none.json", b"[]", EmptySourceError, "list is empty"),
        ("null.json", b"null\n", NotASourceError, "lone JSON value"),
        ("text.txt", b"hello world\n", NotASourceError, "no JSON"),
        ("other.json", b'{"a": 1}\n', NotASourceError, "--source"),
        ("cut.gz", gzip.compress(b'{"action": "git.clone"}' * 99, mtime=0)[:40], DamagedSourceError, "gzip"),
    ],
)
def test_what_is_no_source(tmp_path: Path, name: str, content: bytes, error: type[SourceError], words: str) -> None:
    """What cannot be read is one clear line that names the file."""
    path = write(tmp_path / name, content)
    with pytest.raises(error, match=words) as caught:
        open_source(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_array_that_breaks_off(tmp_path: Path) -> None:
    """An array that breaks off gives what is before the break, then an error that says so."""
    reading = open_source(write(tmp_path / "a.json", json.dumps(ENTRIES)[:-30]))
    with pytest.raises(DamagedSourceError, match="entry 3 is not complete"):
        ids(reading)
    assert reading.events_read == 2


def test_nothing_readable_inside(tmp_path: Path) -> None:
    """A file of the right kind of which no entry can be read is an error that gives the first reason."""
    reading = open_source(write(tmp_path / "a.json", samples.audit_entry(at_ms=None)))
    with pytest.raises(NotASourceError, match="no time"):
        ids(reading)


def test_folder(tmp_path: Path) -> None:
    """A folder gives a reading for each source in it, in the order of names, and tells what it left out."""
    (tmp_path / "sub").mkdir()
    write(tmp_path / "sub" / "b.json", ENTRIES[0])
    write(tmp_path / "a.json", samples.cloud_record())
    write(tmp_path / "notes.txt", "hello")
    readings = open_sources([tmp_path])
    assert [reading.source for reading in readings] == ["cloudtrail", "github.audit"]
    assert "notes.txt" in readings[0].ignored[0]


@pytest.mark.parametrize("make", ["empty", "text"])
def test_folder_without_a_source(tmp_path: Path, make: str) -> None:
    """A folder without a repository or a readable file says what to name instead."""
    if make == "text":
        write(tmp_path / "notes.txt", "hello")
    with pytest.raises(NotASourceError, match=r"no git repository.*\.git"):
        open_source(tmp_path)


def test_nothing_there(tmp_path: Path) -> None:
    """A path that leads nowhere is an error that names it."""
    with pytest.raises(SourceError, match="nothing here"):
        open_source(tmp_path / "absent")


def test_forced_source(tmp_path: Path) -> None:
    """A forced source reads what would not have been recognised; an unknown one is refused with the known names."""
    path = write(tmp_path / "odd.json", {"eventName": "GetObject", "eventTime": "2026-03-01T10:00:00Z"})
    (event,) = open_source(path, forced="cloudtrail").events()
    assert event.action == "GetObject"
    with pytest.raises(UnknownSourceError, match=r"github\.audit"):
        open_source(path, forced="clodtrail")


def test_forced_whole_file(tmp_path: Path) -> None:
    """A job log is one delivery, whatever it looks like."""
    (event,) = open_source(write(tmp_path / "log.txt", "a\nb\n"), forced="joblog").events()
    assert event.numbers["log_lines"] == 2


@given(
    entries=st.lists(st.dictionaries(st.text(), st.text() | st.integers() | st.none(), min_size=1), min_size=1),
    cut=st.integers(0, 200),
)
def test_any_cut_of_an_array(tmp_path_factory: pytest.TempPathFactory, entries: list[JSON], cut: int) -> None:
    """However an array is cut, what is read is a beginning of what it held."""
    text = json.dumps(entries, ensure_ascii=False)
    path = write(tmp_path_factory.mktemp("cut") / "a.json", text[: max(1, len(text) - cut)])
    read = []
    try:
        for _, value in json_stream.values(path, json_stream.Layout.ARRAY):
            read.append(value)
    except DamagedSourceError:
        assert cut
    assert read == entries[: len(read)]


def test_values_longer_than_a_piece(tmp_path: Path) -> None:
    """Elements longer than what is read at once come whole."""
    entries = [{"text": "x" * 700_000, "n": n} for n in range(3)]
    path = write(tmp_path / "a.json", json.dumps(entries))
    assert [value for _, value in json_stream.values(path, json_stream.Layout.ARRAY)] == entries


def test_halves_of_characters(tmp_path: Path) -> None:
    """Halves of characters, legal in JSON and nowhere else, do not reach an event."""
    path = write(tmp_path / "a.json", json.dumps([samples.audit_entry(actor="mo\ud800na")]))
    (event,) = open_source(path).events()
    assert event.actor.name == "mo?na"


def test_trail_of_an_organisation(tmp_path: Path) -> None:
    """Every account's files are read, gzip and all; digests are left out and named."""
    for account in ("111122223333", "444455556666"):
        folder = tmp_path / "AWSLogs" / "o-acme" / account / "CloudTrail" / "eu-west-1"
        folder.mkdir(parents=True)
        records = json.dumps({"Records": [samples.cloud_record(recipientAccountId=account, eventID=account)]})
        (folder / f"{account}.json.gz").write_bytes(gzip.compress(records.encode()))
        digest = tmp_path / "AWSLogs" / "o-acme" / account / "CloudTrail-Digest"
        digest.mkdir()
        (digest / "x.json.gz").write_bytes(gzip.compress(b'{"digestStartTime": "x", "logFiles": []}'))
    readings = open_sources([tmp_path])
    events = [event for reading in readings for event in reading.events()]
    assert [event.facts["x.account"] for event in events] == ["111122223333", "444455556666"]
    assert len(readings[0].ignored) == 2


@pytest.mark.parametrize(
    "entry",
    [
        {"category": "kube-audit", "properties": {"log": json.dumps(samples.cluster_entry())}},
        {"insertId": "a", "timestamp": "2026-03-01T10:00:00Z", "protoPayload": {"serviceName": "k8s.io"}},
    ],
)
def test_clusters_in_clouds(tmp_path: Path, entry: JSON) -> None:
    """A cluster's entries are recognised as Azure's and Google's logs hold them."""
    (tmp_path / "log.json").write_text(json.dumps(entry) + "\n")
    assert open_source(tmp_path / "log.json").source == "kubernetes.audit"


def test_nothing_but_byte_order_marks(tmp_path: Path) -> None:
    """A file of marks and line ends is an empty one."""
    path = write(tmp_path / "marks.json", b"\xef\xbb\xbf\n" * 3)
    with pytest.raises(EmptySourceError, match=r"marks\.json"):
        open_source(path)
