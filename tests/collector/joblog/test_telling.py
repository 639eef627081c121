"""What lines tell of a job beside their text."""

from __future__ import annotations

import pytest

from collector.joblog.telling import Telling
from tests.collector.joblog.test_reader import read

GITHUB = """2026-03-01T10:00:00Z ##[group]Run actions/checkout@v4
2026-03-01T10:00:00Z with:
2026-03-01T10:00:00Z   token: ***
2026-03-01T10:00:00Z ##[endgroup]
2026-03-01T10:00:04Z ##[group]Run npm ci && sudo /usr/bin/make test
2026-03-01T10:00:04Z \x1b[36;1mnpm ci && sudo /usr/bin/make test\x1b[0m
2026-03-01T10:00:04Z \x1b[36;1mKEY=a python3 -m build | tee out\x1b[0m
2026-03-01T10:00:04Z shell: /usr/bin/bash -e {0}
2026-03-01T10:00:04Z ##[endgroup]
2026-03-01T10:00:05Z gcc is a word in what it prints
2026-03-01T10:00:30Z Cache restored from key: Linux-node-0f343b0931126a20f133d67c2b018a3b
2026-03-01T10:00:34.5Z ##[group]Run make publish
2026-03-01T10:00:35Z Cache saved with key: Linux-node-0f343b0931126a20f133d67c2b018a3b
2026-03-01T10:00:36.5Z Post job cleanup.
"""
GITLAB = """section_start:1772359200:prepare_script\r\x1b[0KPreparing
Running on runner-7 via forge.example...
section_end:1772359203:prepare_script\r\x1b[0K
section_start:1772359203:step_script\r\x1b[0KExecuting
$ npm ci
Checking cache for main-npm-3...
Creating cache main-npm-3...
section_end:1772359263:step_script\r\x1b[0K
"""
JENKINS = """Started by user mona
Running on forge-1 in /var/lib/jenkins/workspace/pay
[2026-03-01T10:00:00.000Z] [Pipeline] { (Build)
[2026-03-01T10:00:00.000Z] + make all
[2026-03-01T10:00:12.000Z] [Pipeline] { (Test)
[2026-03-01T10:00:12.000Z] + ./gradlew check
[2026-03-01T10:00:42.000Z] [Pipeline] End of Pipeline
"""


def told(log: str) -> Telling:
    """Return what a log told."""
    return read(log.encode()).telling


def test_a_log_of_github() -> None:
    """Steps with their time, the programs they run but not what those print, actions, caches without their hashes."""
    it = told(GITHUB)
    assert list(it.steps) == ["npm ci && sudo /usr/bin/make test", "make publish"]
    assert it.seconds == {
        "actions/checkout@v4": 4.0,
        "npm ci && sudo /usr/bin/make test": 30.5,
        "make publish": 2.0,
    }
    assert list(it.tools) == ["npm", "make", "python3", "tee"]
    assert (list(it.action_refs), list(it.secrets)) == (["actions/checkout@v4"], ["token"])
    assert (list(it.restored), list(it.saved)) == (["Linux-node-#"], ["Linux-node-#"])


def test_a_log_of_gitlab() -> None:
    """Sections tell steps and their time, whether lines have times or not."""
    it = told(GITLAB)
    assert it.seconds == {"prepare_script": 3.0, "step_script": 60.0}
    assert (it.runner, list(it.tools)) == ("runner-7", ["npm"])
    assert (list(it.restored), list(it.saved)) == (["main-npm-#"], ["main-npm-#"])


def test_a_log_of_jenkins() -> None:
    """Stages are steps; their time is told where the timestamper writes it."""
    it = told(JENKINS)
    assert it.seconds == {"build": 12.0, "test": 30.0}
    assert (it.runner, list(it.tools)) == ("forge-1", ["make", "gradlew"])


@pytest.mark.parametrize(
    ("line", "hosts"),
    [
        ("GET https://user@files.example:8443/a", ["files.example:8443"]),
        ("Connecting to 203.0.113.9:4444", ["203.0.113.9:4444"]),
        ("connected to [::1]", []),
        ("curl http://[2001:db8::7]:80/", ["2001:db8::7"]),
        ("Resolving host files.example... 10.0.0.7", ["files.example", "private address"]),
        ("[egress] udp/53 dns.example x", ["dns.example:53"]),
        ("Image version 20.04.1.1, agent 1.0.0.0-main, mask 255.255.0.0", []),
        ("[info] Resolving org.example.lang#library;2.1", []),
        ("see file.txt and module.name", []),
    ],
)
def test_hosts(line: str, hosts: list[str]) -> None:
    """What is contacted is told; versions, packages and names of files are not."""
    assert list(told(line).hosts) == hosts


def test_every_new_host_is_told() -> None:
    """Lines of one shape that name different hosts or addresses are all looked at."""
    log = "".join(f"connected to 203.0.113.{n}:80\nget http://h.example:{9000 + n}/x\n" for n in range(60))
    assert len(told(log).hosts) == 120


def test_names_of_secrets() -> None:
    """Each name beside a masked value is told; what make prints is no such name."""
    assert list(told("NPM_TOKEN: ***\nPAY_KEY=***\nmake: *** [all] Error 2\nmail: *** SECURITY\n").secrets) == [
        "NPM_TOKEN",
        "PAY_KEY",
    ]


def test_names_are_bounded_and_masked() -> None:
    """However many steps, programs or caches there are, and whatever they hold, what is told is bounded and masked."""
    key = "ghp_" + "Ab1" * 12
    log = "".join(f"##[group]Run tool{n} {key}\nshell: x\nCache saved with key: {key}-{n}\n" for n in range(3_000))
    it = told(log)
    assert (len(it.steps), len(it.tools), len(it.saved)) == (1, 500, 1)
    assert key.lower() not in str(it).lower()


def test_times_that_are_none() -> None:
    """A clock that runs backwards, or is no clock, gives no negative and no absurd durations."""
    log = "section_start:99999999999:a\r\nsection_end:1:a\r\nsection_start:1:b\r\nsection_end:999999999999:b\r\n"
    assert told(log).seconds == {}
