"""`python -m tests.fuzz.guided SECONDS FOLDER`: readers, fed with what brings them to code they have not run yet."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["collector"], exclude=["collector.joblog.kernel"]):
    from tests.fuzz import examining
    from tests.fuzz.mutations import raw, samples

_LONGEST = 1 << 16
_SAMPLES = samples()
_NAMES = sorted(_SAMPLES)
_TEXT_LIMIT = 20_000


def read(data: bytes) -> None:
    """Read bytes as the body that their first one says, and as a stream of Splunk's protocol."""
    if not data:
        return
    source = _NAMES[data[0] % len(_NAMES)]
    examining.read(source, dict(_SAMPLES[source][0].headers), data[1:])
    examining.stream(data[1:])
    examining.mask(data[1:_TEXT_LIMIT].decode(errors="replace"))


def sow(folder: Path) -> None:
    """Write the samples as what to begin with."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(_NAMES):
        for index, sample in enumerate(_SAMPLES[name]):
            (folder / f"{name}-{index}").write_bytes(bytes([number]) + raw(sample.body)[:_LONGEST])


def main(seconds: int, folder: Path) -> None:
    """Feed for some time; what is found is written into the folder, and ends it with another code than 0."""
    sow(folder / "corpus")
    limits = (f"-max_total_time={seconds}", f"-max_len={_LONGEST}", "-timeout=30", "-rss_limit_mb=3000")
    prefix = f"-artifact_prefix={folder}/"
    atheris.Setup([sys.argv[0], *limits, prefix, "-print_final_stats=1", "-verbosity=0", str(folder / "corpus")], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
