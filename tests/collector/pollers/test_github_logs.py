"""Logs of GitHub Actions: each job that ran, once, with what is known of its run; our token stays with GitHub."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from collector.pollers.chosen import chosen_of
from collector.pollers.client import Client
from collector.pollers.github_runs import GitHubRuns
from collector.pollers.pipelines import TRIES, PipelinePoller
from collector.pollers.poller import Poller
from collector.pollers.reading import Fetcher
from tests.collector.pollers.github import Actions
from tests.collector.pollers.stand import Stand
from tests.collector.pollers.vendor import Reply, Vendor, misbehaving, status
from tests.collector.samples import AT

HOUR_S = 3_600.0


def stand_for(vendor: Vendor, *names: str) -> Stand:
    """Return the poller of the repositories named."""

    def make(client: Client, fetcher: Fetcher) -> Poller:
        (chosen,) = chosen_of(names)
        return PipelinePoller("github.logs", chosen, GitHubRuns(client, fetcher), every_s=60.0)

    made = Stand(make, vendor)
    made.hand.at = AT
    vendor.tells_time = False
    return made


@pytest.fixture
def storage() -> Iterator[Vendor]:
    """Return the host where logs lie."""
    with Vendor() as served:
        yield served


@pytest.fixture
def actions(vendor: Vendor, storage: Vendor) -> Actions:
    """Return the runs of an organisation."""
    return Actions(vendor, storage)


@pytest.fixture
def stand(vendor: Vendor, actions: Actions) -> Stand:
    """Return the poller of one repository."""
    del actions
    return stand_for(vendor, "acme/pay")


def jobs(stand: Stand) -> list[str]:
    """Return the run and the job of each log, in the order of the stream."""
    return [f"{event.links['run']} {event.links['job'].rpartition('/')[2]}" for event in stand.stream.events]


def test_logs_of_new_runs_arrive(actions: Actions, stand: Stand, storage: Vendor) -> None:
    """Every job that ran gives one event, oldest run first, that says where it comes from."""
    actions.run("acme/pay", 2, at=AT - HOUR_S)
    actions.runs["acme/pay"].insert(0, actions.run("acme/other", 1, at=AT - 2 * HOUR_S))
    ended = stand.run()
    assert jobs(stand) == ["1 build (3.13)", "1 deploy", "2 build (3.13)", "2 deploy"]
    event = stand.stream.events[0]
    assert event.links["job"] == "acme/pay:.github/workflows/ci.yml/build (3.13)"
    assert (event.links["repo"], event.links["sha"], event.links["branch"]) == ("acme/pay", "a" * 40, "main")
    assert (event.actor.name, event.source, event.facts["conclusion"]) == ("hubot", "joblog", "success")
    assert (ended.error, ended.next_at, ended.reached_at) == ("", AT + 60, AT)
    assert not any("authorization" in asked.headers for asked in storage.asked)


def test_nothing_is_fetched_twice(actions: Actions, stand: Stand, vendor: Vendor, storage: Vendor) -> None:
    """A second look costs one request that is answered with nothing new; a new attempt is fetched."""
    run = actions.run("acme/pay", 1, at=AT - HOUR_S)
    stand.run()
    stand.hand.at += 60
    stand.run()
    vendor.asked.clear()
    stand.hand.at += 60
    stand.run()
    assert len(vendor.asked) == 1
    assert "if-none-match" in vendor.asked[0].headers
    assert len(storage.asked) == 2
    run["run_attempt"] = 2
    stand.hand.at += 60
    stand.run()
    assert len(storage.asked) == 4


def test_run_is_fetched_when_it_is_over(actions: Actions, stand: Stand) -> None:
    """A run that takes hours, while others come and go, is not forgotten; nor one that waits for days."""
    slow = actions.run("acme/pay", 1, at=AT - HOUR_S, state="in_progress")
    waits = actions.run("acme/pay", 2, at=AT - 30 * HOUR_S, state="waiting")
    actions.run("acme/pay", 3, at=AT - 60)
    stand.run()
    assert jobs(stand) == ["3 build (3.13)", "3 deploy"]
    stand.hand.at += 5 * HOUR_S
    actions.run("acme/pay", 4, at=stand.hand.at - 60)
    slow["status"] = "completed"
    stand.run()
    stand.hand.at += 60
    waits["status"] = "completed"
    stand.run()
    assert {line.split()[0] for line in jobs(stand)} == {"1", "2", "3", "4"}
    assert len(jobs(stand)) == 8


def test_log_that_is_gone_is_counted(actions: Actions, stand: Stand) -> None:
    """A log that GitHub has removed is missed, and the others arrive."""
    actions.run("acme/pay", 1, at=AT - HOUR_S)
    actions.gone.add(10)
    ended = stand.run()
    assert not ended.error
    assert jobs(stand) == ["1 deploy"]
    assert sum(turn.missed for turn in stand.ledger.turns) == 1


def test_runs_that_never_ran_have_no_logs(actions: Actions, stand: Stand, storage: Vendor) -> None:
    """A run that was skipped is not asked about."""
    actions.run("acme/pay", 1, at=AT - HOUR_S, conclusion="skipped")
    stand.run()
    assert storage.asked == []


def test_log_that_breaks_off_is_fetched_again(actions: Actions, stand: Stand, storage: Vendor) -> None:
    """Half a log is no event; the whole one is, when it is asked for again."""
    actions.run("acme/pay", 1, at=AT - HOUR_S)
    storage.faults.append(misbehaving("truncated"))
    ended = stand.run()
    assert "breaks off" in ended.error
    assert stand.ids == []
    stand.run()
    assert jobs(stand) == ["1 build (3.13)", "1 deploy"]


def test_log_that_is_too_long_is_a_dead_letter(actions: Actions, stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told with its reason, once, and the next job's log arrives."""
    monkeypatch.setattr("collector.joblog.reader.LogReader.__init__.__defaults__", (60,))
    actions.run("acme/pay", 1, at=AT - HOUR_S)
    stand.run()
    assert len({letter.id for letter in stand.stream.letters}) == len(stand.stream.letters) == 2


