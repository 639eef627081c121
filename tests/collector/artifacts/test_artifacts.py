"""Model files are read without loading anything: what they would import is told, and reading ends."""

from __future__ import annotations

import bz2
import collections
import gzip
import io
import json
import lzma
import os
import pickle
import pickletools
import struct
import subprocess
import time
import zipfile
import zlib
from pathlib import Path

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.artifacts import Artifact, read_artifact

RAN = "a pickle of the tests was loaded"


class Evil:
    """Runs a program when it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("exit 3",)


class Quiet:
    """Runs code without a program."""

    def __reduce__(self) -> tuple[object, ...]:
        return eval, (f"print({RAN!r})",)


def read(data: bytes, name: str = "model.pkl") -> Artifact:
    """Return what was read of bytes."""
    return read_artifact(io.BytesIO(data), name)


def zipped(**members: bytes) -> bytes:
    """Return a zip archive; two underscores stand for a slash, one for a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), data)
    return out.getvalue()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_what_a_pickle_would_run(protocol: int) -> None:
    """Whatever the protocol, what would be imported is named, and nothing is."""
    data = pickle.dumps([1, "text", collections.OrderedDict(a=1), Evil(), Quiet()], protocol)
    found = read(data)
    assert {"posix.system", "collections.OrderedDict"} <= set(found.imports)
    assert {"builtins.eval", "__builtin__.eval"} & set(found.imports)
    assert (found.format, list(found.problems)) == ("pickle", [])
    assert found.calls >= 3


def test_names_that_travel_through_the_memo() -> None:
    """A name that was put aside and fetched again is still known."""
    data = b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94000h\x00h\x01\x93."  # both are dropped, and come from the memo
    assert list(read(b"\x80\x04\x8c\x02os\x940\x8c\x06system\x940h\x00h\x01\x93.").imports) == ["os.system"]
    assert read(data).problems  # the same with one pop too many breaks off


def test_a_name_made_while_loading() -> None:
    """An import whose name is not written in the file is told as that."""
    data = b"\x80\x04\x8c\x02os\x94cbuiltins\nstr\n)R\x93."
    assert "imports a name that is made while it loads" in read(data).problems


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(Evil(), 4)[:-3] + b"\xff\xff\xff",
        pickle.dumps(Evil(), 2)[:-1],
        pickle.dumps([1]) + pickle.dumps(Evil()),
        b"\x80\x04" + b"X\xff\xff\xff\x7fshort" + pickle.dumps(Evil(), 4),
    ],
    ids=["broken", "without an end", "behind another", "behind a lie about a length"],
)
def test_hidden_imports(data: bytes) -> None:
    """What stands before a pickle breaks off, behind its end or behind a lie is found: loading would run it."""
    assert "posix.system" in read(data).imports


def test_archive_of_pytorch() -> None:
    """The pickle inside a zip archive is read, and what the archive is told."""
    found = read(zipped(archive__data_pkl=pickle.dumps(Evil()), archive__data__0=b"\x00" * 64), "model.pt")
    assert (found.format, list(found.imports)) == ("pytorch", ["posix.system"])


@pytest.mark.parametrize("pack", [zlib.compress, gzip.compress, bz2.compress, lzma.compress])
def test_compressed(pack: collections.abc.Callable[[bytes], bytes]) -> None:
    """What joblib compresses is unpacked, within a bound, and read."""
    found = read(pack(pickle.dumps(Evil())), "model.joblib")
    assert (found.format, list(found.imports)) == ("compressed pickle", ["posix.system"])


def test_joblib(tmp_path: Path) -> None:
    """Joblib's file with the bytes of arrays in it is no broken pickle, and what stands behind them is found."""
    path = tmp_path / "model.joblib"
    joblib.dump([np.arange(5000), Evil()], path)
    with path.open("rb") as file:
        found = read_artifact(file, path.name)
    assert {"joblib.numpy_pickle.NumpyArrayWrapper", "posix.system"} <= set(found.imports)
    assert not found.problems


def test_numpy(tmp_path: Path) -> None:
    """An array of objects tells what its values would import; one of numbers has nothing to tell."""
    objects, numbers = io.BytesIO(), io.BytesIO()
    np.save(objects, np.array([Evil()], dtype=object), allow_pickle=True)
    np.save(numbers, np.arange(9))
    found = read(objects.getvalue(), "a.npy")
    assert (list(found.code), "posix.system" in found.imports) == (["an array of Python objects"], True)
    assert read(numbers.getvalue(), "a.npy") == Artifact("a.npy", 128 + 72, read(numbers.getvalue()).sha256, "npy")
    np.savez(tmp_path / "b.npz", a=np.array([Evil()], dtype=object))
    assert "posix.system" in read((tmp_path / "b.npz").read_bytes(), "b.npz").imports


def _safetensors(header: object, data: bytes = b"\x00" * 8) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


