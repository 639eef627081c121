"""A vendor's server, and what pollers are made of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.collector.pollers.vendor import Vendor


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """Return a server that answers on loopback."""
    with Vendor() as served:
        yield served