def test_patterns_choose_repositories(actions: Actions, vendor: Vendor) -> None:
    """All of an owner's repositories are looked at but those left out; archived ones have no runs."""
    for number, name in enumerate(("acme/pay", "acme/site", "acme/web-old"), 1):
        actions.run(name, number, at=AT - HOUR_S)
    stand = stand_for(vendor, "acme/*", "!acme/*-old")
    stand.run()
    assert {event.links["repo"] for event in stand.stream.events} == {"acme/pay", "acme/site"}


def test_repository_that_is_gone_stops_no_other(actions: Actions, vendor: Vendor) -> None:
    """Of several that a pattern finds one is removed meanwhile."""
    actions.run("acme/pay", 1, at=AT - HOUR_S)
    actions.run("acme/web", 2, at=AT - HOUR_S)
    stand = stand_for(vendor, "acme/*")
    vendor.faults.extend([None, status(404)])
    ended = stand.run()
    assert not ended.error
    assert {event.links["repo"] for event in stand.stream.events} == {"acme/web"}


def test_named_repository_that_is_not_there_is_told(vendor: Vendor, actions: Actions) -> None:
    """A name that was written wrong is an error."""
    del actions
    assert "answered 404" in stand_for(vendor, "acme/nothing").run().error


def test_more_runs_than_are_shown(vendor: Vendor, storage: Vendor) -> None:
    """Where there are more runs than GitHub lists, shorter times are asked for, and none is left out."""
    actions = Actions(vendor, storage, page=5, shown=1_000)
    for number in range(1, 1_301):
        actions.run("acme/pay", number, at=AT - 6 * 24 * HOUR_S + 390 * number, conclusion="skipped")
    for number in (1, 700, 1_300):
        actions.runs["acme/pay"][number - 1]["conclusion"] = "success"
    stand = stand_for(vendor, "acme/pay")
    stand.run()
    assert [line.split()[0] for line in jobs(stand)] == ["1", "1", "700", "700", "1300", "1300"]


