"""Code: what added lines are able to do, and the modules they take in."""

from __future__ import annotations

import re

_CALLS: tuple[tuple[bytes, str], ...] = (
    (b"eval(", "eval"),
    (b"exec(", "exec"),
    (b"exec.Command", "starts a process"),
    (b"execSync", "starts a process"),
    (b"execFile", "starts a process"),
    (b"spawn", "starts a process"),
    (b"child_process", "starts a process"),
    (b"os.system", "starts a process"),
    (b"subprocess", "starts a process"),
    (b"popen", "starts a process"),
    (b"Popen", "starts a process"),
    (b"Runtime.getRuntime", "starts a process"),
    (b"Process.Start", "starts a process"),
    (b"Command::new", "starts a process"),
    (b"proc_open", "starts a process"),
    (b"shell_exec", "starts a process"),
    (b"ShellExecute", "starts a process"),
    (b"unref()", "lets a process outlive it"),
    (b"detached: true", "lets a process outlive it"),
    (b"detached:true", "lets a process outlive it"),
    (b"new Function(", "makes code of text"),
    (b"Function('", "makes code of text"),
    (b'Function("', "makes code of text"),
    (b"compile(", "compile"),
    (b"__import__", "imports by name"),
    (b"importlib", "imports by name"),
    (b"marshal.loads", "loads a serialised object"),
    (b"pickle.load", "loads a serialised object"),
    (b"Marshal.load", "loads a serialised object"),
    (b"unserialize(", "loads a serialised object"),
    (b"b64decode", "decodes base64"),
    (b"atob(", "decodes base64"),
    (b"'base64'", "decodes base64"),
    (b'"base64"', "decodes base64"),
    (b"base64_decode", "decodes base64"),
    (b"decode64", "decodes base64"),
    (b"FromBase64String", "decodes base64"),
    (b"fromCharCode", "text from numbers"),
    (b"zlib.decompress", "decompresses"),
    (b"gunzipSync", "decompresses"),
    (b"inflate(", "decompresses"),
    (b"createDecipher", "decrypts"),
    (b"unescape(", "unescapes"),
    (b"decodeURIComponent(", "unescapes"),
    (b"_0x", "names of an obfuscator"),
    (b"XMLHttpRequest", "calls out"),
    (b"fetch(", "calls out"),
    (b"http.request", "calls out"),
    (b"https.request", "calls out"),
    (b"http.get(", "calls out"),
    (b"https.get(", "calls out"),
    (b"axios", "calls out"),
    (b"urlopen", "calls out"),
    (b"requests.", "calls out"),
    (b"http.Get(", "calls out"),
    (b"http.Post(", "calls out"),
    (b"Net::HTTP", "calls out"),
    (b"WebSocket(", "opens a socket"),
    (b"socket.", "opens a socket"),
    (b"net.connect", "opens a socket"),
    (b"net.Dial", "opens a socket"),
    (b"TcpStream::connect", "opens a socket"),
    (b"process.env", "reads the environment"),
    (b"os.environ", "reads the environment"),
    (b"getenv", "reads the environment"),
    (b"Getenv(", "reads the environment"),
    (b"/etc/passwd", "reads credentials"),
    (b".npmrc", "reads credentials"),
    (b".ssh/", "reads credentials"),
    (b"id_rsa", "reads credentials"),
    (b".aws/", "reads credentials"),
    (b".git-credentials", "reads credentials"),
    (b"169.254.169.254", "reads cloud metadata"),
    (b"homedir()", "reads the home folder"),
    (b"expanduser", "reads the home folder"),
    (b"navigator.language", "asks for the user's language"),
    (b"resolvedOptions()", "asks for the user's time zone"),
    (b"window.location", "sends the browser elsewhere"),
    (b"location.href", "sends the browser elsewhere"),
    (b"document.write", "writes into the page"),
    (b"document.createElement('script'", "writes into the page"),
    (b"<script", "a script in a page"),
    (b"<iframe", "a frame in a page"),
    (b"while (true)", "a loop without end"),
    (b"while(true)", "a loop without end"),
    (b"while True", "a loop without end"),
    (b"for (;;)", "a loop without end"),
    (b"< Infinity", "a loop without end"),
    (b"process.exit", "ends the process"),
    (b"os._exit", "ends the process"),
    (b"os.Exit(", "ends the process"),
    (b"rmSync", "deletes files"),
    (b"rmtree", "deletes files"),
    (b"unlinkSync", "deletes files"),
    (b"os.RemoveAll", "deletes files"),
    (b"chmod", "changes modes"),
    (b"crontab", "runs at set times"),
    (b"dlopen", "loads a library"),
    (b"ctypes", "loads a library"),
    (b"VirtualAlloc", "makes memory executable"),
    (b"mprotect", "makes memory executable"),
    (b"func init()", "runs when imported"),
    (b"__attribute__((constructor", "runs when imported"),
    (b"__attribute__((ifunc", "chooses code when loaded"),
    (b"cmdclass", "runs when installed"),
    (b"unsafe {", "unsafe code"),
    (b"unsafe.Pointer", "unsafe code"),
)


