"""Guides: for each system that can send, from nothing to its first event, in words and commands to paste."""

from __future__ import annotations

from unwonted.guides.guide import GUIDES, Guide, page_of, steps_of

__all__ = ["GUIDES", "Guide", "page_of", "steps_of"]