def test_open_run_of_a_busy_time_is_fetched(vendor: Vendor, storage: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was not over when its time was looked at piece by piece is looked at again until it is."""
    monkeypatch.setattr("collector.pollers.github_runs._SHOWN", 10)
    actions = Actions(vendor, storage, page=5, shown=10)
    slow = actions.run("acme/pay", 1, at=AT - 10 * HOUR_S, state="in_progress")
    for number in range(2, 32):
        actions.run("acme/pay", number, at=AT - 10 * HOUR_S + 900 * number, conclusion="skipped")
    stand = stand_for(vendor, "acme/pay")
    for _ in range(4):
        assert not stand.run().error
        stand.hand.at += 60
    slow["status"] = "completed"
    stand.run()
    assert jobs(stand) == ["1 build (3.13)", "1 deploy"]


def test_killed_process_goes_on(actions: Actions, stand: Stand) -> None:
    """A process that begins anew before each step fetches the same."""
    for number in range(1, 5):
        actions.run("acme/pay", number, at=AT - number * HOUR_S)
    for _ in range(60):
        stand.restart()
        stand.step()
    assert len(stand.ids) == len(set(stand.ids)) == 8


def test_log_that_never_comes_is_left(actions: Actions, stand: Stand, storage: Vendor) -> None:
    """A log that fails again and again is told, tried in some rounds, then missed; the rest arrives."""
    actions.run("acme/pay", 1, at=AT - HOUR_S)
    storage.routes["/log/10"] = lambda _: Reply(500, {"message": "broken"})
    errors = []
    for _ in range(TRIES + 1):
        errors.append(stand.run().error)
        stand.hand.at += 900
    assert [bool(error) for error in errors] == [True] * TRIES + [False]
    assert jobs(stand) == ["1 deploy"]
    assert sum(turn.missed for turn in stand.ledger.turns) == 1


def test_repository_that_fails_keeps_no_other_from_its_turn(actions: Actions, vendor: Vendor) -> None:
    """It is told at the end of the round, when the others were fetched."""
    actions.run("acme/web", 2, at=AT - HOUR_S)
    stand = stand_for(vendor, "acme/nothing", "acme/web")
    ended = stand.run()
    assert "acme/nothing" in ended.error
    assert len(jobs(stand)) == 2


def test_server_that_fails_is_not_asked_for_everything(actions: Actions, vendor: Vendor) -> None:
    """After a few repositories in a row the round is over."""
    for number in range(20):
        actions.run(f"acme/r{number}", number, at=AT - HOUR_S)
    stand = stand_for(vendor, "acme/*")
    vendor.routes["/repos/*"] = lambda _: Reply(403, {"message": "Resource not accessible"})
    assert stand.run().error
    assert len(vendor.asked) == 4


def test_run_on_a_later_page_is_fetched_when_it_is_over(vendor: Vendor, storage: Vendor) -> None:
    """What changes behind the first page is seen, though the first page stays as it is."""
    actions = Actions(vendor, storage, page=2)
    slow = actions.run("acme/pay", 1, at=AT - 200, state="in_progress")
    for number in range(2, 6):
        actions.run("acme/pay", number, at=AT - 100 + number)
    stand = stand_for(vendor, "acme/pay")
    for _ in range(3):
        stand.run()
        stand.hand.at += 60
    slow["status"] = "completed"
    stand.run()
    assert [line for line in jobs(stand) if line.startswith("1 ")] == ["1 build (3.13)", "1 deploy"]


def test_more_repositories_than_are_listed_are_told(actions: Actions, vendor: Vendor) -> None:
    """A list without an end is no list; whoever chose too much is told."""
    del actions
    endless = {"Link": f'<{vendor.url}/orgs/acme/repos?page=2>; rel="next"'}
    vendor.routes["/orgs/acme/repos"] = lambda _: Reply(value=[{"full_name": "acme/x"}], headers=dict(endless))
    assert "choose fewer by name" in stand_for(vendor, "acme/*").run().error


MANY = [f"test ({number})" for number in range(1, 6)] + ["release / publish"]


def test_many_jobs_come_in_one_archive(actions: Actions, stand: Stand, storage: Vendor) -> None:
    """The logs of a run of many jobs are one request, each job's an event of its own all the same."""
    actions.names[1] = MANY
    actions.run("acme/pay", 1, at=AT - HOUR_S)
    assert not stand.run().error
    assert [event.links["job"].partition("ci.yml/")[2] for event in stand.stream.events] == MANY
    assert (storage.paths(), actions.single) == (["/zip/1"], [])
    assert all(event.numbers["log_lines"] == 2.0 for event in stand.stream.events)


def test_restart_within_an_archive_goes_on(actions: Actions, stand: Stand) -> None:
    """A process that begins anew fetches the archive again, and each log once."""
    actions.names[1] = MANY
    actions.run("acme/pay", 1, at=AT - HOUR_S)
    for _ in range(12):
        stand.restart()
        stand.step()
    assert len(stand.ids) == len(set(stand.ids)) == len(MANY)


def test_names_that_archives_cannot_tell_apart(actions: Actions, stand: Stand) -> None:
    """Jobs whose names would be one file's are asked for by themselves."""
    actions.names[1] = [*MANY, "lint (a/b)", "lint (a-b)"]
    actions.run("acme/pay", 1, at=AT - HOUR_S)
    assert not stand.run().error
    assert len(set(stand.ids)) == len(MANY) + 2
    assert actions.single == [16, 17]


@pytest.mark.parametrize(
    "spoil",
    [lambda _: b"no archive", lambda data: data[:40] + b"\0" * 20 + data[60:]],
    ids=["no archive", "damaged"],
)
def test_damaged_archive_costs_no_log(actions: Actions, stand: Stand, spoil: Callable[[bytes], bytes]) -> None:
    """What cannot be taken from an archive is asked for job by job."""
    actions.names[1] = MANY
    actions.spoil = spoil
    actions.run("acme/pay", 1, at=AT - HOUR_S)
    assert not stand.run().error
    assert len(set(stand.ids)) == len(MANY)
    assert stand.stream.letters == []
    assert actions.single


def test_archive_that_breaks_off_is_fetched_again(actions: Actions, stand: Stand, storage: Vendor) -> None:
    """Half an archive is none."""
    actions.names[1] = MANY
    actions.run("acme/pay", 1, at=AT - HOUR_S)
    storage.faults.append(misbehaving("truncated"))
    assert "breaks off" in stand.run().error
    assert not stand.run().error
    assert (len(stand.ids), actions.single) == (len(MANY), [])
