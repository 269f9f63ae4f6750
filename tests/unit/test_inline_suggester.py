"""Requests that overtake each other, calls that are held or closed, and no stale word."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from support.virtual import run
from turnout.document import Document, Span, split_lines
from turnout.engine.ask import Answer, Ask, Delta, Event, Routed, Trying, Unanswered
from turnout.inline.cursor import Cursor
from turnout.inline.shape import Shaped, shape
from turnout.inline.suggester import Suggester
from turnout.inline.suggestion import Suggestion, catch_up
from turnout.recall.proposal import Proposal
from turnout.routing.route import Route
from turnout.settings.model import Inline

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

URI = "file:///x.py"


@dataclass
class FakeCall:
    ask: Ask
    started: float
    ended: float | None = None
    closed: bool = False  # before its end


@dataclass
class FakeEngine:
    """Waits and answers as the engine does: recall at once, a model after its delay."""

    answer: Any = lambda ask: "answer"
    recalled: Any = lambda ask: ()
    delay: float = 0.4
    gap: float = 0.0  # between the first statement and the end
    calls: list[FakeCall] = field(default_factory=list)
    runs: int = 0
    most_in_flight: int = 0
    answers: list[tuple[Ask, str]] = field(default_factory=list)

    @property
    def in_flight(self) -> int:
        return sum(call.ended is None for call in self.calls)

    async def run(self, ask: Ask) -> AsyncGenerator[Event, None]:
        self.runs += 1
        yield Routed(Route(ask.task, "instant", ()))
        yield Trying("recall")
        if proposals := self.recalled(ask):
            cursor = Cursor.at(ask.document, ask.span.end)
            shaped = [shape(proposal.text, cursor) for proposal in proposals]
            self.answers += [(ask, one.text) for one in shaped if one]
            yield Answer(tuple(proposals), "recall")
            return
        yield Trying("p/m")
        loop = asyncio.get_running_loop()
        if (wait := ask.not_before - loop.time()) > 0:
            await asyncio.sleep(wait)
        call = FakeCall(ask, loop.time())
        self.calls.append(call)
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.delay)
            text = self.answer(ask)
            cursor = Cursor.at(ask.document, ask.span.end)
            first, newline, _ = text.partition("\n")
            yield Delta(first + newline)
            if newline and first.strip() and (early := shape(first, cursor)):
                self.answers.append((ask, early.text))
                yield Answer(early, "p/m", final=False)
            await asyncio.sleep(self.gap)
            whole = shape(text, cursor)
            if whole is None:
                yield Unanswered("no usable answer", model="p/m")
                return
            self.answers.append((ask, whole.text))
            yield Answer(whole, "p/m")
        except (GeneratorExit, asyncio.CancelledError):
            call.closed = True
            raise
        finally:
            call.ended = loop.time()


class Typist:
    """A document that is typed into, and the asks about it."""

    def __init__(self, text: str = "‸") -> None:
        before, _, after = text.partition("‸")
        self.text, self.at, self.version = before + after, len(before), 1

    @property
    def document(self) -> Document:
        return Document(URI, self.version, "python", tuple(split_lines(self.text)))

    def type(self, letters: str) -> None:
        self.text = self.text[: self.at] + letters + self.text[self.at :]
        self.at += len(letters)
        self.version += 1

    def delete(self, count: int = 1) -> None:
        count = min(count, self.at)
        self.text = self.text[: self.at - count] + self.text[self.at :]
        self.at -= count
        self.version += 1

    def ask(self, task: Any = "inline", **more: Any) -> Ask:
        return Ask(task, self.document, Span(self.at, self.at), **more)


def suggester(engine: FakeEngine, **inline: Any) -> Suggester:
    return Suggester(engine, lambda: Inline(**inline))


def texts(suggestions: list[Suggestion]) -> list[str]:
    return [suggestion.text for suggestion in suggestions]


def test_typing_through_makes_no_run_and_no_pause() -> None:
    async def scene() -> None:
        engine = FakeEngine(lambda ask: "answer(1)")
        made, typist = suggester(engine), Typist("x = ‸")
        first = await made.suggest(typist.ask())
        assert texts(first) == ["answer(1)"]
        loop = asyncio.get_running_loop()
        for number, letter in enumerate("answer(1"):
            typist.type(letter)
            before = loop.time()
            [left] = await made.suggest(typist.ask())
            assert loop.time() == before
            assert left.text == "answer(1)"[number + 1 :]
            assert left.id == first[0].id
            assert (left.start, left.end) == (typist.at, typist.at)
        typist.delete(3)
        assert texts(await made.suggest(typist.ask())) == ["r(1)"]
        assert engine.runs == 1
        await made.aclose()

    run(scene())


def test_recall_answers_before_any_pause() -> None:
    async def scene() -> None:
        engine = FakeEngine(recalled=lambda ask: [Proposal("found", 0.9, "suffix")])
        made, typist = suggester(engine), Typist("x = ‸")
        assert texts(await made.suggest(typist.ask())) == ["found"]
        assert asyncio.get_running_loop().time() == 0
        assert not engine.calls
        await made.aclose()

    run(scene())


def test_only_closing_punctuation_may_follow() -> None:
    async def scene() -> None:
        engine = FakeEngine()
        made = suggester(engine)
        assert await made.suggest(Typist("x = ‸ + 1").ask()) == []
        assert engine.runs == 0
        await made.aclose()

    run(scene())


@pytest.mark.parametrize(("explicit", "waits"), [(False, 0.15), (True, 0.0)])
def test_the_first_pause(explicit: bool, waits: float) -> None:
    async def scene() -> None:
        engine = FakeEngine()
        made = suggester(engine)
        await made.suggest(Typist("x = ‸").ask(explicit=explicit))
        assert engine.calls[0].started == pytest.approx(waits)
        await made.aclose()

    run(scene())


def test_a_newer_ask_answers_the_older_empty_and_closes_its_call() -> None:
    async def scene() -> None:
        engine = FakeEngine(lambda ask: "zzz")
        made, typist = suggester(engine), Typist("x = ‸")
        older = asyncio.create_task(made.suggest(typist.ask()))
        await asyncio.sleep(0.3)
        assert engine.in_flight == 1
        typist = Typist("y = ‸")
        newer = asyncio.create_task(made.suggest(typist.ask()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert older.done()
        assert older.result() == []
        assert texts(await newer) == ["zzz"]
        assert [call.closed for call in engine.calls] == [True, False]
        assert engine.most_in_flight == 1
        await made.aclose()

    run(scene())


def test_a_call_in_the_air_answers_what_was_typed_since() -> None:
    async def scene() -> None:
        engine = FakeEngine(lambda ask: "answer(1)")
        made, typist = suggester(engine), Typist("x = ‸")
        asks = [asyncio.create_task(made.suggest(typist.ask()))]
        await asyncio.sleep(0.3)
        for letter in "ans":
            typist.type(letter)
            asks.append(asyncio.create_task(made.suggest(typist.ask())))
            await asyncio.sleep(0.01)
        results = [texts(await ask) for ask in asks]
        assert results == [[], [], [], ["wer(1)"]]
        assert len(engine.calls) == 1
        assert asyncio.get_running_loop().time() == pytest.approx(0.55)
        await made.aclose()

    run(scene())


def test_asked_by_a_key_a_call_that_has_only_begun_is_not_waited_for() -> None:
    async def scene() -> None:
        engine = FakeEngine(lambda ask: "answer(1)")
        made, typist = suggester(engine), Typist("x = ‸")
        clock = asyncio.get_running_loop()
        older = asyncio.create_task(made.suggest(typist.ask(explicit=True)))
        await asyncio.sleep(0.1)  # of the 0.3 that an answer is thought to take
        typist.type("z")
        newer = asyncio.create_task(made.suggest(typist.ask(explicit=True)))
        assert (await older, texts(await newer)) == ([], ["answer(1)"])
        assert clock.time() == pytest.approx(0.5)
        assert engine.most_in_flight == 1

        typist.type("(")
        older = asyncio.create_task(made.suggest(typist.ask(explicit=True)))
        await asyncio.sleep(0.3)
        typist.type("a")
        newer = asyncio.create_task(made.suggest(typist.ask(explicit=True)))
        assert (await older, texts(await newer)) == ([], ["nswer(1)"])
        assert clock.time() == pytest.approx(0.9)  # one that is nearly there is
        assert len(engine.calls) == 3
        await made.aclose()

    run(scene())


def test_a_call_in_the_air_that_brings_something_else_is_followed_by_a_new_one() -> None:
    async def scene() -> None:
        engine = FakeEngine(lambda ask: "new" if "q" in ask.document.text else "old")
        made, typist = suggester(engine), Typist("x = ‸")
        older = asyncio.create_task(made.suggest(typist.ask()))
        await asyncio.sleep(0.3)
        typist.type("q")
        newer = asyncio.create_task(made.suggest(typist.ask()))
        assert texts(await newer) == ["new"]
        assert await older == []
        assert engine.most_in_flight == 1
        await made.aclose()

    run(scene())


def test_a_call_that_takes_too_long_is_not_waited_for() -> None:
    async def scene() -> None:
        engine = FakeEngine(lambda ask: "qed", delay=10)
        made, typist = suggester(engine), Typist("x = ‸")
        older = asyncio.create_task(made.suggest(typist.ask()))
        await asyncio.sleep(0.3)
        engine.delay = 0.1
        typist.type("q")
        assert texts(await made.suggest(typist.ask())) == ["qed"]
        assert await older == []
        assert asyncio.get_running_loop().time() < 1.0
        assert engine.most_in_flight == 1
        await made.aclose()

    run(scene())


def test_the_first_statement_answers_and_the_rest_is_there_when_it_is_accepted() -> None:
    async def scene() -> None:
        engine = FakeEngine(lambda ask: "a = 1\n    b = 2\n    return a", gap=1.0)
        made, typist = suggester(engine), Typist("def f():\n    ‸")
        [first] = await made.suggest(typist.ask())
        assert first.text == "a = 1"
        await asyncio.sleep(2)
        typist.type("a = 1")
        [rest] = await made.suggest(typist.ask())
        assert rest.text == "\n    b = 2\n    return a"
        assert rest.id == first.id
        assert len(engine.calls) == 1
        await made.aclose()

    run(scene())


def test_the_rest_may_still_be_in_the_air_when_the_first_statement_is_accepted() -> None:
    async def scene() -> None:
        engine = FakeEngine(lambda ask: "a = 1\n    b = 2\n    return a", gap=0.3)
        made, typist = suggester(engine), Typist("def f():\n    ‸")
        await made.suggest(typist.ask())
        typist.type("a = 1")
        assert texts(await made.suggest(typist.ask())) == ["\n    b = 2\n    return a"]
        assert len(engine.calls) == 1
        await made.aclose()

    run(scene())


def test_asked_by_a_key_the_whole_block_is_waited_for() -> None:
    async def scene() -> None:
        engine = FakeEngine(lambda ask: "a = 1\n    b = 2\n    return a", gap=1.0)
        made, typist = suggester(engine), Typist("def f():\n    ‸")
        [whole] = await made.suggest(typist.ask(explicit=True))
        assert whole.text == "a = 1\n    b = 2\n    return a"
        await made.aclose()

    run(scene())


def test_asked_by_a_key_several_are_shown_and_nothing_is_asked_twice() -> None:
    async def scene() -> None:
        engine = FakeEngine(lambda ask: "model()")
        made, typist = suggester(engine), Typist("x = ‸")
        await made.suggest(typist.ask())
        engine.recalled = lambda ask: [Proposal(t, 0.9, "suffix") for t in ("one()", "two()")]
        shown = await made.suggest(typist.ask(explicit=True))
        assert texts(shown) == ["model()", "one()", "two()"]
        assert len({one.id for one in shown}) == 3
        assert len(engine.calls) == 1
        engine.recalled = lambda ask: ()
        assert "model()" in texts(await made.suggest(typist.ask(explicit=True)))
        assert len(engine.calls) == 1
        await made.aclose()

    run(scene())


def test_the_menu_never_waits_longer_than_it_may() -> None:
    async def scene() -> None:
        engine = FakeEngine(lambda ask: "model()")
        made, typist = suggester(engine), Typist("x = ‸")
        loop = asyncio.get_running_loop()
        assert await made.suggest(typist.ask("complete"), within=0.08) == []
        assert loop.time() == pytest.approx(0.08)
        await asyncio.sleep(1)
        typist.type("m")
        before = loop.time()
        assert texts(await made.suggest(typist.ask("complete"), within=0.08)) == ["odel()"]
        assert loop.time() == before
        assert len(engine.calls) == 1
        await made.aclose()

    run(scene())


def test_the_menu_shows_recall_and_what_a_model_has_said() -> None:
    async def scene() -> None:
        engine = FakeEngine(lambda ask: "model()")
        made, typist = suggester(engine), Typist("x = ‸")
        await made.suggest(typist.ask())
        engine.recalled = lambda ask: [Proposal(t, 0.9, "suffix") for t in ("one()", "model()")]
        assert texts(await made.suggest(typist.ask("complete"))) == ["model()", "one()"]
        await made.aclose()

    run(scene())


def test_ghost_text_and_menu_share_one_call() -> None:
    async def scene() -> None:
        engine = FakeEngine(lambda ask: "model()")
        made, typist = suggester(engine), Typist("x = ‸")
        ghost = asyncio.create_task(made.suggest(typist.ask()))
        await asyncio.sleep(0.2)
        menu = asyncio.create_task(made.suggest(typist.ask("complete"), within=2))
        assert texts(await ghost) == ["model()"]
        assert texts(await menu) == ["model()"]
        assert len(engine.calls) == 1
        await made.aclose()

    run(scene())


def test_cancelling_closes_the_call() -> None:
    async def scene() -> None:
        engine = FakeEngine()
        made = suggester(engine)
        ask = asyncio.create_task(made.suggest(Typist("x = ‸").ask()))
        await asyncio.sleep(0.2)
        assert engine.in_flight == 1
        ask.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ask
        await asyncio.sleep(0)
        assert engine.in_flight == 0
        assert engine.calls[0].closed
        await made.aclose()

    run(scene())


@pytest.mark.parametrize("how", ["close", "focus"])
def test_a_document_that_was_left_wants_nothing_any_more(how: str) -> None:
    async def scene() -> None:
        engine = FakeEngine()
        made = suggester(engine)
        ask = asyncio.create_task(made.suggest(Typist("x = ‸").ask()))
        await asyncio.sleep(0.2)
        made.forget(URI) if how == "close" else made.focus("file:///other.py")
        assert await ask == []
        await asyncio.sleep(0)
        assert engine.calls[0].closed
        await made.aclose()

    run(scene())


def test_a_fault_in_a_run_is_answered_empty() -> None:
    def fail(ask: Ask) -> str:
        raise RuntimeError("of the engine")

    async def scene() -> None:
        made, typist = suggester(FakeEngine(fail)), Typist("x = ‸")
        assert await made.suggest(typist.ask()) == []
        await made.aclose()

    run(scene())


def test_recall_that_has_read_a_newer_text_is_not_believed() -> None:
    async def scene() -> None:
        engine = FakeEngine(recalled=lambda ask: [Proposal("newer", 0.9, "suffix")])
        made, typist = suggester(engine), Typist("x = ‸")
        ask = asyncio.create_task(made.suggest(typist.ask()))
        await asyncio.sleep(0)
        made.changed(URI, 2)
        assert await ask == []
        await made.aclose()

    run(scene())


@pytest.mark.parametrize("debounce_ms", [150, 0])
@pytest.mark.parametrize("agrees", [True, False])
def test_a_burst(debounce_ms: int, agrees: bool) -> None:
    """200 keys at 20 a second, 400 ms upstream."""
    line = "value_of_the_thing = compute(the_thing, another_thing) + 1 " * 4

    async def scene() -> None:
        def answer(ask: Ask) -> str:
            typed = ask.document.text[: ask.span.end]
            return line[len(typed) :][:30] if agrees else "!" + typed[-1:]

        engine = FakeEngine(answer)
        made, typist = suggester(engine, debounce_ms=debounce_ms), Typist("‸")
        asks = []
        for letter in line[:200]:
            typist.type(letter)
            asks.append(asyncio.create_task(made.suggest(typist.ask())))
            await asyncio.sleep(0.05)
        last = await asks[-1]
        assert all(ask.done() for ask in asks)
        assert texts(last)
        assert len(engine.calls) <= 50
        assert engine.most_in_flight <= 1
        await made.aclose()

    run(scene())


def test_the_pause_grows_shorter_than_the_setting_for_a_fast_typist() -> None:
    async def scene() -> None:
        engine = FakeEngine()
        made, typist = suggester(engine, debounce_ms=300), Typist("‸")
        for _ in range(10):
            typist.type("a")
            last = asyncio.create_task(made.suggest(typist.ask()))
            await asyncio.sleep(0.1)
        await last
        pause = engine.calls[0].started - (asyncio.get_running_loop().time() - 0.4)
        assert len(engine.calls) == 1
        assert engine.calls[0].started == pytest.approx(0.9 + 0.15, abs=0.01)
        assert pause < 0.3
        await made.aclose()

    run(scene())


def consistent(suggestion: Suggestion, asked: Ask, engine: FakeEngine) -> bool:
    """Whether some answer, given for a text and typed through since, is this suggestion."""
    before = asked.document.text[: asked.span.end]
    for ask, answer in engine.answers:
        line, column = ask.document.line_column(ask.span.end)
        head = ask.document.lines[line][:column]
        for typed in range(len(answer)):
            left, follows = answer[typed:], before.endswith(head + answer[:typed])
            # behind a bracket that the editor closed, only a part of it may fit
            if follows and left.startswith(suggestion.text):
                return True
    return False


TARGET = "def add(a, b):\n    total = a + b\n    return total\n\nprint(add(1, 2))\n"


class Interleaving:
    """One person typing, stepping back and jumping, with asks and answers in between."""

    def __init__(self, seed: int) -> None:
        self.chance = chance = random.Random(seed)
        self.engine = FakeEngine(self.answer, self.recalled)
        self.suggester = suggester(self.engine, debounce_ms=chance.choice([0, 30, 150]))
        texts = ["‸"] * 7 + ["x = 1\n‸", "‸\nend()\n", "f(‸)\n"]
        self.typist = Typist(chance.choice(texts))
        self.running: list[tuple[Ask, asyncio.Task[list[Suggestion]]]] = []
        self.cancelled: list[Ask] = []
        self.faults: list[BaseException] = []
        self.shown = 0

    def answer(self, ask: Ask) -> str:
        chance = self.chance
        self.engine.delay, self.engine.gap = chance.random() * 0.4, chance.random() * 0.2
        text = ask.document.text[: ask.span.end]
        if chance.random() < 0.7 and TARGET.startswith(text):
            return TARGET[len(text) :][: chance.randrange(1, 60)]
        return chance.choice(["zzz", "a\nb\nc", "", "add(", "return total\n", "x)\n    y"])

    def recalled(self, ask: Ask) -> list[Proposal]:
        if self.chance.random() < 0.7:
            return []
        text = ask.document.text[: ask.span.end]
        good = TARGET[len(text) :].split("\n")[0] if TARGET.startswith(text) else ""
        return [Proposal(one, 0.9, "suffix") for one in (good, "zz", "add(1)") if one]

    def edit(self) -> None:
        chance, typist, action = self.chance, self.typist, self.chance.random()
        if action < 0.45 and TARGET.startswith(typist.text[: typist.at]):
            typist.type(TARGET[typist.at :][: chance.choice([1, 1, 1, 2, 6])] or "\n")
        elif action < 0.55:
            typist.type(chance.choice(["z", "(", "\n", "a", " "]))
        elif action < 0.7:
            typist.delete(chance.choice([1, 1, 3]))
        elif action < 0.75:
            typist.at = chance.randrange(len(typist.text) + 1)
        self.suggester.changed(URI, typist.version)

    def ask(self) -> None:
        task: Any = self.chance.choice(["inline", "inline", "complete"])
        ask = self.typist.ask(task, explicit=task == "inline" and self.chance.random() < 0.2)
        within = 0.08 if task == "complete" else None
        running = asyncio.create_task(self.suggester.suggest(ask, within))
        running.add_done_callback(lambda done: self.arrived(ask, done))
        self.running.append((ask, running))

    def cancel(self) -> None:
        ask, doomed = self.chance.choice(self.running)
        if not doomed.done():
            self.cancelled.append(ask)
            doomed.cancel()

    def arrived(self, ask: Ask, task: asyncio.Task[list[Suggestion]]) -> None:
        try:
            if task.cancelled():
                assert ask in self.cancelled
                return
            for suggestion in task.result():
                self.check(ask, suggestion)
        except BaseException as fault:
            self.faults.append(fault)

    def check(self, ask: Ask, suggestion: Suggestion) -> None:
        """Look at a suggestion as it arrives: it fits the text as it is now, or it is dropped."""
        assert suggestion.text.strip()
        assert consistent(suggestion, ask, self.engine), "nobody ever said that for this text"
        now = self.typist.document
        if now.version == ask.document.version:
            newest = max(asked.document.version for asked, _ in self.running)
            assert ask.document.version == newest, "an older ask was answered"
            self.shown += 1
            return
        current = catch_up(suggestion, ask.document, now)
        if current is None:
            return
        covers = suggestion.end - suggestion.start
        typed = now.text[current.start : current.end - covers]
        assert typed
        assert current.text.startswith(typed)
        was, at = ask.document.text, suggestion.start
        assert now.text == was[:at] + typed + was[at:]
        self.shown += 1

    async def play(self) -> int:
        """Return how many suggestions were shown."""
        chance = self.chance
        for _ in range(25):
            self.edit()
            if chance.random() < 0.8:
                self.ask()
            if self.running and chance.random() < 0.1:
                self.cancel()
            for _ in range(chance.randrange(3)):
                await asyncio.sleep(0)
            await asyncio.sleep(chance.choice([0, 0, 0.02, 0.1, 0.5]))
        await asyncio.gather(*(task for _, task in self.running), return_exceptions=True)
        await asyncio.sleep(0)
        for fault in self.faults:
            raise fault
        await self.suggester.aclose()
        assert self.engine.most_in_flight <= 1
        assert self.engine.in_flight == 0
        return self.shown


def test_2000_interleavings_show_nothing_stale(seed: int) -> None:
    shown = 0
    for number in range(2000):
        shown += run(Interleaving(seed + number).play())
    assert shown > 4000


def test_shaped_values_only_are_taken_from_models() -> None:
    async def scene() -> None:
        class Odd(FakeEngine):
            async def run(self, ask: Ask) -> AsyncGenerator[Event, None]:
                yield Routed(Route(ask.task, "instant", ()))
                yield Answer({"not": "shaped"}, "p/m", final=False)
                yield Answer(Shaped("good"), "p/m")

        made = suggester(Odd())
        assert texts(await made.suggest(Typist("x = ‸").ask())) == ["good"]
        await made.aclose()

    run(scene())
