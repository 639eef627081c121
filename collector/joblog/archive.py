"""The archive of a run's logs as GitHub's API gives it: a ZIP with a text file a job."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from collector.errors import DeliveryError

MAX_JOBS = 1_000
"""Most jobs of one archive: a matrix has 256, and a run several."""
MAX_MEMBERS = 50_000
MAX_UNPACKED = 4 << 30
"""Most bytes of all logs of one archive together; one log has a limit of its own, its reader's."""
_PART = 256 * 1024
_NUMBERED = re.compile(r"(-?\d{1,9})_(.{1,300})\.txt", re.DOTALL)
_ENCRYPTED = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})

_Members = dict[str, list[zipfile.ZipInfo]]


def logs_in_zip(file: IO[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the name of each job and its log in parts, which must be taken before the next job's are.

    A job's log is the file `N_JOB.txt` at the top; where there is none, the files of its steps in the folder `JOB`,
    in their order. Names are read as names and never as places. Raises DeliveryError, at once or while a log is read,
    where the archive is damaged, of another kind, or unpacks to more than may be.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise DeliveryError(f"the logs are no ZIP archive: {error}") from None
    with archive:
        left = [MAX_UNPACKED]
        for job, members in _jobs(archive.infolist()).items():
            yield job, _read(archive, members, left)


def _jobs(infos: list[zipfile.ZipInfo]) -> _Members:
    """Return the members that make each job's log, jobs in the order of their numbers."""
    if len(infos) > MAX_MEMBERS:
        raise DeliveryError(f"an archive of logs may have {MAX_MEMBERS:,} files, this one has {len(infos):,}")
    whole: list[tuple[int, str, zipfile.ZipInfo]] = []
    steps: dict[str, list[tuple[int, zipfile.ZipInfo]]] = {}
    for info in infos:
        folder, _, name = info.filename.rpartition("/")
        found = _NUMBERED.fullmatch(name)
        if not found:
            continue
        if folder:
            steps.setdefault(folder, []).append((int(found[1]), info))
        else:
            whole.append((int(found[1]), found[2], info))
    jobs: _Members = {}
    for _, job, info in sorted(whole, key=lambda one: one[0]):
        jobs.setdefault(job, [info])
    for job, parts in steps.items():
        jobs.setdefault(job, [info for _, info in sorted(parts, key=lambda one: one[0])])
    if len(jobs) > MAX_JOBS:
        raise DeliveryError(f"an archive of logs may have {MAX_JOBS:,} jobs, this one has {len(jobs):,}")
    return jobs


def _read(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], left: list[int]) -> Iterator[bytes]:
    for info in members:
        if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
            raise DeliveryError(f"{info.filename!r} in the archive of logs is encrypted or packed in an unusual way")
        try:
            with archive.open(info) as log:
                while part := log.read(_PART):
                    left[0] -= len(part)
                    if left[0] < 0:
                        raise DeliveryError(f"the archive of logs unpacks to more than {MAX_UNPACKED >> 30} GiB")
                    yield part
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
            raise DeliveryError(f"{info.filename!r} in the archive of logs is damaged: {error}") from None
