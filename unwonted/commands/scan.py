"""`unwonted scan`: opens the sources, runs the scan, tells what was found."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from service.words import plain
from unwonted.errors import OK, RISK_REACHED, UsageError
from unwonted.report import target
from unwonted.report.report import Report
from unwonted.scan import Reading, Scan
from unwonted.version import version

if TYPE_CHECKING:
    from models.scorer import Scorer

TOP = 10
_TOLD = 5


@dataclass(frozen=True)
class Options:
    """The options of `unwonted scan`, as given."""

    sources: tuple[Path, ...]
    top: int | None = None
    form: str = "table"
    output: Path | None = None
    scores: Path | None = None
    model: Path | None = None
    model_key: Path | None = None
    source: str | None = None
    networks: Path | None = None
    osv: Path | None = None
    fail_on: float | None = None
    quiet: bool = False

    def command(self, **other: object) -> str:
        """Return the command line that scans the same again, with other options where given."""
        words = ["unwonted", "scan", *(str(source) for source in self.sources)]
        for name in ("source", "networks", "osv", "model", "model_key"):
            if (value := getattr(self, name)) is not None:
                words += [f"--{name.replace('_', '-')}", str(value)]
        for name, value in other.items():
            words += [f"--{name}", str(value)]
        return shlex.join(words)


def run(options: Options) -> int:
    """Scan, tell, and return the exit code."""
    _check(options)
    scorer = _scorer(options)
    readings = _open(options)
    report = _scan(options, scorer, readings)
    if not options.quiet:
        _note(report)
    _tell(options, report)
    if options.fail_on is not None and report.highest_risk >= options.fail_on and report.incidents:
        return RISK_REACHED
    return OK


def _check(options: Options) -> None:
    """Refuse at once what would fail after minutes of work."""
    target.check("--output", options.output, list(options.sources))
    target.check("--scores", options.scores, list(options.sources))
    if options.output is not None and options.output == options.scores:
        raise UsageError(f"--output and --scores are both {options.output}; name two files")
    if options.form == "html" and options.output is None and sys.stdout.isatty():
        raise UsageError("a page of HTML is not for a terminal; add --output report.html")
    if options.model_key is not None and options.model is None:
        raise UsageError("--model-key says whom to trust, and --model is not given; name the folder of a model version")


def _scorer(options: Options) -> Scorer:
    """Return what scores: with a model version where one is named, else with fits of its own."""
    from models.scorer import Scorer

    scorer = Scorer()
    if options.model is not None:
        from unwonted.commands.trust import trusted_version

        loaded = trusted_version(options.model, options.model_key)
        scorer.serve(loaded.manifest.version, loaded.ensembles)
    return scorer


def _open(options: Options) -> Sequence[Reading]:
    from collector.networks import Networks
    from collector.recognise import open_sources

    networks = Networks() if options.networks is None else Networks.read(options.networks)
    readings = open_sources(options.sources, forced=options.source, organisation="default", networks=networks)
    return [*readings, *([_advisories(options.osv)] if options.osv is not None else [])]


def _advisories(path: Path) -> Reading:
    from collector.osv_records import events
    from collector.recognise import Reading

    return Reading(str(path), "osv", lambda reading: events(path, "default", reading.skip))


def _scan(options: Options, scorer: Scorer, readings: Sequence[Reading]) -> Report:
    from service.grouping import IncidentBook
    from unwonted.progress import progress

    with progress(is_shown=not options.quiet and sys.stderr.isatty()) as told:
        return Scan(scorer, IncidentBook(), told).run(readings, options.scores)


def _note(report: Report) -> None:
    for summary in report.sources:
        _say("Note", summary.problems, summary.skipped)
        _say("Not read", summary.ignored, len(summary.ignored))


def _say(what: str, lines: Sequence[str], total: int) -> None:
    shown = lines[:_TOLD]
    rest = [f"{total - len(shown):,} more like these"] if total > len(shown) else []
    for line in [*shown, *rest]:
        print(f"{what}: {plain(line, 300)}", file=sys.stderr)  # noqa: T201  # the command line's own voice


def _tell(options: Options, report: Report) -> None:
    if options.form == "json":
        from unwonted.report.document import to_json

        data = to_json(report, version(), options.top)
    elif options.form == "sarif":
        from unwonted.report.sarif import to_sarif

        data = to_sarif(report, version(), options.top)
    elif options.form == "html":
        from unwonted.report.page import to_html

        data = to_html(report, version(), _top(options))
    else:
        _tell_table(options, report)
        return
    target.write(data, options.output)


def _tell_table(options: Options, report: Report) -> None:
    from unwonted.report.table import to_text

    is_terminal = options.output is None
    text = to_text(report, top=_top(options), again=options.command, file=sys.stdout if is_terminal else None)
    target.write(text, options.output)


def _top(options: Options) -> int:
    return TOP if options.top is None else options.top
