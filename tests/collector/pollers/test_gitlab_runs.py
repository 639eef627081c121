"""GitLab's pipelines where no webhook can be sent, and what their jobs printed."""

from __future__ import annotations

import pytest

from collector.pollers.chosen import chosen_of
from collector.pollers.client import Client
from collector.pollers.gitlab_runs import GitLabLogs, GitLabPipelines
from collector.pollers.pipelines import PipelinePoller
from collector.pollers.poller import Poller
from collector.pollers.reading import Fetcher
from tests.collector.pollers.gitlab import Projects, moment
from tests.collector.pollers.stand import Stand
from tests.collector.pollers.vendor import Vendor
from tests.collector.samples import AT

HOUR_S = 3_600.0


def stand_for(vendor: Vendor, kind: type[GitLabLogs | GitLabPipelines], *names: str) -> Stand:
    """Return the poller of the projects named."""

    def make(client: Client, fetcher: Fetcher) -> Poller:
        (chosen,) = chosen_of(names)
        return PipelinePoller("gitlab.test", chosen, kind(client, fetcher))

    made = Stand(make, vendor)
    made.hand.at = AT
    vendor.tells_time = False
    return made


@pytest.fixture
def projects(vendor: Vendor) -> Projects:
    """Return the projects of a group, in small pages."""
    return Projects(vendor, page=2)


def jobs(stand: Stand) -> list[str]:
    """Return pipeline and job of each event."""
    return [f"{event.links['run']} {event.links.get('job', '/-').rpartition('/')[2]}" for event in stand.stream.events]


def test_logs_of_jobs_arrive(projects: Projects, vendor: Vendor) -> None:
    """Each job that ran gives one event that says where it comes from; one that waits has printed nothing."""
    for number in range(1, 6):
        projects.pipeline("acme/shop/pay", number, at=AT - 6 * HOUR_S + HOUR_S * number)
    stand = stand_for(vendor, GitLabLogs, "acme/shop/pay")
    ended = stand.run()
    assert not ended.error
    assert jobs(stand) == [f"{number} {name}" for number in range(1, 6) for name in ("build", "deploy")]
    event = stand.stream.events[0]
    assert event.links["job"] == "acme/shop/pay:.gitlab-ci.yml/build"
    assert (event.actor.name, event.source, event.facts["conclusion"]) == ("mona", "joblog", "success")


def test_job_that_was_run_again_is_fetched(projects: Projects, vendor: Vendor) -> None:
    """A new attempt in an old pipeline is one new log, and the others are not fetched again."""
    projects.pipeline("acme/pay", 1, at=AT - HOUR_S)
    stand = stand_for(vendor, GitLabLogs, "acme/pay")
    stand.run()
    projects.retry(1, "deploy", at=AT + 30)
    stand.hand.at += 60
    vendor.asked.clear()
    stand.run()
    assert [path for path in vendor.paths() if "/log/" in path] == ["/log/15"]
    assert jobs(stand) == ["1 build", "1 deploy", "1 deploy"]


def test_nothing_new_costs_one_request(projects: Projects, vendor: Vendor) -> None:
    """A second look at a project asks for its pipelines, and nothing else."""
    projects.pipeline("acme/pay", 1, at=AT - HOUR_S)
    stand = stand_for(vendor, GitLabLogs, "acme/pay")
    stand.run()
    vendor.asked.clear()
    stand.hand.at += 60
    stand.run()
    assert len(vendor.asked) == 1


def test_erased_log_is_counted(projects: Projects, vendor: Vendor) -> None:
    """A log that was erased is missed, and the others arrive."""
    projects.pipeline("acme/pay", 1, at=AT - HOUR_S)
    projects.gone.add("10")
    stand = stand_for(vendor, GitLabLogs, "acme/*")
    assert not stand.run().error
    assert jobs(stand) == ["1 deploy"]
    assert sum(turn.missed for turn in stand.ledger.turns) == 1


def test_pipelines_are_told_as_webhooks_tell_them(projects: Projects, vendor: Vendor) -> None:
    """Jobs and pipelines that are over are events with the facts of a webhook's, each once."""
    projects.pipeline("acme/pay", 1, at=AT - HOUR_S)
    running = projects.pipeline("acme/pay", 2, at=AT - 60, state="running")
    stand = stand_for(vendor, GitLabPipelines, "acme/pay")
    stand.run()
    assert jobs(stand) == ["1 build", "1 deploy", "1 -", "2 build", "2 deploy"]
    job, pipeline = stand.stream.events[0], stand.stream.events[2]
    assert (job.action, job.facts["conclusion"], job.numbers["duration_s"]) == ("build.success", "success", 10.0)
    assert (job.links["runner"], job.facts["hosted"], job.facts["runner_label"]) == ("shared-1", "yes", ["linux"])
    assert (pipeline.action, pipeline.facts["trigger"], pipeline.actor.name) == ("pipeline.success", "push", "mona")
    assert pipeline.observed_at == AT - HOUR_S
    running.update(status="failed", updated_at=moment(AT + 30), finished_at=moment(AT + 30))
    stand.restart()
    stand.hand.at += 60
    stand.run()
    assert len(set(stand.ids)) == 6
    assert stand.stream.events[-1].action == "pipeline.failed"
    assert not any("/log/" in path for path in vendor.paths())


def test_killed_process_goes_on(projects: Projects, vendor: Vendor) -> None:
    """A process that begins anew before each step fetches the same."""
    for number in range(1, 5):
        projects.pipeline("acme/pay", number, at=AT - number * HOUR_S)
    stand = stand_for(vendor, GitLabLogs, "acme/*")
    for _ in range(60):
        stand.restart()
        stand.step()
    assert len(stand.ids) == len(set(stand.ids)) == 8
