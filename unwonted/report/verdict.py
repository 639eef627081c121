"""What a scan comes to in a sentence: what stands out, and from where on."""

from __future__ import annotations

from service.words import DAY_S, count, day, duration, every
from unwonted.report.report import Report, Summary

RARER = 3.0
"""An incident stands out when its like is expected less than once in this many histories of the length read:
every history has a strangest week, and that alone says nothing."""


def standing_out(report: Report) -> int:
    """Return how many incidents stand out; they are the first ones."""
    least = RARER * max(report.span_s, DAY_S)
    return sum(incident.return_period_s >= least for incident in report.incidents)


def read(report: Report) -> list[str]:
    """Return a line for each source: what was read of it, and from when to when."""
    lines = []
    for summary in report.sources:
        line = f"{_held(summary)} of {summary.source} from {summary.path}"
        if summary.first_at is not None and summary.last_at is not None:
            line += f", {_span(day(summary.first_at), day(summary.last_at))}"
        if summary.skipped:
            line += f"; {count(summary.skipped, 'unreadable entry', 'unreadable entries')} skipped"
        lines.append(line)
    return lines


def _held(summary: Summary) -> str:
    """Return how many events were read, those of a git history as what they are."""
    if summary.source != "git":
        return count(summary.events, "event")
    states = summary.events - summary.commits
    pinned = f" and {count(states, 'state')} of lockfiles, workflows and models" if states else ""
    return count(summary.commits, "commit") + pinned


def _span(first: str, last: str) -> str:
    return f"{first} to {last}" if first != last else f"on {first}"


def learned(report: Report) -> str:
    """Return what was learned, in a sentence."""
    totals = report.totals
    text = f"the habits of {count(totals.actors, 'actor')}"
    if totals.entities > 1:
        text += f" and {count(totals.entities, 'thing')} they work on"
    if report.span_s > 0:
        text += f" over {duration(report.span_s)}"
    if totals.warm_up == totals.events:
        text += "; too few events yet to fit a model, so novelty alone decided"
    elif totals.warm_up:
        text += f"; the first {totals.warm_up:,} events are warm-up, judged by novelty alone"
    if report.duplicates:
        text += f"; {count(report.duplicates, 'repeated delivery', 'repeated deliveries')} changed nothing"
    return text


def headline(report: Report) -> str:
    """Return what it comes to."""
    out = standing_out(report)
    if not report.incidents:
        return "Nothing stands out. The strangest all the same:"
    if not out:
        return (
            f"Nothing stands out clearly: {duration(report.span_s)} of a history bring something this strange by "
            f"chance. The strangest of {count(report.incident_count, 'incident')}, to look at first:"
        )
    return f"{out:,} of {count(report.incident_count, 'incident')} {'stands' if out == 1 else 'stand'} out clearly."


def frequency(return_period_s: float, report: Report) -> str:
    """Return how often one would see the like of an incident; longer than what was read is an estimate."""
    text = every(return_period_s)
    if return_period_s > 1.5 * report.span_s:
        text += " by estimate"
    return text
