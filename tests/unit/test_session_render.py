"""What the next model is given: the same bytes again, only ever more of them, and it fits."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from itertools import pairwise

import pytest

from turnout.session.render import messages
from turnout.session.transcript import (
    Answered,
    Applied,
    Asked,
    Dismissed,
    Entry,
    Judged,
    Returned,
    Seen,
    decode,
    encode,
)
from turnout_clients.dialects import anthropic_messages, gemini, openai_chat, openai_responses
from turnout_clients.tokens import estimate
from turnout_clients.types import (
    Call,
    Chat,
    Deadlines,
    Endpoint,
    Message,
    Model,
    Opaque,
    Part,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)

OPUS = Model("anthropic/opus", "anthropic", "opus")
GPT = Model("openai/gpt", "openai", "gpt")
PLENTY = 1_000_000
U, A = "user", "assistant"
DISMISSED = "I dismissed this:\n```\nslow\n```"


def thought(provider: str) -> Thinking:
    return Thinking("hm", Opaque(provider, json.dumps({"type": "thinking", "thinking": "hm"})))


def call(id: str, provider: str = "") -> ToolCall:  # noqa: A002
    return ToolCall(id, "grep", '{"for": "x"}', Opaque(provider, '{"s": 1}') if provider else None)


def result(id: str) -> Entry:  # noqa: A002
    return Entry(Returned(ToolResult(id, "grep", f"result {id}")))


def answer(*parts: Part | str) -> Entry:
    return Entry(Answered(tuple(Text(p) if isinstance(p, str) else p for p in parts)))


def asked(text: str, turn: str = "") -> Entry:
    return Entry(Asked(text), turn)


def render(entries: Sequence[Entry], model: Model = OPUS, turn: str = "") -> list[tuple[str, str]]:
    """The rendering as role and text, to be compared at a glance."""
    return [
        (message.role, " | ".join(map(shown, message.content)))
        for message in messages(entries, model, PLENTY, estimate, turn)
    ]


def shown(part: Part) -> str:
    match part:
        case ToolCall(id):
            return f"call {id}" + (" signed" if part.opaque else "")
        case ToolResult(id):
            return f"got {id}"
        case Thinking():
            return "thought"
    return part.text


def flat(said: Sequence[Message]) -> list[tuple[str, Part]]:
    return [(message.role, part) for message in said for part in message.content]


CASES: dict[str, tuple[list[Entry], list[tuple[str, str]]]] = {
    "nothing": ([], []),
    "a turn": ([asked("q"), answer("a")], [(U, "q"), (A, "a")]),
    "unanswered": ([asked("q"), answer("a"), asked("r")], [(U, "q"), (A, "a")]),
    "what was seen": (
        [asked("q"), Entry(Seen("a.py", "x = 1", 3)), answer("a")],
        [(U, "q | From a.py, from line 3:\n```\nx = 1\n```"), (A, "a")],
    ),
    "seen before it was asked": (
        [Entry(Seen("a.py", "```\n"), "t"), asked("q", "t"), Entry(Answered((Text("a"),)), "t")],
        [(U, "From a.py:\n````\n```\n```` | q"), (A, "a")],
    ),
    "a tool": (
        [asked("q"), answer(thought("anthropic"), "look", call("1")), result("1"), answer("a")],
        [(U, "q"), (A, "thought | look | call 1"), (U, "got 1"), (A, "a")],
    ),
    "two tools at once, with something seen between": (
        [asked("q"), answer(call("1"), call("2")), result("2"), Entry(Seen("b", "y")), result("1"),
         answer("a")],
        [
            (U, "q"), (A, "call 1 | call 2"),
            (U, "got 2 | got 1 | From b:\n```\ny\n```"), (A, "a"),
        ],
    ),
    "others' thinking and signatures": (
        [asked("q"), answer(thought("openai"), call("1", "openai")), result("1"),
         answer(thought("anthropic"), Thinking("aloud"), "a")],
        [(U, "q"), (A, "call 1"), (U, "got 1"), (A, "thought | a")],
    ),
    "own signatures": (
        [asked("q"), answer(call("1", "anthropic")), result("1"), answer("a")],
        [(U, "q"), (A, "call 1 signed"), (U, "got 1"), (A, "a")],
    ),
    "an answer in the form of a call": (
        [asked("q"), answer(thought("anthropic"), call("1")), asked("r"), answer("a")],
        [(U, "q"), (A, 'grep: {"for": "x"}'), (U, "r"), (A, "a")],
    ),
    "a result without its call": (
        [asked("q"), result("1"), answer("a"), result("9")], [(U, "q"), (A, "a")],
    ),
    "a result that came too late": (
        [asked("q"), answer(call("1")), Entry(Seen("b", "y")), answer("a"), result("1"),
         answer("b")],
        [
            (U, "q"), (A, 'grep: {"for": "x"}'),
            (U, "From b:\n```\ny\n```"), (A, "a | b"),
        ],
    ),
    "the question was damaged": (
        [Entry(Answered((call("1"),)), "t"), Entry(Returned(ToolResult("1", "n", "x")), "t"),
         Entry(Answered((Text("a"),)), "t"), asked("q"), answer("a")],
        [(U, "q"), (A, "a")],
    ),
    "what became of it": (
        [asked("q"), answer("a"), Entry(Applied("a.py", "+x")), Entry(Dismissed("slow")),
         Entry(Judged(True)), asked("r"), answer("b")],
        [
            (U, "q"), (A, "a"),
            (U, "I applied the change to a.py.\n```\n+x\n``` | " + DISMISSED + " | r"),
            (A, "b"),
        ],
    ),
    "escalated": (
        [asked("q"), answer("bad"), Entry(Judged(False, "does not parse")), answer("good")],
        [
            (U, "q"), (A, "bad"),
            (U, "The answer did not pass a check:\n```\ndoes not parse\n```"), (A, "good"),
        ],
    ),
    "failed and left": (
        [asked("q"), answer("bad"), Entry(Judged(False, "no"))],
        [
            (U, "q"), (A, "bad"),
            (U, "The answer did not pass a check:\n```\nno\n```"),
        ],
    ),
    "two windows at once": (
        [asked("q", "1"), asked("r", "2"), Entry(Answered((Text("to r"),)), "2"),
         Entry(Answered((Text("to q"),)), "1")],
        [(U, "r"), (A, "to r"), (U, "q"), (A, "to q")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_rendered(case: str) -> None:
    entries, expected = CASES[case]
    assert render(entries) == expected


def test_another_provider_gets_no_thoughts_of_this_one() -> None:
    entries, _ = CASES["others' thinking and signatures"]
    assert render(entries, GPT) == [
        (U, "q"), (A, "thought | call 1 signed"), (U, "got 1"), (A, "a"),
    ]  # fmt: skip


def test_the_turn_under_way_comes_last_and_whole() -> None:
    entries = [
        asked("q", "1"), Entry(Answered((Text("a"),)), "1"),
        asked("mine", "2"),
        Entry(Applied("a.py"), "1"),
        asked("other", "3"), Entry(Answered((Text("b"),)), "3"),
        Entry(Answered((call("c"),)), "2"), Entry(Returned(ToolResult("c", "grep", "x")), "2"),
    ]  # fmt: skip
    assert render(entries, turn="2") == [
        (U, "q"), (A, "a"), (U, "mine"), (A, "call c"), (U, "got c"),
    ]  # fmt: skip
    assert render([*entries, Entry(Answered((Text("done"),)), "2")])[-2:] == [
        (U, "got c"), (A, "done"),
    ]  # fmt: skip


def random_turns(rng: random.Random, n: int, interleave: bool = False) -> list[list[Entry]]:
    turns = []
    for number in range(n):
        key = f"t{number}"
        turn = [Entry(Asked(f"question {number} " + "why " * rng.randrange(40)), key)]
        turn += [Entry(Seen("a.py", "x = 1\n" * rng.randrange(200)), key)] * rng.randrange(3)
        for step in range(rng.randrange(4)):
            provider = rng.choice(("anthropic", "openai"))
            calls = [call(f"{step}-{i}", provider) for i in range(rng.randrange(1, 4))]
            turn.append(Entry(Answered((thought(provider), Text("let me see"), *calls)), key))
            for one in rng.sample(calls, len(calls)):
                output = "found\n" * rng.randrange(100)
                turn.append(Entry(Returned(ToolResult(one.id, "grep", output)), key))
        if rng.random() < 0.8:
            form = [Text("answer " * rng.randrange(1, 100))]
            turn.append(Entry(Answered((*form, *([call("form")] * rng.randrange(2)))), key))
            if rng.random() < 0.2:
                turn += [Entry(Judged(False, "no"), key), Entry(Answered((Text("better"),)), key)]
            turn += [Entry(Applied("a.py", "+1"), key)] * rng.randrange(2)
            turn += [Entry(Dismissed("slow"), key)] * rng.randrange(2)
        turns.append(turn)
    return turns


def moments(turns: Sequence[Sequence[Entry]]) -> list[tuple[list[Entry], str]]:
    """Where a model would be called: after what the user side said, with its turn under way."""
    said: list[Entry] = []
    found = []
    for turn in turns:
        for at, entry in enumerate(turn):
            said.append(entry)
            after = turn[at + 1].what if at + 1 < len(turn) else None
            if isinstance(after, Answered):
                found.append((list(said), entry.turn))
    return found


def sent(said: list[Entry], turn: str, model: Model, budget: int) -> list[tuple[str, Part]]:
    return flat(messages(said, model, budget, estimate, turn))


@pytest.mark.parametrize("model", [OPUS, GPT], ids=lambda model: model.provider)
def test_what_was_sent_is_only_ever_appended_to(model: Model, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(60):
        called = [sent(said, turn, model, PLENTY) for said, turn in moments(random_turns(rng, 12))]
        assert all(role == "user" for first in called for role, _ in first[:1])
        for before, after in pairwise(called):
            assert after[: len(before)] == before
            assert len(after) > len(before)


def test_it_is_trimmed_in_coarse_steps(seed: int) -> None:
    rng = random.Random(seed)
    budget = 3_000
    trims = calls = 0
    for _ in range(5):
        found = moments(random_turns(rng, 60))
        called = [sent(said, turn, OPUS, budget) for said, turn in found]
        for before, after in pairwise(called):
            calls += 1
            if after[: len(before)] == before:
                continue
            trims += 1
            kept = [part for _, part in after]
            assert kept, "the turn under way stays"
            whole = [part for _, part in sent(*found[called.index(after)], OPUS, PLENTY)]
            assert whole[-len(kept) :] == kept, "only the oldest go"
    print(f"{trims} trims in {calls} calls")
    assert 0 < trims < calls / 5


def size(said: Sequence[Message]) -> int:
    return sum(estimate(getattr(p, "text", "")) for message in said for p in message.content)


def test_the_answered_turns_fit_and_every_cut_is_between_turns(seed: int) -> None:
    rng = random.Random(seed)
    for budget in (1, 50, 500, 2_000, 10_000, PLENTY):
        for _ in range(10):
            entries = [entry for turn in random_turns(rng, 20) for entry in turn]
            said = messages(entries, GPT, budget, estimate)
            assert size(said) <= budget
            assert well_formed(said)
            assert said == messages([*map(reread, entries)], GPT, budget, estimate)
            if said:
                everything = messages(entries, GPT, PLENTY, estimate)
                parts, whole = flat(said), flat(everything)
                assert whole[-len(parts) :] == parts


def reread(entry: Entry) -> Entry:
    found = decode(encode(entry))
    assert found is not None
    return found


def well_formed(said: Sequence[Message]) -> bool:
    """Roles take turns, the user begins, and every call has its result in the next message."""
    assert [message.role for message in said] == [(U, A)[i % 2] for i in range(len(said))]
    waiting: list[str] = []
    for message in said:
        results = [part.id for part in message.content if isinstance(part, ToolResult)]
        assert sorted(results) == sorted(waiting)
        waiting = [part.id for part in message.content if isinstance(part, ToolCall)]
        assert message.content
    return not waiting


def test_any_shuffle_of_several_windows_is_well_formed(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(200):
        turns = random_turns(rng, 8)
        entries = []
        while turns:
            turn = rng.choice(turns)
            entries.append(turn.pop(0))
            turns = [one for one in turns if one]
        if rng.random() < 0.5:  # damage: some are missing
            entries = [entry for entry in entries if rng.random() < 0.9]
        said = messages(entries, OPUS, PLENTY, estimate)
        assert well_formed(said)
        for entry in entries:
            if isinstance(entry.what, Asked):
                messages(entries, OPUS, 500, estimate, entry.turn)


DIALECTS = {
    "anthropic": anthropic_messages, "gemini": gemini,
    "chat": openai_chat, "responses": openai_responses,
}  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_takes_it(dialect: str, seed: int) -> None:
    rng = random.Random(seed)
    entries = [entry for turn in random_turns(rng, 30) for entry in turn]
    said = messages(entries, OPUS, PLENTY, estimate)
    chat = Chat(
        (*said, Message("user", "next")), 100, tools=(Tool("grep", "", {"type": "object"}),)
    )
    endpoint = Endpoint("anthropic", dialect, "http://127.0.0.1/v1")
    request = DIALECTS[dialect].prepare(Call(endpoint, OPUS, chat, Deadlines(1, 1, 1)))
    assert json.dumps(request.body).count("question") == json.dumps(
        [part.text for m in said for part in m.content if isinstance(part, Text)]
    ).count("question")
