"""What all tests share: the folder of other people's samples, and how hypothesis behaves."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The machine that runs the tests is shared: how long one example takes says nothing.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of make conformance and make faults."""
    parser.addoption("--corpora", metavar="DIR", help="folder of other people's samples, for -m conformance")
    parser.addoption("--all-faults", action="store_true", help="kill thirty times on a long stream")


@pytest.fixture(scope="session")
def corpora(request: pytest.FixtureRequest) -> Path:
    """Return the folder of samples; a conformance test without one is an error of its caller."""
    given = request.config.getoption("--corpora")
    if not given:
        pytest.fail("say where the samples are: pytest -m conformance --corpora=DIR", pytrace=False)
    return Path(given)
