"""The gate: what a challenger must show before it may serve, and in words why it may not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.scorer import FINDING_BITS
from models.version import AttackQuality, Gate, KindQuality
from training.evaluation import Evaluation

FEWEST_HELD_OUT = 100
QUIETEST = 0.005
"""A version that calls fewer events findings than this, on rows it never saw, has learned the strange as ordinary."""
LOUDEST = 0.25
"""One that calls more than this findings has forgotten the ordinary."""
NOMINAL = 2.0**-FINDING_BITS
"""Share that a perfectly calibrated version calls findings."""
MORE_FINDINGS = 1.5
"""Times the champion's findings that a challenger may have, where that is more than the nominal share."""
PLANTED = 0.7
"""Share of planted strangeness that must be found."""
PLANTED_LOSS = 0.1
"""How much less of it than the champion, or than plain novelty, a challenger may find."""
KEPT = 0.02
"""A confirmed attack is lost when it was among this share of strangest events and would not be any more."""
LOST = 0.1
"""Share of confirmed attacks that may be lost: those that were found were found because they scored high, so another
version scores some of them lower by chance alone."""
_NAMED = 3


def judge(evaluation: Evaluation) -> Gate:
    """Return whether a challenger may serve, with every reason against it; else with what it was found to do."""
    against = [
        *(f"{kind}: {reason}" for kind, quality in evaluation.kinds.items() for reason in _against_kind(quality)),
        *_against_attacks(evaluation.attacks),
    ]
    if not evaluation.kinds:
        against.append("nothing could be judged: no kind of event has rows that were held out")
    return Gate(not against, tuple(against or _summary(evaluation)))


def _against_kind(quality: KindQuality) -> Iterator[str]:
    if quality.held_out < FEWEST_HELD_OUT:
        yield f"only {quality.held_out:,} events were held out, and judging needs {FEWEST_HELD_OUT}; wait for more"
    yield from _against_calibration(quality)
    yield from _against_planted(quality)


def _against_calibration(quality: KindQuality) -> Iterator[str]:
    share = quality.finding_share
    if share < QUIETEST:
        yield (
            f"it calls only {share:.2%} of new events strange, and a sound version about {NOMINAL:.0%}; "
            "something strange was learned as ordinary"
        )
    elif share > LOUDEST:
        yield f"it calls {share:.0%} of new events strange, and a sound version about {NOMINAL:.0%}"
    champion = quality.champion_share
    if champion is not None and max(MORE_FINDINGS * champion, NOMINAL * MORE_FINDINGS) < share <= LOUDEST:
        yield f"it calls {share:.1%} of new events strange, and the version that serves {champion:.1%}"


def _against_planted(quality: KindQuality) -> Iterator[str]:
    planted = quality.planted
    if planted is None:
        return
    if planted < PLANTED:
        yield (
            f"it finds {planted:.0%} of what was planted, and must find {PLANTED:.0%}; "
            "something strange was learned as ordinary"
        )
    for other, name in (
        (quality.planted_champion, "the version that serves"),
        (quality.planted_floor, "plain novelty"),
    ):
        if other is not None and planted < other - PLANTED_LOSS:
            yield f"it finds {planted:.0%} of what was planted, and {name} {other:.0%}"


def _against_attacks(attacks: Sequence[AttackQuality]) -> Iterator[str]:
    lost = [attack for attack in attacks if attack.share > KEPT >= attack.champion_share]
    if len(lost) > LOST * len(attacks):
        named = ", ".join(
            f"{attack.incident} behind {attack.share:.2%} of ordinary events instead of {attack.champion_share:.2%}"
            for attack in lost[:_NAMED]
        )
        yield f"it loses {len(lost)} of {len(attacks)} confirmed attacks: it would put the incident {named}"


def _summary(evaluation: Evaluation) -> Iterator[str]:
    for kind, quality in evaluation.kinds.items():
        yield (
            f"{kind}: of {quality.held_out:,} new events it calls {quality.finding_share:.1%} strange"
            f"{_beside(quality.champion_share, '{:.1%}')}, and finds {quality.planted or 0.0:.0%} of what was planted"
            f"{_beside(quality.planted_champion, '{:.0%}')}"
        )
    if evaluation.attacks:
        kept = [sum(share <= KEPT for share in shares) for shares in _shares(evaluation.attacks)]
        yield (
            f"of {len(evaluation.attacks)} confirmed attacks it puts {kept[0]} among the strangest {KEPT:.0%} of "
            f"events (the version that serves: {kept[1]})"
        )


def _shares(attacks: Sequence[AttackQuality]) -> tuple[list[float], list[float]]:
    return [attack.share for attack in attacks], [attack.champion_share for attack in attacks]


def _beside(value: float | None, form: str) -> str:
    return "" if value is None else f" (the version that serves: {form.format(value)})"
