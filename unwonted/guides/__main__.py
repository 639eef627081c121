"""`python -m unwonted.guides FOLDER`: writes the guides as pages of the documentation."""

from __future__ import annotations

import sys
from pathlib import Path

from unwonted.guides import GUIDES, page_of


def main(folder: Path) -> None:
    """Write a page a guide."""
    folder.mkdir(parents=True, exist_ok=True)
    for guide in GUIDES.values():
        (folder / f"{guide.name}.md").write_text(page_of(guide), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
