"""Models that would start programs: what loading one would run, told by a rule, because no history makes it usual."""

from __future__ import annotations

import re
from typing import ClassVar, Self

import msgspec

from collector.event import Event

_RUNS = re.compile(
    r"(?:os|posix|nt)\.(?:system|popen|exec[a-z]{1,3}|spawn[a-z]{1,3}|posix_spawnp?|startfile|fork|kill|remove|unlink|putenv)$"
    r"|(?:subprocess|_posixsubprocess|pty|commands|popen2|runpy|ctypes|socket|_socket|webbrowser|pdb|bdb|code|timeit|cProfile|"
    r"profile|imp|pip)(?:\.|$)|(?:builtins|__builtin__)\.(?:eval|exec|execfile|compile|__import__|open|breakpoint)$"
    r"|(?:urllib\.request|urllib2|requests|http\.client|httplib|ftplib|smtplib|telnetlib|importlib|asyncio|marshal)\."
    r"|pickle\.loads?$|_pickle\.loads?$|shutil\.(?:rmtree|move|copy[a-z0-9]{0,4})$|sys\.(?:modules|path)$"
)
"""Programs, code from text, libraries, the network and the file system: what a model of numbers needs none of."""
_NAMED = 4


class ModelCode:
    """What watches models; it remembers nothing, as the rule is the same for each."""

    FORMAT: ClassVar[int] = 1

    def take(self, event: Event) -> Event:
        """Return a model's event with a signal where loading it would run something."""
        imports = event.facts.get("model_import", ())
        found = [name for name in ([imports] if isinstance(imports, str) else imports) if _RUNS.match(name)]
        if not found:
            return event
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        told = f"loading {event.entity.name[:200]} would call {', '.join(found[:_NAMED])}{more}"
        return msgspec.structs.replace(event, signals={**event.signals, "model_runs_code": told})

    def to_bytes(self) -> bytes:
        """Return nothing: there is nothing to remember."""
        return b""

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return one."""
        del data
        return cls()
