"""Errors of the models room.

ModelsError
├── LayoutMismatchError
├── MissingKeyError
├── NotEnoughRowsError
├── UnknownVersionError
└── UntrustedModelError
    ├── ChangedFileError
    ├── ForeignModelError
    ├── ForgedModelError
    ├── MalformedModelError
    ├── ReplacedModelError
    └── UnsignedModelError
"""

from __future__ import annotations


class ModelsError(Exception):
    """Something about profiles or models is wrong."""

    def __str__(self) -> str:
        """Return the message, or what its kind of error always says."""
        return super().__str__() or type(self).__doc__ or ""


class LayoutMismatchError(ModelsError):
    """The stored state was written with another layout of features; rebuild it from the stream."""


class NotEnoughRowsError(ModelsError):
    """Too few rows to fit a detector; wait for more events."""


class UntrustedModelError(ModelsError):
    """A model version's digest or signature does not match; do not use it, and find out who changed it."""


class UnsignedModelError(UntrustedModelError):
    """A model version has no signature; train one here, or get it with its signature from who made it."""


class ForeignModelError(UntrustedModelError):
    """A model version was signed with a key that is not trusted here; get its maker's public key, or train one here."""


class ForgedModelError(UntrustedModelError):
    """A model version's signature does not match its manifest; do not use it, and find out who changed it."""


class ChangedFileError(UntrustedModelError):
    """A model version's file is not the one its manifest tells of; do not use it, and find out who changed it."""


class ReplacedModelError(UntrustedModelError):
    """Another model version stands under this name than the one that was asked for; put the right one back."""


class MalformedModelError(UntrustedModelError):
    """A model version does not hold what it must; do not use it, and train a new one."""


class UnknownVersionError(ModelsError):
    """There is no model version of that name; `unwonted model list` names them all."""


class MissingKeyError(ModelsError):
    """There is no key to sign or to check model versions with; `unwonted train` makes one."""