_TENSOR = {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "__metadata__": {"format": "pt"}}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (_safetensors(_TENSOR), []),
        (_safetensors(_TENSOR, b"\x00" * 9), ["bytes that belong to no tensor, or tensors beyond the end"]),
        (_safetensors({"w": {"data_offsets": [8]}}), ["a tensor without a place in the file"]),
        (_safetensors({"w": 5}), ["a tensor without a place in the file"]),
        (struct.pack("<Q", 9) + b"{" + b"x" * 20, ["a header that is no JSON object"]),
        (pickle.dumps(1), ["named .safetensors, but it is pickle"]),
        (b"", ["named .safetensors, but it is unknown"]),
    ],
)
def test_safetensors(data: bytes, problem: list[str]) -> None:
    """A header must be JSON and its tensors must fill the file; another format under that name is told."""
    assert list(read(data, "model.safetensors").problems) == problem


def test_gguf() -> None:
    """Counts must be those of a model; a template that reaches into objects is code."""
    head = b"GGUF" + struct.pack("<IQQ", 3, 2, 1)
    assert read(head + b"tokenizer.chat_template {{ messages }}", "m.gguf").code == {}
    assert list(read(head + b"tokenizer.chat_template {{ x.__class__.__base__ }}", "m.gguf").code)
    assert read(b"GGUF" + b"\xff" * 20, "m.gguf").problems


def test_keras() -> None:
    """A Lambda layer is code, in the old file as in the new archive."""
    config = b'{"config": {"layers": [{"class_name": "Lambda"}]}}'
    assert list(read(zipped(config_json=config, model_weights_h5=b"x"), "m.keras").code) == ["a Lambda layer of Keras"]
    assert list(read(b"\x89HDF\r\n\x1a\n" + config, "m.h5").code) == ["a Lambda layer of Keras"]


def test_what_is_no_model() -> None:
    """A program, or an archive scanners do not open, is told by name."""
    assert list(read(b"\x7fELF...", "m.pt").problems) == ["it is a program, which no model is"]
    assert list(read(b"7z\xbc\xaf\x27\x1c....", "m.pt").problems) == ["it is 7z, which no model is"]


def test_paths_of_python() -> None:
    """A file of paths for Python is no broken pickle; a line of it that runs whenever Python starts is code."""
    quiet, started = read(b"../src\n./lib\n", "a.pth"), read(b"../src\nimport os; os.system('x')\n", "a.pth")
    assert (quiet.format, quiet.code, quiet.problems) == ("a list of paths", {}, {})
    assert list(started.code) == ["a line that Python runs whenever it starts"]
    assert list(read(pickle.dumps(Evil(), 0), "a.pth").imports) == ["posix.system"]


def test_pointer() -> None:
    """A pointer of Git's large files stands for the file it points to."""
    text = f"version https://git-lfs.example/spec/v1\noid sha256:{'ab' * 32}\nsize 4711\n".encode()
    found = read(text, "m.safetensors")
    assert (found.format, found.sha256, found.size, found.problems) == ("a pointer", "ab" * 32, 4711, {})


def test_nothing_runs(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Reading a file loads nothing of it."""
    mark = tmp_path / "mark"

    class Touch:
        def __reduce__(self) -> tuple[object, ...]:
            return subprocess.call, (["touch", str(mark)],)

    assert "subprocess.call" in read(pickle.dumps([Touch(), Quiet()])).imports
    assert not mark.exists()
    assert RAN not in capfd.readouterr().out


_BOMB = zlib.compress(b"\x00" * (256 << 20), 9)
_ENDLESS = b"\x80\x04" + b"(" * 3_000_000


@pytest.mark.parametrize(
    "data",
    [
        _BOMB,
        _ENDLESS,
        b"\x80\x04" + b"K\x01" * 3_000_000,
        b"\x80\x04\x8e" + b"\xff" * 8,
        b"\x80\x04\x8b\xff\xff\xff\x7f",
        b"L" + b"9" * 5_000_000 + b"L\n.",
        b"\x80\x02c" + b"a" * 5_000_000,
        b"\x80\x02" + b"ca" * 2_000_000,
        zipped(a_pkl=b"\x80\x04" + b"N0" * 2_000_000),
    ],
    ids=["bomb", "marks", "numbers", "bytes", "long", "digits", "line", "lines", "zip"],
)
def test_time_is_bounded(data: bytes) -> None:
    """Whatever its bytes are made to do, a file is read in seconds."""
    started = time.monotonic()
    read(data, "model.joblib")
    assert time.monotonic() - started < 20.0


def test_secrets_stay_out() -> None:
    """A secret in a name is masked."""
    secret = "ghp_" + "Ab1" * 12
    assert secret not in str(read(f"c{secret}\nx\n.".encode()))


_OPCODES = st.sampled_from([opcode.code.encode("latin-1") for opcode in pickletools.opcodes])


@given(
    st.lists(_OPCODES | st.binary(max_size=6), max_size=60).map(b"".join), st.sampled_from(["m.pkl", "m.npy", "m.bin"])
)
def test_any_opcodes(data: bytes, name: str) -> None:
    """Any opcodes in any order are read to an end."""
    for start in (b"", b"\x80\x04", b"\x93NUMPY\x01\x00\x20\x00{'descr': '|O'", b"GGUF", b"PK\x03\x04"):
        assert read(start + data, name).size == len(start) + len(data)
