"""A process that adds to a session, for tests that kill it or let several write at once.

``write FOLDER``: appends for ever, one to three entries at a time; prints what is acknowledged.
``count FOLDER NAME N``: appends N entries, one at a time.
"""

from __future__ import annotations

import random
import secrets
import sys
from pathlib import Path

from turnout.session.shelf import Shelf
from turnout.session.transcript import Asked, Entry, Seen

WORKSPACE = "/home/me/project"
CAP = 128 * 2**20


def said(name: str) -> list[Entry]:
    code = "def f(value):\n    return value + 1\n" * random.randrange(1, 40)
    return [Entry(Asked(name)), Entry(Seen("a.py", code))][: random.randrange(1, 3)]


def write(shelf: Shelf) -> None:
    while True:
        name = secrets.token_hex(8)
        if shelf.append(WORKSPACE, said(name)):
            print(name, flush=True)


def count(shelf: Shelf, name: str, n: int) -> None:
    for number in range(n):
        assert shelf.append(WORKSPACE, [Entry(Asked(f"{name} {number}"))])


if __name__ == "__main__":
    books = Shelf(Path(sys.argv[2]), CAP)
    if sys.argv[1] == "write":
        write(books)
    else:
        count(books, sys.argv[3], int(sys.argv[4]))
