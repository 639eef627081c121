"""Templates turned into answers: everything that is not markup of ours is made plain and escaped on its way out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from service.web import phrases
from service.web.assets import Asset
from service.words import count, duration, every, listed, plain, rfc3339, short_ref

HTMX = (
    '{"allowEval":false,"allowScriptTags":false,"includeIndicatorStyles":false,"historyCacheSize":0,'
    '"refreshOnHistoryMiss":true,"selfRequestsOnly":true,"scrollIntoViewOnBoost":false}'
)
"""No evaluation, no style made by script, no page kept in the browser's storage."""


class Renderer:
    """Renders the templates of this folder."""

    def __init__(self, assets: Mapping[str, Asset], version: str, now: Callable[[], datetime]) -> None:
        self._now = now
        self._environment = Environment(
            loader=PackageLoader("service.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_finalize,
        )
        self._environment.globals |= {
            "asset": lambda name: f"/static/{name}?{assets[name].digest}",
            "htmx": Markup(HTMX.replace('"', "&quot;")),  # noqa: S704  # our own words
            "version": version,
            "count": count,
            "every": every,
            "listed": listed,
        }
        self._environment.filters |= {
            "ago": lambda at: phrases.ago(at, self._now()),
            "stamp": phrases.stamp,
            "moment": lambda at: f"{at.day} {at:%b} {at:%H:%M:%S}",
            "day": lambda at: f"{at.day} {at:%B %Y}",
            "breakable": _breakable,
            "marked": _marked,
            "iso": lambda at: rfc3339(at.timestamp()),
            "cut": plain,
            "verbatim": _verbatim,
            "duration": duration,
            "level": phrases.level,
            "family": phrases.family,
            "bare": phrases.bare,
            "type_of": phrases.type_of,
            "headline": phrases.headline,
            "odds": phrases.odds,
            "short": short_ref,
        }

    def __call__(self, template: str, context: Mapping[str, Any], status: int = 200) -> HTMLResponse:
        """Return a page."""
        page = self._environment.get_template(template).render(**context)
        return HTMLResponse(page.encode(errors="replace"), status_code=status)


def _finalize(value: object) -> object:
    """Make every text that a template writes plain: a name must neither hide nor turn what follows it."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


_JOINT = re.compile(r"(?<=[/._:@])(?=\w)")


def _breakable(text: str) -> Markup:
    """Return text that may go on in the next line within a long name."""
    return Markup("<wbr>").join(_JOINT.split(plain(text)))


def _marked(text: str) -> Markup:
    """Return text with what stands between backticks as code."""
    parts = [escape(plain(part)) for part in text.split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(part) if i % 2 else part for i, part in enumerate(parts))


def _verbatim(text: str) -> Markup:
    """Return text with its lines kept, each of them plain: what a person wrote and may correct."""
    return Markup("\n").join(escape(plain(line)) for line in text.splitlines())