# Methods of other things bear these names too: only the bare call counts.
_BARE = {
    name: re.compile(rb"(?<![\w.$>:])" + re.escape(name))
    for name in (b"eval(", b"exec(", b"compile(", b"fetch(", b"inflate(", b"popen", b"spawn", b"socket.", b"requests.")
}
_WORDS = bytes(c if (c < 128 and chr(c).isalnum()) or c == 95 else 32 for c in range(256))
"""Turns all but letters, digits and underscores into spaces."""
_UNWORDED = tuple((needle, name) for needle, name in _CALLS if needle in {b"_0x", b"for (;;)", b"169.254.169.254"})
_BY_WORD: dict[bytes, list[tuple[bytes, str]]] = {}
for _needle, _name in _CALLS:
    _word = max(_needle.translate(_WORDS).split() or [b""], key=len)
    for _form in (_word, _word + b"Sync"):
        _BY_WORD.setdefault(_form, []).append((_needle, _name))
_KNOWN = frozenset(_BY_WORD)


def calls_in(added: bytes) -> list[str]:
    """Return what added code is able to do, named by what it calls; how new that is decides, not the list.

    >>> calls_in(b"eval(atob(x))")
    ['decodes base64', 'eval']
    """
    # Whole words first: a hundred searches of the text would cost ten times as much.
    words = _KNOWN.intersection(added.translate(_WORDS).split())
    found = {name for word in words for needle, name in _BY_WORD[word] if _calls(needle, added)}
    found.update(name for needle, name in _UNWORDED if needle in added)
    return sorted(found)


def _calls(needle: bytes, added: bytes) -> bool:
    return needle in added and (needle not in _BARE or _BARE[needle].search(added) is not None)


_STARTS = (b"import", b"from", b"use ", b"pub use", b"#", b"require")
_IMPORT = re.compile(
    rb"(?m)^[ \t]*(?:from[ \t]+([\w.]{1,80})[ \t]+import"
    rb"|import[ \t]+([a-z_][\w.]{0,80})(?=[ \t]*(?:$|,|;|#|as\b))"
    rb"|#[ \t]*include[ \t]*<([\w./+-]{1,80})>"
    rb"|(?:pub[ \t]+)?use[ \t]+([a-z_]\w{0,60})::"
    rb"|require[ \t]+['\"]([\w./-]{1,80})['\"])"
    rb"|(?:\brequire\(|\bfrom|\bimport\(?)[ \t]*['\"]([@\w][\w./@:-]{0,100})['\"]"
)
_GO_IMPORT = re.compile(
    rb"(?m)^(?:import)?[ \t]+(?:[\w.]{1,40}[ \t]+)?"
    rb"\"([a-z0-9.-]{1,60}\.[a-z]{2,6}/[\w./-]{1,100}|[a-z]{1,20}(?:/[a-z]{1,20})?)\"[ \t]*$"
)


def imports_in(added: bytes, *, go: bool = False) -> list[str]:
    r"""Return the modules that added code takes in from elsewhere, without their inner parts.

    Go lists its modules as bare texts, one a line, which would be mistaken for others elsewhere.

    >>> imports_in(b"import os.path\nconst a = require('@x/y/z')\nfrom 'https'\nrequire('./b')")
    ['os', '@x/y', 'https']
    """
    if go:
        found = _GO_IMPORT.findall(added)
    else:
        lines = b"\n".join([line for line in added.split(b"\n") if _may_import(line)])
        found = [next(filter(None, match.groups()), b"") for match in _IMPORT.finditer(lines)] if lines else []
    return list(dict.fromkeys(_module_of(name.decode("utf-8", "replace")) for name in found if name))


def _may_import(line: bytes) -> bool:
    return line.lstrip().startswith(_STARTS) or b"require" in line or b"from" in line or b"import(" in line


def _module_of(name: str) -> str:
    parts = name.removeprefix("node:").split("/")
    if name.startswith("@"):
        return "/".join(parts[:2])
    if "." in parts[0] and len(parts) > 1:
        return "/".join(parts[:3])
    return parts[0].split(".")[0] if len(parts) == 1 else "/".join(parts[:2])
