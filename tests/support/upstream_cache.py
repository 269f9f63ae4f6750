"""How providers keep prompts and what they bill for it: a model, pure but for its clock.

A token is four bytes. A prompt is blocks in the order in which the provider reads them; a block is
filled up to whole tokens, so that its size does not depend on its neighbours. What two providers'
pages leave open is decided here once, and said where it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

TOKEN: Final = 4  # bytes
SECONDS: Final = {"5m": 300.0, "30m": 1_800.0, "1h": 3_600.0, "12h": 43_200.0, "24h": 86_400.0}
ROUTED_BY: Final = 256  # tokens at the start of a prompt that choose the machine
A_MACHINE: Final = 15  # requests a minute that one machine takes


def tokens(text: str) -> int:
    """How many tokens a text has."""
    return -(-len(text.encode("utf-8", "replace")) // TOKEN)


@dataclass(frozen=True)
class Block:
    """A piece of a prompt. ``mark`` is the time to live that a breakpoint at its end asks for."""

    text: str
    mark: str = ""
    ending: bool = False  # of a user's turn or of a tool's result
    under: str = ""  # settings on which it depends, and all that follows

    @property
    def filled(self) -> bytes:
        """Its bytes, as whole tokens."""
        data = self.text.encode("utf-8", "replace")
        return data.ljust(-(-len(data) // TOKEN) * TOKEN)


@dataclass(frozen=True)
class Prompt:
    """What is sent, in the provider's order. Prompts of different ``bound`` share nothing."""

    blocks: tuple[Block, ...]
    bound: str = ""  # the model and whatever else the whole prefix depends on
    key: str = ""  # prompt_cache_key
    marked_only: bool = False  # no implicit breakpoint is wanted
    ttl: str = ""  # of breakpoints that say none


@dataclass(frozen=True)
class Tally:
    """The tokens of one prompt by how they are billed; ``keep`` is what its reply leaves behind."""

    input: int  # all of them
    read: int = 0
    writes: tuple[tuple[str, int], ...] = ()  # by time to live
    keep: tuple[tuple[bytes, str, float], ...] = field(default=(), compare=False, repr=False)

    @property
    def written(self) -> int:
        """Those that are written, for however long."""
        return sum(count for _, count in self.writes)

    @property
    def fresh(self) -> int:
        """Those that are neither read nor written."""
        return self.input - self.read - self.written


