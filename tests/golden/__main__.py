"""Write the golden.every: ``PYTHONPATH=tests python -m golden [NAME...]``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from golden.every import FOLDER, requests


def main(wanted: list[str]) -> None:
    """Write the files of some tasks, or of all; remove those that nothing asks for any more."""
    with tempfile.TemporaryDirectory() as folder:
        written = dict(requests(Path(folder)))
    for name, text in written.items():
        if not wanted or name.rpartition("-")[0] in wanted:
            (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8")
    for path in FOLDER.glob("*.txt"):
        if not wanted and path.stem not in written:
            path.unlink()
    print(f"{len(written)} requests")


if __name__ == "__main__":
    main(sys.argv[1:])
