"""docs/faults.md: what every fault becomes, as the engine says it in every dialect.

PYTHONPATH=tests .venv/bin/python -m support.fault_page       writes the page anew
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from support.fault_cases import EXPECTED
from support.fault_engine import FILLING, WITHOUT_CHAT, Outcome, Way, outcomes, upstreams
from turnout.engine.ask import Unanswered
from turnout_clients.client import Client
from turnout_clients.types import Endpoint

PAGE: Final = Path(__file__).parents[2] / "docs" / "faults.md"

_INTRODUCTION: Final = """\
# When a provider fails

36 things that a provider can do wrong, brought about on a real socket in every dialect, each asked
through the whole engine once for a suggestion while typing and once for a review. This page is
written by the test of it (`tests/faults/test_engine_faults.py`), which fails where they differ.

The provider is called `mine` here, its model `mine/fast` is `fake-small` there. The test's
deadlines are short (0.4 s to connect, 0.5 s to the first token, 1 s in all) and its caps small
(8 KB an event, 4 KB an answer); yours are those of the task.

## What you read

While you type, a failure is silent. A review shows the sentence, and what mends it where there is
something that does.
"""
_WHO: Final = """\
## Who answers

In each cell: while typing, then in a review. **next** means that the next model of the route was
asked and gave the answer, and that nothing the first one had said was left in it; **nobody** that
the answer counts as "there is nothing to say here", so that nobody else is asked; **-** that the
dialect has no chat, and so cannot review. Every dialect can suggest while typing: Anthropic's,
Gemini's and OpenAI's Responses have no form for a hole in the code and are asked in words, where a
route for `inline` names such a model.
"""


def lines_of(fault: str, found: Sequence[Outcome]) -> tuple[str, str]:
    """The lines of one fault in the two tables."""
    return _said(fault, found), _who(fault, found)


def page(rows: dict[str, tuple[str, str]]) -> str:
    """The whole page out of the lines of every fault."""
    return "\n".join([*_page(rows), ""])


def _page(rows: dict[str, tuple[str, str]]) -> Iterator[str]:
    yield _INTRODUCTION
    yield "| fault | error | sentence | remedy |"
    yield "|---|---|---|---|"
    yield from (said for said, _ in rows.values())
    yield ""
    yield _WHO
    yield f"| fault | {' | '.join(FILLING)} |"
    yield "|---" * (len(FILLING) + 1) + "|"
    yield from (who for _, who in rows.values())


def _said(fault: str, found: Sequence[Outcome]) -> str:
    kinds = {error for one in found for error in one.errors}
    last = [one.alone for one in found if isinstance(one.alone, Unanswered)]
    whys = {one.why for one in last}
    remedies = {one.remedy for one in last if one.remedy}
    cells = (fault, _all(kinds, "`"), _all(whys), _all(remedies))
    return f"| {' | '.join(cells)} |"


def _all(texts: set[str], mark: str = "") -> str:
    """One text where all dialects agree, else each of them."""
    return " / ".join(f"{mark}{text.replace('|', chr(92) + '|')}{mark}" for text in sorted(texts))


def _who(fault: str, found: Sequence[Outcome]) -> str:
    by_way = {one.way: "nobody" if one.after is None else "next" for one in found}
    cells = []
    for dialect in FILLING:
        review = "-" if dialect in WITHOUT_CHAT else by_way[Way(dialect, "review")]
        cells.append(f"{by_way[Way(dialect, 'inline')]}, {review}")
    return f"| {fault} | {' | '.join(cells)} |"


async def _measure() -> dict[str, tuple[str, str]]:
    rows = {}
    client = Client()
    await client.warm(Endpoint("nobody", "openai-chat", "http://127.0.0.1:9"))
    lookup = socket.getaddrinfo
    for fault in EXPECTED:
        try:
            async with upstreams(fault) as (failing, spare):
                found = await outcomes(fault, failing, spare, client, setattr)
        finally:
            socket.getaddrinfo = lookup
        rows[fault] = lines_of(fault, found)
    await client.aclose()
    return rows


if __name__ == "__main__":
    PAGE.write_text(page(asyncio.run(_measure())), encoding="utf-8")
