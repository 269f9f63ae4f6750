"""The model of the providers' prompt caches, against examples worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support import upstream_cache as caches
from support.talk import Clock
from support.upstream_cache import Block, Cache, Prompt, Rules, Tally
from turnout_clients.catalog.models import served_by


class Provider:
    """A cache with its rules, asked for one reply after the other."""

    def __init__(self, rules: Rules) -> None:
        self.clock = Clock()
        self.cache = Cache(self.clock)
        self.rules = rules

    def ask(self, *blocks: Block, at: float = 0.0, **more: str) -> Tally:
        """A request at a time, and its reply."""
        tally = self.look(*blocks, at=at, **more)
        self.cache.keep(tally)
        return tally

    def look(self, *blocks: Block, at: float = 0.0, **more: str) -> Tally:
        """A request whose reply does not come."""
        self.clock.now = at
        return self.rules.tally(self.cache, Prompt(blocks, **more))  # type: ignore[arg-type]


def block(name: str, size: int, mark: str = "", *, ending: bool = False) -> Block:
    """A block of so many tokens."""
    return Block((name * size * 4)[: size * 4], mark, ending)


def marked(one: Block, mark: str = "usual") -> Block:
    return replace(one, mark=mark)


SYSTEM, FIRST, SECOND, THIRD = (
    block(n, s) for n, s in zip("sabc", (1000, 400, 300, 200), strict=True)
)


def test_a_token_is_four_bytes() -> None:
    assert [caches.tokens(text) for text in ("", "a", "abcd", "abcde", "😀")] == [0, 1, 1, 2, 1]


# --- Anthropic: minimum 512, 5 minutes, four breakpoints that look back 20 blocks ---


@pytest.fixture
def opus() -> Provider:
    return Provider(caches.anthropic("claude-opus-5-5"))


def test_nothing_is_kept_without_a_mark(opus: Provider) -> None:
    for _ in range(2):
        assert opus.ask(SYSTEM, FIRST) == Tally(1400)


def test_write_then_read_then_grow(opus: Provider) -> None:
    assert opus.ask(SYSTEM, marked(FIRST)) == Tally(1400, 0, (("5m", 1400),))
    assert opus.ask(SYSTEM, marked(FIRST)) == Tally(1400, 1400)
    # The mark moves on: what was written is found by looking back.
    assert opus.ask(SYSTEM, FIRST, marked(SECOND)) == Tally(1700, 1400, (("5m", 300),))
    tail = opus.ask(SYSTEM, FIRST, marked(SECOND), THIRD)
    assert (tail.read, tail.written, tail.fresh) == (1700, 0, 200)


def test_a_changed_start_is_written_anew(opus: Provider) -> None:
    opus.ask(marked(SYSTEM), marked(FIRST))
    assert opus.ask(marked(SYSTEM), marked(SECOND)) == Tally(1300, 1000, (("5m", 300),))
    assert opus.ask(marked(THIRD), marked(FIRST)) == Tally(600, 0, (("5m", 600),))


def test_it_looks_back_over_twenty_blocks_and_no_more(opus: Provider) -> None:
    more = [block(chr(ord("A") + number), 1) for number in range(20)]
    opus.ask(marked(SYSTEM))
    near = opus.ask(SYSTEM, *more[:18], marked(more[18]))
    assert (near.read, near.written) == (1000, 19)  # the mark is the 20th block
    opus.cache.clear()
    opus.ask(marked(SYSTEM))
    far = opus.ask(SYSTEM, *more[:19], marked(more[19]))
    assert (far.read, far.written) == (0, 1020)  # it would be the 21st


def test_five_minutes_from_the_start_of_the_request_renewed_by_reading(opus: Provider) -> None:
    opus.ask(marked(SYSTEM))
    assert opus.ask(marked(SYSTEM), at=299).read == 1000
    assert opus.ask(marked(SYSTEM), at=598).read == 1000
    assert opus.ask(marked(SYSTEM), at=898).read == 0


def test_an_hour_beside_five_minutes(opus: Provider) -> None:
    """A is what is read, B the last mark for an hour, C the last: B-A and C-B are written."""
    ask = marked(SYSTEM, "1h"), FIRST, marked(SECOND, "5m"), THIRD
    assert opus.ask(*ask) == Tally(1900, 0, (("1h", 1000), ("5m", 700)))
    assert opus.ask(*ask, at=301) == Tally(1900, 1000, (("5m", 700),))
    grown = marked(SYSTEM, "1h"), FIRST, marked(SECOND, "1h"), marked(THIRD)
    assert opus.ask(*grown, at=302) == Tally(1900, 1700, (("5m", 200),))
    assert opus.ask(*ask, at=302 + 3600).read == 0


@pytest.mark.parametrize(
    ("model", "least"),
    [
        ("claude-fable-5-2", 512), ("claude-opus-5-5", 512), ("claude-sonnet-5-5", 512),
        ("claude-haiku-5-5", 512), ("claude-opus-5", 512), ("claude-opus-4-8", 1024),
        ("claude-sonnet-5", 1024), ("claude-sonnet-4-6", 1024), ("claude-opus-4-7", 2048),
        ("claude-opus-4-6", 4096), ("claude-haiku-4-5", 4096),
    ],
)  # fmt: skip
def test_a_prompt_that_is_too_small_is_silently_not_kept(model: str, least: int) -> None:
    provider = Provider(caches.anthropic(model))
    for size, kept in ((least - 1, 0), (least, least)):
        provider.ask(block("x", size, "usual"))
        assert provider.ask(block("x", size, "usual")).read == kept


def test_a_twin_that_is_sent_before_the_reply_finds_nothing(opus: Provider) -> None:
    tally = opus.look(marked(SYSTEM))
    assert opus.look(marked(SYSTEM)).read == 0
    opus.cache.keep(tally)
    assert opus.look(marked(SYSTEM)).read == 1000


def test_settings_of_the_messages_leave_the_start_as_it_is(opus: Provider) -> None:
    opus.ask(marked(SYSTEM), marked(FIRST))
    other = replace(FIRST, under="tool_choice")
    assert opus.ask(marked(SYSTEM), marked(other)) == Tally(1400, 1000, (("5m", 400),))


# --- OpenAI since GPT-5.6: written at breakpoints, found there alone, inclusive ---


@pytest.fixture
def sol() -> Provider:
    return Provider(caches.openai("gpt-6.1-sol"))


ASK, TOLD = block("u", 500, ending=True), block("t", 100, ending=True)


def test_the_newest_turn_is_a_breakpoint_by_itself(sol: Provider) -> None:
    assert sol.ask(SYSTEM, ASK) == Tally(1500, 0, (("30m", 1500),))
    assert sol.ask(SYSTEM, ASK, FIRST, TOLD) == Tally(2000, 1500, (("30m", 500),))
    # Not at a breakpoint, so not found, though it starts alike.
    assert sol.ask(SYSTEM, block("v", 500, ending=True)) == Tally(1500, 0, (("30m", 1500),))


def test_explicit_breakpoints_alone(sol: Provider) -> None:
    def ask(*blocks: Block, ttl: str = "") -> Tally:
        tally = sol.rules.tally(sol.cache, Prompt(blocks, marked_only=True, ttl=ttl))
        sol.cache.keep(tally)
        return tally

    big = block("S", 1100)
    assert ask(big, ASK) == ask(big, ASK) == Tally(1600)  # without a mark it is switched off
    assert ask(marked(big), ASK) == Tally(1600, 0, (("30m", 1100),))
    assert ask(marked(big), TOLD) == Tally(1200, 1100)
    assert ask(marked(big), marked(ASK, "12h"), marked(TOLD)) == Tally(
        1700, 1100, (("12h", 500), ("30m", 100))
    )
    sol.clock.now = 1801
    assert ask(marked(big), marked(ASK), TOLD).read == 1600


def test_four_are_written_at_most_and_none_below_1024_tokens(sol: Provider) -> None:
    blocks = [marked(block(name, 300)) for name in "abcdef"]
    tally = sol.rules.tally(sol.cache, Prompt(tuple(blocks), marked_only=True))
    assert tally.writes == (("30m", 1800),)
    assert len(tally.keep) == 3  # c ends at 900


def test_a_key_leads_to_the_machine_and_too_many_lead_elsewhere(sol: Provider) -> None:
    sol.ask(SYSTEM, ASK, key="mine")
    assert sol.ask(SYSTEM, ASK, key="other").read == 0
    reads = [sol.ask(SYSTEM, ASK, key="mine", at=1).read for _ in range(15)]
    assert reads == [1500] * 14 + [0]
    assert sol.ask(SYSTEM, ASK, key="mine", at=62).read == 1500


def test_before_that_in_steps_of_128_tokens_and_written_for_nothing() -> None:
    early = Provider(caches.openai("gpt-5.5"))
    early.ask(block("x", 1500))
    assert early.ask(block("x", 1500), FIRST) == Tally(1900, 1408)
    assert early.ask(block("x", 1500), SECOND, at=299).read == 1408
    assert early.ask(block("x", 1500), at=599).read == 0
    early.ask(block("y", 1023))
    assert early.ask(block("y", 1023), FIRST).read == 0
    early.ask(block("z", 1500), ttl="24h")
    assert early.ask(block("z", 1500), at=86_399).read == 1408


# --- Gemini, DeepSeek, Mistral ---


@pytest.mark.parametrize(("model", "least"), [("gemini-2.5-flash", 2048), ("gemini-4-argon", 4096)])
def test_gemini(model: str, least: int) -> None:
    google = Provider(caches.gemini(model))
    google.ask(block("x", least - 1))
    assert google.ask(block("x", least - 1)).read == 0
    google.ask(block("y", least + 7))
    assert google.ask(block("y", least + 7), FIRST) == Tally(least + 407, least + 7)
    assert google.ask(block("y", least + 7), at=300).read == 0


def test_deepseek_finds_a_common_start_when_it_comes_the_third_time() -> None:
    deepseek = Provider(caches.DEEPSEEK)
    assert isinstance(deepseek.rules, caches.Automatic)
    start = block("s", 200)
    assert deepseek.ask(start, FIRST).read == 0
    assert deepseek.ask(start, SECOND).read == 0
    assert deepseek.ask(start, THIRD).read == 192  # three times 64
    # A conversation that goes on finds all of what went before.
    assert deepseek.ask(start, FIRST, SECOND).read == 576
    deepseek.rules.answered(deepseek.cache, Prompt((start, FIRST)), [block("d", 104)])
    assert deepseek.ask(start, FIRST, block("d", 104), SECOND).read == 704  # of 704
    assert deepseek.ask(block("x", 63), block("y", 2)).read == 0
    assert deepseek.ask(block("x", 63), block("y", 2)).read == 64


def test_mistral_in_steps_of_64_tokens_by_key() -> None:
    mistral = Provider(caches.MISTRAL)
    mistral.ask(block("x", 100), key="a")
    assert mistral.ask(block("x", 100), key="a").read == 64
    assert mistral.ask(block("x", 100), key="b").read == 0


def test_others_keep_nothing() -> None:
    other = Provider(caches.NOTHING)
    assert other.ask(SYSTEM, FIRST) == other.ask(SYSTEM, FIRST) == Tally(1400)


def test_the_catalogue_knows_the_same_smallest_prompts() -> None:
    for provider, rules in {"anthropic": caches.anthropic, "openai": caches.openai}.items():
        for model, known in served_by(provider).items():
            theirs = rules(model)
            assert isinstance(theirs, caches.Marked | caches.Automatic)
            assert (model, theirs.minimum) == (model, known.cache.minimum)
            marks = isinstance(theirs, caches.Marked)
            assert (model, marks) == (model, known.cache.breakpoints > 0)
