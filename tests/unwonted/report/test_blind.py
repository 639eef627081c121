"""What a scan cannot show is told with what to connect."""

from __future__ import annotations

from unwonted.report.blind import blind_spots


def test_the_last_line_counts_known_incidents() -> None:
    """How many the sources that were read can show, and what the next feed would add."""
    *spots, last = blind_spots(["git"])
    assert "connect the audit log or webhooks" in spots[0]
    assert last == (
        "Your feeds can show 2 of 55 known incidents, and parts of 7; the audit log would add 19, "
        "dependency changes 12."
    )


def test_nothing_read_says_nothing() -> None:
    """There is nothing to count for."""
    assert blind_spots([]) == []
