"""Running git on a repository nobody trusts: no configuration of it, no hooks, no network, no writes into it."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Self

from collector.errors import DamagedSourceError, EmptySourceError, NotASourceError, SourceError

PIPE_BYTES = 1 << 20
CHUNK_BYTES = 1 << 16
_DEADLINE_S = 120.0


class GitMissingError(SourceError):
    """The git command was not found: install git 2.35 or later and put it on PATH."""


class NotARepositoryError(NotASourceError):
    """The folder is no git repository: name the folder that holds `.git`, or a bare repository."""


class EmptyRepositoryError(EmptySourceError):
    """The repository has no commit yet: there is no history to learn from."""


class DamagedRepositoryError(DamagedSourceError):
    """The history cannot be walked: run `git fsck`, or clone it again."""


def environment() -> dict[str, str]:
    """Return an environment in which git reads no configuration of the machine or user and fetches nothing.

    Variables such as GIT_DIR, set where we run inside a hook, would point git at another repository: none is kept.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "LC_ALL": "C",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_PAGER": "cat",
        "GIT_TERMINAL_PROMPT": "0",
    }


_OVERRIDES = (
    *("-c", "safe.directory=*"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.attributesFile=/dev/null"),
    *("-c", "core.quotePath=off"),
    # A file this big is taken as binary: a line diff of it would cost more than it tells.
    *("-c", "core.bigFileThreshold=2m"),
    *("-c", "diff.external="),
    *("-c", "log.showSignature=false"),
    *("-c", "protocol.allow=never"),
    *("-c", "gc.auto=0"),
    *("-c", "maintenance.auto=false"),
    "--no-pager",
)


def command(*arguments: str) -> list[str]:
    """Return the command line for git with everything switched off that could run something else."""
    found = shutil.which("git")
    if found is None:
        raise GitMissingError("git was not found on PATH: install git 2.35 or later, or put it on PATH, and run again")
    return [found, *_OVERRIDES, *arguments]


def ask(path: Path, *arguments: str) -> bytes | None:
    """Return what a short git command about the folder prints; None where it fails."""
    try:
        done = subprocess.run(
            command("-C", str(path), *arguments),
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_DEADLINE_S,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


class Shadow:
    """A throw-away repository that shares the objects of the one read, and nothing else of it.

    Its configuration, hooks, attributes, grafts, replacements and remotes are ours, so no setting of the repository can
    run a command or contact a server, and whatever git writes while it looks (the merges it redoes) is written here.
    """

    def __init__(self, path: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="unwonted-git-")
        self.path = Path(self._folder.name)
        try:
            self.refs = self._fill(path)
        except BaseException:
            self._folder.cleanup()
            raise

    def _fill(self, path: Path) -> dict[str, str]:
        common, hash_name = _location(path)
        (self.path / "objects" / "info").mkdir(parents=True)
        (self.path / "refs").mkdir()
        (self.path / "HEAD").write_text("ref: refs/heads/unwonted-none\n")
        objects = os.fsencode(common / "objects")
        if b"\n" in objects or objects.startswith((b'"', b"#")):
            raise NotARepositoryError(f"{path}: the name of the folder holds a line break or quote: rename it")
        (self.path / "objects" / "info" / "alternates").write_bytes(objects + b"\n")
        config = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n"
        (self.path / "config").write_text(config + f"[extensions]\n\tobjectFormat = {hash_name}\n")
        boundary = common / "shallow"
        if boundary.is_file():
            shutil.copyfile(boundary, self.path / "shallow")
        refs = _refs(path)
        lines = [f"{sha} {name}\n" for name, sha in sorted(refs.items(), key=lambda item: os.fsencode(item[0]))]
        (self.path / "packed-refs").write_bytes(b"# pack-refs with: sorted \n" + b"".join(map(os.fsencode, lines)))
        return refs

    def index(self) -> None:
        """Write git's index of commits into the shadow: walks and merge bases become several times faster.

        Where git cannot, as in a shallow clone or a damaged one, all goes on without it.
        """
        with self.start("commit-graph", "write", "--reachable", "--no-progress") as git:
            git.finish()
            git.wait()

    def boundary(self) -> frozenset[str]:
        """Return the commits whose parents a shallow clone does not have."""
        file = self.path / "shallow"
        return frozenset(file.read_text(errors="replace").split()) if file.is_file() else frozenset()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def start(self, *arguments: str) -> Conversation:
        """Start a git command on the shadow that reads from us while we read from it."""
        return Conversation(command("--git-dir", str(self.path), *arguments))


def _location(path: Path) -> tuple[Path, str]:
    answer = ask(path, "rev-parse", "--git-common-dir", "--show-object-format")
    if answer is None:
        raise NotARepositoryError(
            f"{path}: not a git repository that git can open: name the folder that holds .git, or a bare repository"
        )
    folder, hash_name = answer.rstrip(b"\n").rsplit(b"\n", 1)
    return (path / os.fsdecode(folder)).resolve(), hash_name.decode("ascii", "replace")


def _refs(path: Path) -> dict[str, str]:
    """Return every ref with its object; a detached HEAD is one more, and HEAD's own branch comes first."""
    listed = ask(path, "for-each-ref", "--format=%(objectname) %(refname)") or b""
    refs: dict[str, str] = {}
    head = (ask(path, "symbolic-ref", "-q", "HEAD") or b"").strip()
    pairs = [line.split(b" ", 1) for line in listed.split(b"\n") if b" " in line]
    for sha, name in sorted(pairs, key=lambda pair: (pair[1] != head, pair[1])):
        refs[os.fsdecode(name)] = sha.decode("ascii", "replace")
    detached = (ask(path, "rev-parse", "-q", "--verify", "HEAD^{commit}") or b"").strip().decode("ascii", "replace")
    if detached and detached not in refs.values():
        refs["refs/unwonted/head"] = detached
    return refs


class Conversation:
    """A running git command: what we say is written by a thread, so that neither side waits for the other."""

    def __init__(self, arguments: list[str]) -> None:
        self._process = subprocess.Popen(
            arguments,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            pipesize=PIPE_BYTES,
        )
        self._said: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._buffer, self._at = bytearray(), 0
        self._writer = threading.Thread(target=self._write, daemon=True)
        self._writer.start()

    def _write(self) -> None:
        stdin = self._pipe(self._process.stdin)
        try:
            while (text := self._said.get()) is not None:
                view = memoryview(text)
                while view:
                    view = view[stdin.write(view) :]
        except (BrokenPipeError, ValueError, OSError):
            pass  # git ended; whoever reads its answers sees that
        finally:
            with contextlib.suppress(OSError):
                stdin.close()

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            raise SourceError("git was started without a pipe")
        return pipe

    def say(self, text: bytes) -> None:
        """Send text without waiting."""
        self._said.put(text)

    def finish(self) -> None:
        """Say that nothing more comes."""
        self._said.put(None)

    def _more(self) -> bool:
        piece = self._pipe(self._process.stdout).read(PIPE_BYTES)
        del self._buffer[: self._at]
        self._at = 0
        self._buffer += piece
        return bool(piece)

    def _take(self, end: int, drop: int = 0) -> bytes:
        taken = bytes(memoryview(self._buffer)[self._at : end])
        self._at = end + drop
        return taken

    def until(self, mark: bytes) -> bytes | None:
        """Return what comes before the mark, which is dropped; None where git ends first."""
        looked = 0
        while (found := self._buffer.find(mark, self._at + looked)) < 0:
            looked = max(0, len(self._buffer) - self._at - len(mark) + 1)
            if not self._more():
                return None
        return self._take(found, len(mark))

    def exactly(self, count: int) -> bytes | None:
        """Return the next bytes; None where git ends first."""
        while len(self._buffer) - self._at < count:
            if not self._more():
                return None
        return self._take(self._at + count)

    def rest(self) -> Iterator[bytes]:
        """Yield what comes until git ends, in pieces."""
        if self._at < len(self._buffer):
            yield self._take(len(self._buffer))
        while piece := self._pipe(self._process.stdout).read(PIPE_BYTES):
            yield piece

    def close(self) -> int:
        """End the command, whatever it is doing, and return its exit code."""
        self.finish()
        if self._process.poll() is None:
            self._process.kill()
        code = self._process.wait()
        self._writer.join(timeout=5)
        self._pipe(self._process.stdout).close()
        return code

    def wait(self) -> int:
        """Return the exit code once the command has ended by itself."""
        self.finish()
        return self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def lines_of(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of a stream of pieces, without their ends."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines
    if rest:
        yield rest
