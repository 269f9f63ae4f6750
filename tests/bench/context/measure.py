"""Gathers for every case, and counts which names of the true answer stand in each request."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bench.context.cases import Case
from turnout.context.exclude import Exclusion
from turnout.context.gather import Context, Sources, Target, gather
from turnout.context.syntax import parse
from turnout.context.workspace import Workspace
from turnout.document import Span
from turnout_clients.tokens import estimate

BUDGETS = (2_000, 4_000, 8_000)
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass
class Share:
    """Names that stand in a request, of all names of the true answers."""

    there: int = 0
    wanted: int = 0
    whole: int = 0  # cases in which all of them do
    cases: int = 0
    tokens: int = 0

    def add(self, request: str, names: frozenset[str]) -> None:
        there = names & set(_WORD.findall(request))
        self.there += len(there)
        self.wanted += len(names)
        self.whole += there == names
        self.cases += 1
        self.tokens += estimate(request)


@dataclass
class Measured:
    """The shares by what was sent, and how long gathering took."""

    shares: dict[str, Share] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    first: float = 0.0  # seconds of the first gathering, with the workspace not yet looked at
    lags: list[float] = field(default_factory=list)  # by which the event loop was late
    incomplete: int = 0
    files: int = 0


async def measure(cases: Iterable[Case], root: Path | None) -> Measured:
    """Measure all cases in one workspace, or each alone with its file."""
    roots = [root] if root else []
    exclusion = Exclusion(roots, ())
    workspace = Workspace(roots, exclusion.check)
    measured = Measured()
    gathered: list[tuple[Case, Context]] = []
    all_cases = list(cases)
    watching = asyncio.create_task(_watch(measured.lags))
    for case in all_cases:
        # Each is another document at the same place: nothing of the last one is of use.
        began = time.perf_counter()
        context = await gather(case.target, Sources(exclusion, workspace))
        measured.seconds.append(time.perf_counter() - began)
        measured.incomplete += not context.complete
        gathered.append((case, context))
    watching.cancel()
    for case, context in gathered:
        for name, request in _requests(case.target, context):
            measured.shares.setdefault(name, Share()).add(request, case.names)
    if root:
        measured.first = measured.seconds.pop(0)
    measured.files = len(workspace.files)
    return measured


async def _watch(lags: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        lags.append(time.perf_counter() - began - 0.001)


def _requests(target: Target, context: Context) -> Iterable[tuple[str, str]]:
    document, span = target.document, target.span
    yield "the selection alone", document.text[span.start : span.end]
    symbol = parse(document.text, document.language).symbol_at(span)
    whole = symbol.span if symbol else span
    yield "the symbol alone", document.text[whole.start : whole.end]
    for budget in BUDGETS:
        yield f"lines around it, {budget:,} tokens", _around(document.text, span, budget)
    for budget in BUDGETS:
        pieces = context.fit(budget, estimate)
        request = "\n".join(f"{piece.title}\n{piece.text}" for piece in pieces)
        assert estimate(request) <= budget
        yield f"**context, {budget:,} tokens**", request


def _around(text: str, span: Span, budget: int) -> str:
    """Cut two parts before and one behind, as much as fits."""
    room = budget
    while True:
        after = text[span.end : span.end + room]
        before = text[max(0, span.start - (3 * room - len(after))) : span.start]
        request = before + text[span.start : span.end] + after
        if estimate(request) <= budget or room < 50:
            return request
        room = int(room * 0.9)
