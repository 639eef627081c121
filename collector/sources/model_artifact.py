"""model_artifact: what a model hub says of a model that was fetched: who published it, as which files."""

from __future__ import annotations

from collector.delivery import Delivery
from collector.event import Entity, Event, Kind
from collector.sources.fields import JSON, number, record, records, text
from collector.sources.snapshots import add_context
from collector.sources.source import Context, Draft, Source, digest_of, object_of

MAX_FILES = 1000
_DOUBLE = frozenset({"gz", "bin", "json", "txt", "index"})


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return one event: the model as it stood when it was fetched."""
    body = object_of(delivery)
    name = text(body, "id", "modelId", "name") or delivery.header("Unwonted-Path") or "unknown"
    draft = Draft("model.fetched", Kind.DEPENDENCY, entity=Entity("model", name))
    add_context(draft, delivery)
    draft.fact("publisher", text(body, "author") or (name.split("/", 1)[0] if "/" in name else ""))
    draft.fact("revision", text(body, "revision") or "unpinned")
    draft.values("digest", [text(body, "sha"), *_digests(body)], MAX_FILES)
    files = records(body, "siblings", MAX_FILES)
    names = [text(file, "rfilename", "path", "name") for file in files]
    draft.values("format", map(_format, names))
    draft.values("file", names)
    for field in ("pipeline_tag", "library_name", "gated", "private", "disabled"):
        value = body.get(field)
        draft.fact(f"x.{field}", str(value).lower() if isinstance(value, str | bool) else "")
    sizes = [number(file, "size") or number(record(file, "lfs"), "size") or 0.0 for file in files]
    draft.number("size_bytes", sum(sizes) if any(sizes) else None)
    draft.number("files", float(len(files)))
    return [draft.event(delivery, context, digest_of([delivery.headers, delivery.received_at, body]))]


def _digests(body: JSON) -> list[str]:
    found = []
    for file in records(body, "siblings", MAX_FILES):
        digest = text(record(file, "lfs"), "sha256", "oid") or text(file, "blobId", "sha256")
        if digest:
            found.append(f"{text(file, 'rfilename', 'path', 'name')[:80]}@{digest[:16]}")
    return found


def _format(name: str) -> str:
    """Return the extension of a file, two of them where the last says little.

    >>> _format("pytorch_model.bin"), _format("model.safetensors"), _format("weights.pkl.gz"), _format("LICENSE")
    ('bin', 'safetensors', 'pkl.gz', 'none')
    """
    parts = name.rsplit("/", 1)[-1].lower().split(".")
    if len(parts) < 2:
        return "none"
    return ".".join(parts[-2:]) if parts[-1] in _DOUBLE and len(parts) > 2 and len(parts[-2]) <= 12 else parts[-1][:20]


SOURCE = Source("model_artifact", parse)
