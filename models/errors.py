"""Errors of the models room.

ModelsError
├── LayoutMismatchError
├── NotEnoughRowsError
└── UntrustedModelError
"""

from __future__ import annotations


class ModelsError(Exception):
    """Something about profiles or models is wrong."""


class LayoutMismatchError(ModelsError):
    """The stored state was written with another layout of features; rebuild it from the stream."""


class NotEnoughRowsError(ModelsError):
    """Too few rows to fit a detector; wait for more events."""


class UntrustedModelError(ModelsError):
    """A model version's digest or signature does not match; do not use it, and find out who changed it."""
