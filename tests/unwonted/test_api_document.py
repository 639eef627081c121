"""docs/api.md: every example runs, in the order it is read."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.repository import read
from tests.unwonted.running import Running
from tests.unwonted.test_serve import history, pushed, service

pytestmark = pytest.mark.service

__all__ = ["history", "pushed", "service"]  # fixtures

EXAMPLES = re.findall(r"```sh\n(.*?)```", read("docs/api.md"), re.DOTALL)


@pytest.mark.usefixtures("pushed")
def test_examples_run(service: Running, tmp_path: Path) -> None:
    """What a reader types, works."""
    script = tmp_path / "examples.sh"
    script.write_text("\n".join(EXAMPLES).replace("http://127.0.0.1:8600", service.url), encoding="utf-8")
    done = subprocess.run(["bash", "-eux", "-o", "pipefail", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-1500:]
    assert '"verdict":"benign"' in done.stdout.replace(" ", "")
