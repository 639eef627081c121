"""Marks of code in formats that are looked at by their bytes alone."""

from __future__ import annotations

import re

from collector.artifacts.artifact import Artifact

MAX_SEARCHED = 32 << 20
_MARKS = (
    (re.compile(rb"\"class_name\"\s{0,4}:\s{0,4}\"(?:Lambda|TFOpLambda)\""), "a Lambda layer of Keras"),
    (re.compile(rb"\x12.?(?:Eager)?PyFunc\b"), "a Python function in a graph of TensorFlow"),
    (re.compile(rb"\x12\x08ReadFile\b"), "an operation that reads files"),
    (re.compile(rb"\x12\x09WriteFile\b"), "an operation that writes files"),
)
_TEMPLATE = re.compile(rb"chat_template[\s\S]{0,65536}?(?:__\w{2,20}__|\|\s{0,4}attr\b|\bimport\b)")


def search_for_code(data: bytes, artifact: Artifact) -> None:
    """Add the marks of code that bytes hold."""
    for mark, name in _MARKS:
        if mark.search(data):
            artifact.runs(name)


def search_template(data: bytes, artifact: Artifact) -> None:
    """Add that a chat template reaches into objects, which one that only writes text does not."""
    at = data.find(b"chat_template")
    if at >= 0 and _TEMPLATE.search(data[at : at + 131_072]):
        artifact.runs("a chat template that reaches into objects")