class Cache:
    """What one provider keeps for one account: prefixes by digest, each until its time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.seen: set[bytes] = set()
        self._kept: dict[bytes, tuple[str, float]] = {}  # time to live, and its end
        self._asked: dict[bytes, list[float]] = defaultdict(list)

    def clear(self) -> None:
        """Forget everything that was kept."""
        self.seen.clear()
        self._kept.clear()
        self._asked.clear()

    def has(self, digest: bytes, now: float) -> bool:
        """Whether a prefix is there now."""
        return self._kept.get(digest, ("", now))[1] > now

    def refresh(self, digests: Iterable[bytes], now: float) -> None:
        """Let live prefixes live from now on: reading is free of charge."""
        for digest in digests:
            if self.has(digest, now):
                ttl, _ = self._kept[digest]
                self._kept[digest] = (ttl, now + SECONDS[ttl])

    def keep(self, tally: Tally) -> None:
        """The reply begins: what its prompt wrote can be read from now on."""
        for digest, ttl, began in tally.keep:
            if not self.has(digest, began + SECONDS[ttl]):  # never for a shorter time
                self._kept[digest] = (ttl, began + SECONDS[ttl])

    def machine(self, prompt: Prompt, now: float) -> str:
        """Where a prompt goes: by its key and how it starts; too many a minute go elsewhere."""
        start = b"".join(block.filled for block in prompt.blocks)[: ROUTED_BY * TOKEN]
        asked = self._asked[_digest(prompt.key.encode(), start)]
        asked[:] = [*(at for at in asked if at > now - 60), now]
        return f"{prompt.key}/{(len(asked) - 1) // A_MACHINE}"


@dataclass(frozen=True)
class Marked:
    """Prefixes are kept at breakpoints, and found there alone."""

    minimum: int
    ttl: str  # where a breakpoint says none
    lookback: int = 0  # blocks that a breakpoint looks back, itself among them
    implicit: bool = False  # one more at the newest end of a turn; any such end is looked at
    most: int = 4  # breakpoints that are written
    latest: int = 80  # that are looked at, where they do not look back

    def tally(self, cache: Cache, prompt: Prompt) -> Tally:
        """Bill a prompt.

        Read up to the highest hit; from there to the last breakpoint for a longer time at that
        time's price; from there to the last breakpoint at the usual one. Whatever lies within
        what was read is refreshed with it.
        """
        now, usual = cache.clock(), prompt.ttl or self.ttl
        ends = [(digest, size) for digest, size in _ends(prompt, self._bound(cache, prompt, now))]
        hit = max((at for at in self._looked(prompt) if cache.has(ends[at][0], now)), default=-1)
        cache.refresh((digest for digest, _ in ends[: hit + 1]), now)
        marks = [
            (at, usual if mark == "usual" else mark)
            for at, mark in self._written(prompt)
            if at > hit and ends[at][1] >= self.minimum
        ]
        read = start = ends[hit][1] if hit >= 0 else 0
        writes = []
        for ttl in sorted({ttl for _, ttl in marks}, key=SECONDS.__getitem__, reverse=True):
            end = max(ends[at][1] for at, mark in marks if mark == ttl)
            if end > start:
                writes.append((ttl, end - start))
                start = end
        keep = tuple((ends[at][0], ttl, now) for at, ttl in marks)
        return Tally(ends[-1][1] if ends else 0, read, tuple(writes), keep)

    def _bound(self, cache: Cache, prompt: Prompt, now: float) -> str:
        return prompt.bound + (cache.machine(prompt, now) if self.implicit else "")

    def _explicit(self, prompt: Prompt) -> list[tuple[int, str]]:
        return [(at, block.mark) for at, block in enumerate(prompt.blocks) if block.mark]

    def _looked(self, prompt: Prompt) -> set[int]:
        marks = [at for at, _ in self._explicit(prompt)]
        if self.implicit:
            ends = [] if prompt.marked_only else _turns(prompt)
            return set(sorted({*marks, *ends})[-self.latest :])
        return {at for mark in marks for at in range(max(0, mark - self.lookback + 1), mark + 1)}

    def _written(self, prompt: Prompt) -> list[tuple[int, str]]:
        marks = self._explicit(prompt)
        if not self.implicit or prompt.marked_only:
            return marks[-self.most :]
        newest = [(at, "usual") for at in _turns(prompt)[-1:]]
        return sorted({**dict(newest), **dict(marks[-self.most + 1 :])}.items())


@dataclass(frozen=True)
class Automatic:
    """Prefixes are kept without being asked for, in steps, and writing them is free.

    ``whole`` keeps only the end of a prompt, that of its answer and, once two prompts had it,
    their common start. (DeepSeek's pages also speak of intervals, and do not say which.)
    """

    minimum: int
    ttl: str
    step: int = 1
    routed: bool = False
    whole: bool = False

    def tally(self, cache: Cache, prompt: Prompt) -> Tally:
        """Bill a prompt."""
        now = cache.clock()
        bound = prompt.bound + (cache.machine(prompt, now) if self.routed else "")
        text = b"".join(block.filled for block in prompt.blocks)
        steps = list(_steps(text, self.step * TOKEN, bound))
        hit = max((n for n, digest in enumerate(steps) if cache.has(digest, now)), default=-1)
        read = (hit + 1) * self.step
        if read < self.minimum:
            read = 0
        cache.refresh(steps[: hit + 1], now)
        kept = self._kept(cache, steps)
        ttl = prompt.ttl or self.ttl
        return Tally(len(text) // TOKEN, read, keep=tuple((digest, ttl, now) for digest in kept))

    def answered(self, cache: Cache, prompt: Prompt, answer: Iterable[Block]) -> None:
        """The whole answer was sent: it may be the start of the next prompt."""
        if self.whole:
            now, ttl = cache.clock(), prompt.ttl or self.ttl
            text = b"".join(block.filled for block in (*prompt.blocks, *answer))
            steps = list(_steps(text, self.step * TOKEN, prompt.bound))
            cache.keep(Tally(0, keep=tuple((digest, ttl, now) for digest in steps[-1:])))

    def _kept(self, cache: Cache, steps: list[bytes]) -> list[bytes]:
        if not self.whole:
            return steps
        common = [digest for digest in steps if digest in cache.seen]
        cache.seen.update(steps)
        return [*steps[-1:], *common[-1:]]


@dataclass(frozen=True)
class Nothing:
    """Every token is fresh."""

    def tally(self, cache: Cache, prompt: Prompt) -> Tally:
        """Bill a prompt."""
        return Tally(sum(len(block.filled) for block in prompt.blocks) // TOKEN)


Rules = Marked | Automatic | Nothing

NOTHING: Final = Nothing()
OPENAI: Final = Marked(1_024, "30m", implicit=True)
OPENAI_EARLY: Final = Automatic(1_024, "5m", step=128, routed=True)
MISTRAL: Final = Automatic(64, "5m", step=64, routed=True)  # its time to live is not told
DEEPSEEK: Final = Automatic(64, "24h", step=64, whole=True)  # hours to days
GEMINI: Final = Automatic(4_096, "5m")  # three to five minutes
GEMINI_2: Final = Automatic(2_048, "5m")
LLAMACPP: Final = Automatic(8, "24h", step=8)  # token by token; in steps here, for speed

_ANTHROPIC: Final = {  # the smallest prompt that is kept, by model
    "(fable|mythos)-5|opus-5|sonnet-5-5|haiku-5": 512,
    "opus-4-7|haiku-3-5|3-5-haiku": 2_048,
    "opus-4-[56]|haiku-4-5": 4_096,
}
_OPENAI_MARKED: Final = re.compile(r"gpt-(5\.[6-9]|[6-9])")


def anthropic(model: str) -> Marked:
    """Anthropic's rules for a model."""
    least = (size for names, size in _ANTHROPIC.items() if re.search(names, model))
    return Marked(next(least, 1_024), "5m", lookback=20)


def openai(model: str) -> Rules:
    """OpenAI's rules for a model; whatever else speaks its protocol has those of its maker."""
    if model.startswith("deepseek"):
        return DEEPSEEK
    return OPENAI if _OPENAI_MARKED.match(model) else OPENAI_EARLY


def gemini(model: str) -> Automatic:
    """Google's rules for a model."""
    return GEMINI_2 if model.startswith("gemini-2") else GEMINI


def _turns(prompt: Prompt) -> list[int]:
    return [at for at, block in enumerate(prompt.blocks) if block.ending]


def _digest(*parts: bytes) -> bytes:
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.digest()


def _ends(prompt: Prompt, bound: str) -> Iterator[tuple[bytes, int]]:
    """The digest and the size of the prefix that ends with each block."""
    digest, size = _digest(bound.encode()), 0
    for block in prompt.blocks:
        digest = _digest(digest, block.under.encode(), block.filled)
        size += len(block.filled) // TOKEN
        yield digest, size


def _steps(text: bytes, width: int, bound: str) -> Iterator[bytes]:
    digest = _digest(bound.encode())
    for end in range(width, len(text) + 1, width):
        digest = _digest(digest, text[end - width : end])
        yield digest
