"""In which order candidates are asked: those that rest are passed over, with a sentence."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from turnout.engine.ask import Unanswered
from turnout.engine.experience import now
from turnout.engine.parts import Job
from turnout.routing.health import BackEnd, Rest
from turnout.routing.route import Candidate
from turnout_clients.errors import ProviderError

_HALF_A_DAY: Final = 43_200.0  # seconds; further away, an hour needs its day


class Lineup:
    """The candidates of one ask. Why one was passed over is added to ``failures``."""

    def __init__(
        self, job: Job, candidates: Sequence[Candidate], failures: list[Unanswered]
    ) -> None:
        self._job = job
        self._left = deque(candidates)
        self._failures = failures
        self._resting: list[Candidate] = []
        self.anyway = False
        """Whether the one handed out last is asked though it rests."""

    async def next(self) -> Candidate | None:
        """Hand out the next that may be asked.

        Whoever pressed a key is not refused on a guess: where nobody else has answered, the best
        of those that rest is asked once, unless the provider itself asked to be left alone.
        """
        while self._left:
            candidate = self._left.popleft()
            rest = await self._rest(candidate)
            if rest is None:
                return candidate
            self._pass_over(candidate, rest)
        if self.anyway or not self._resting or not self._job.ask.explicit:
            return None
        self.anyway = True
        return self._resting[0]

    async def spare(self) -> Candidate | None:
        """Return the model that could be asked next, and leave it in its place."""
        for candidate in self._left:
            if not candidate.is_recall and await self._rest(candidate) is None:
                return candidate
        return None

    def take(self, candidate: Candidate) -> None:
        """Take one out of its place."""
        self._left.remove(candidate)

    def drop(self, name: str) -> None:
        """Hand one out no more, if it still stood there: it was asked."""
        self._left = deque(one for one in self._left if one.name != name)

    def _pass_over(self, candidate: Candidate, rest: Rest) -> None:
        why = said(rest)
        if not rest.asked:
            self._resting.append(candidate)
        self._job.record.rule_out(candidate.name, why, rest.remedy)
        self._failures.append(Unanswered(f"{candidate.name} {why}.", rest.remedy, candidate.name))

    async def _rest(self, candidate: Candidate) -> Rest | None:
        """Say why a candidate rests, as far as is known without asking it."""
        health = self._job.experience.health
        if candidate.is_recall or health.is_clear:
            return None
        try:
            rest = health.rest(await self._back_end(candidate), typing=self._job.typing)
            if rest is None or not rest.of_key:
                return rest
            if self._job.ask.explicit or self._job.experience.may_look_for_keys():
                self._job.parts.forget_keys()  # the user may have set another one
                rest = health.rest(await self._back_end(candidate), typing=self._job.typing)
        except ProviderError:  # of a missing key, say: the attempt will tell
            return None
        return rest

    async def _back_end(self, candidate: Candidate) -> BackEnd:
        model, provider = self._job.configured(candidate.name)
        return BackEnd.of(await self._job.parts.endpoint(provider), model)


def said(rest: Rest) -> str:
    """Say it in words, after the name of the model."""
    if rest.probed:
        return f"rests while one call finds out whether it is well again ({rest.why})"
    if rest.until is None:
        return f"rests until its key or the settings change ({rest.why})"
    seconds = rest.until - now()
    end = datetime.now().astimezone() + timedelta(seconds=seconds)
    clock = f"{end:%H:%M:%S}" if seconds < _HALF_A_DAY else f"{end:%Y-%m-%d %H:%M}"
    return f"rests until {clock} ({rest.why})"
