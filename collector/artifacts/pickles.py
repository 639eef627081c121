"""Pickles read without loading: opcodes are followed only as far as names travel through stack and memo."""

from __future__ import annotations

import pickletools
import re
from collections.abc import Callable, Iterator
from typing import IO, Any

from collector.artifacts.artifact import Artifact

MAX_BYTES = 64 << 20
"""Bytes of one file's pickles that are looked at."""
MAX_OPCODES = 500_000
MAX_PICKLES = 32
"""Pickles that may stand behind one another in a file."""
_MAX_LINE = 1 << 16
_MAX_TEXT = 200
_NAMES = {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE", "STRING", "BINSTRING", "SHORT_BINSTRING"}
_CALLS = {"REDUCE", "NEWOBJ", "NEWOBJ_EX", "OBJ", "INST", "BUILD"}
_PUTS, _GETS = {"PUT", "BINPUT", "LONG_BINPUT"}, {"GET", "BINGET", "LONG_BINGET"}
_UNTOLD = "a name that is made while it loads"
_MARK = object()
_STARTS = re.compile(rb"\x80[\x00-\x05]")
_WITH_ARRAYS = {"joblib.numpy_pickle.NumpyArrayWrapper", "joblib.numpy_pickle_compat.ZNDArrayWrapper"}
"""Joblib puts the bytes of arrays between the opcodes: from the first on a pickle of it cannot be followed."""
_LOOSE = re.compile(
    rb"c([A-Za-z_][\w.]{1,80}+)\n([A-Za-z_][\w.]{0,80}+)\n"
    rb"|\x8c[\x02-\x60]([A-Za-z_][\w.]{1,95})\x94?\x8c[\x01-\x60]([A-Za-z_][\w.]{0,95})\x94?\x93"
)


def is_pickle(head: bytes) -> bool:
    """Return whether a file begins as pickles of protocol 2 and later do."""
    return _STARTS.match(head) is not None


def read_pickles(file: IO[bytes], artifact: Artifact) -> None:
    """Add what unpickling a file from where it stands would import and call.

    Whatever the bytes are, it ends: where they are no pickle any more, or after MAX_BYTES. Then the rest is searched
    for what looks like an import, because unpickling runs what it has read before it fails.
    """
    window = _Window(file, MAX_BYTES)
    for number in range(MAX_PICKLES):
        start = window.at
        if number and not is_pickle(window.peek(2)):
            break
        if not _follow(window, artifact):
            if not window.is_cut and _WITH_ARRAYS.isdisjoint(artifact.imports):
                artifact.odd("a pickle that breaks off or is none")
            window.go_to(start)
            _search(window.rest(), artifact)
            break
    artifact.is_cut = artifact.is_cut or window.is_cut


def _follow(window: _Window, artifact: Artifact) -> bool:
    """Follow one pickle to its end; return False where it breaks off."""
    machine = _Machine(artifact)
    try:
        for count, (opcode, argument, _) in enumerate(_opcodes(window)):
            if count >= MAX_OPCODES:
                artifact.is_cut = True
                return False
            machine.step(opcode, argument)
    except (ValueError, IndexError, KeyError, OverflowError, MemoryError, RecursionError, AttributeError, TypeError):
        return False
    return True


def _opcodes(window: _Window) -> Iterator[tuple[pickletools.OpcodeInfo, Any, int | None]]:
    yield from pickletools.genops(window)  # type: ignore[arg-type]


def _search(text: bytes, artifact: Artifact) -> None:
    for found in _LOOSE.finditer(text):
        module, name = (part.decode("ascii", "replace") for part in found.groups() if part is not None)
        artifact.imported(f"{module}.{name}")


class _Window:
    """A file that ends after so many bytes, and can go back within them."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self._data = file.read(limit)
        self.is_cut = bool(file.read(1))
        self.at = 0

    def read(self, count: int = -1) -> bytes:
        """Return the next bytes, fewer at the end."""
        end = len(self._data) if count < 0 else min(self.at + count, len(self._data))
        taken = self._data[self.at : end]
        self.at = end
        return taken

    def readline(self) -> bytes:
        """Return the rest of a line; of a very long one the beginning, which no opcode takes for a line."""
        end = self._data.find(b"\n", self.at, self.at + _MAX_LINE)
        return self.read(_MAX_LINE if end < 0 else end + 1 - self.at)

    def tell(self) -> int:
        """Return how many bytes were read."""
        return self.at

    def peek(self, count: int) -> bytes:
        """Return the next bytes and stay before them."""
        return self._data[self.at : self.at + count]

    def go_to(self, at: int) -> None:
        """Stand before a byte."""
        self.at = at

    def rest(self) -> bytes:
        """Return all that follows."""
        return self._data[self.at :]


class _Machine:
    """The stack and the memo of an unpickler, holding texts where they are known and None where not."""

    def __init__(self, artifact: Artifact) -> None:
        self._artifact = artifact
        self._stack: list[Any] = []
        self._memo: dict[int, str] = {}
        self._memoized = 0
        self._steps: dict[str, Callable[[Any], None]] = {
            "GLOBAL": self._global,
            "INST": self._inst,
            "STACK_GLOBAL": self._stack_global,
            "MEMOIZE": self._memoize,
            "MARK": lambda _: self._stack.append(_MARK),
            "DUP": lambda _: self._stack.append(self._stack[-1]),
            "POP": lambda _: self._stack.pop(),
            **dict.fromkeys(_NAMES, self._text),
            **dict.fromkeys(_PUTS, self._put),
            **dict.fromkeys(_GETS, self._get),
            **dict.fromkeys(("EXT1", "EXT2", "EXT4"), self._extension),
        }

    def step(self, opcode: pickletools.OpcodeInfo, argument: Any) -> None:
        """Do what one opcode does to names."""
        if opcode.name in _CALLS:
            self._artifact.calls += 1
        special = self._steps.get(opcode.name)
        if special is not None:
            special(argument)
        else:
            self._pop(opcode)
            self._stack += [None] * len(opcode.stack_after)

    def _pop(self, opcode: pickletools.OpcodeInfo) -> None:
        before = opcode.stack_before
        if pickletools.markobject in before:
            self._to_mark()
            count = before.index(pickletools.markobject)
        else:
            count = len(before)
        if count > len(self._stack):
            raise ValueError("the stack is empty")
        del self._stack[len(self._stack) - count :]

    def _to_mark(self) -> None:
        while self._stack.pop() is not _MARK:
            pass

    def _text(self, argument: Any) -> None:
        self._stack.append(str(argument)[:_MAX_TEXT])

    def _put(self, argument: Any) -> None:
        self._remember(int(argument))

    def _memoize(self, _: Any) -> None:
        self._remember(self._memoized)

    def _remember(self, place: int) -> None:
        self._memoized += 1
        top = self._stack[-1]
        if isinstance(top, str):
            self._memo[place] = top
        else:
            self._memo.pop(place, None)

    def _get(self, argument: Any) -> None:
        self._stack.append(self._memo.get(int(argument)))

    def _global(self, argument: Any) -> None:
        module, _, name = str(argument).partition(" ")
        self._artifact.imported(f"{module}.{name}")
        self._stack.append(None)

    def _inst(self, argument: Any) -> None:
        self._to_mark()
        self._global(argument)

    def _stack_global(self, _: Any) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        if isinstance(module, str) and isinstance(name, str):
            self._artifact.imported(f"{module}.{name}")
        else:
            self._artifact.odd(f"imports {_UNTOLD}")
        self._stack.append(None)

    def _extension(self, _: Any) -> None:
        self._artifact.odd("imports through the extension registry")
        self._stack.append(None)
