"""The archive of a run's logs: a log a job, whatever is inside."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import DeliveryError
from collector.joblog import archive, logs_in_zip


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return packed.getvalue()


def logs(data: bytes) -> dict[str, bytes]:
    """Return the logs of an archive, whole."""
    return {job: b"".join(parts) for job, parts in logs_in_zip(io.BytesIO(data))}


def test_a_log_a_job() -> None:
    """The files at the top are the jobs' logs; the same lines by step do not count twice."""
    files = {"1_test (3.11).txt": b"b", "0_build.txt": b"a", "build/1_Set up job.txt": b"a", "build/system.txt": b"s"}
    found = logs(zipped(files))
    assert (found, list(found)) == ({"build": b"a", "test (3.11)": b"b"}, ["build", "test (3.11)"])


def test_steps_make_the_log_where_there_is_no_other() -> None:
    """Ten comes after nine."""
    files = {"build/10_Post.txt": b"c", "build/9_Run.txt": b"b", "build/1_Set up job.txt": b"a"}
    assert logs(zipped(files)) == {"build": b"abc"}


def test_names_lead_nowhere() -> None:
    """A name that points out of the archive is a name."""
    assert logs(zipped({"../../etc/0_cron.txt": b"x", "/0_root.txt": b"y"})) == {"root": b"y", "../../etc": b"x"}


@pytest.mark.parametrize("cut", [0, 10, 60, -1])
def test_damage_is_told(cut: int) -> None:
    """What breaks off is an error with a reason."""
    with pytest.raises(DeliveryError, match="archive"):
        logs(zipped({"0_build.txt": b"text " * 1_000})[:cut])


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_unusual_packing_is_refused(method: int) -> None:
    """Only what GitHub packs with is unpacked."""
    with pytest.raises(DeliveryError, match="packed in an unusual way"):
        logs(zipped({"0_build.txt": b"x"}, method))


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to more than may be is an error while it is read, before it is in memory."""
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1 << 20)
    with pytest.raises(DeliveryError, match="unpacks to more"):
        logs(zipped({"0_a.txt": bytes(600_000), "1_b.txt": bytes(600_000)}))


def test_too_many_jobs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is kept busy by a million empty files."""
    monkeypatch.setattr(archive, "MAX_JOBS", 2)
    with pytest.raises(DeliveryError, match="has 3"):
        logs(zipped({f"{n}_job{n}.txt": b"" for n in range(3)}))


@given(st.integers(0, 400), st.integers(0, 255))
def test_any_damage_is_an_error_or_none(at: int, value: int) -> None:
    """One byte changed anywhere is read or refused, never anything else."""
    data = bytearray(zipped({"0_build.txt": b"text " * 30, "build/1_Set up job.txt": b"a"}))
    data[at % len(data)] = value
    with suppress(DeliveryError):
        logs(bytes(data))
