"""Answers that hold until something changes, so that not every page counts a hundred thousand incidents anew."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

_T = TypeVar("_T")
FRESH_S = 3.0
"""How long an answer is told at most, though nothing that is looked at changed."""
MOST = 200


class Remembered:
    """A few answers, each as of a revision; may be shared by threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._answers: OrderedDict[Hashable, tuple[int, float, Any]] = OrderedDict()

    def answer(self, question: Hashable, revision: int, ask: Callable[[], _T]) -> _T:
        """Return the answer to a question as of a revision, asked for anew where it is another's, or old.

        >>> remembered, asked = Remembered(), []
        >>> [remembered.answer("how many", revision, lambda: asked.append(1) or len(asked)) for revision in (7, 7, 8)]
        [1, 1, 2]
        """
        known = self._answers.get(question)
        if known is not None and known[0] == revision and self._now() - known[1] < FRESH_S:
            return known[2]  # type: ignore[no-any-return]  # what the same question was answered
        answer = ask()
        self._answers[question] = revision, self._now(), answer
        while len(self._answers) > MOST:
            self._answers.popitem(last=False)
        return answer
