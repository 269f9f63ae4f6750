"""What the fake upstream bills is what our price list makes of the usage that we read."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from support.talk import Clock, call, drink, spent
from support.upstream import Upstream
from turnout_clients.client import Client
from turnout_clients.prices import cost
from turnout_clients.types import CacheTime, Chat, Message, answered

NOON: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
# Provider and dialect; dollars for a million tokens: fresh, read, output, written by time to live.
RATES: Final[tuple[tuple[str, str, str, tuple[float, float, float], dict[str, float]], ...]] = (
    ("anthropic", "anthropic-messages", "claude-opus-5-5", (4, 0.2, 20), {"5m": 5, "1h": 8}),
    ("anthropic", "anthropic-messages", "claude-haiku-5-5", (0.1, 0.01, 0.5),
     {"5m": 0.125, "1h": 0.2}),
    ("openai", "openai-responses", "gpt-6.1-sol", (2, 0.1, 10), {"30m": 2.5, "12h": 5}),
    ("openai", "openai-chat", "gpt-6.1-terra", (1, 0.05, 5), {"30m": 1.25}),
    ("openai", "openai-chat", "gpt-5.5", (5, 0.5, 30), {}),
    ("gemini", "gemini", "gemini-3.8-flash", (0.75, 0.075, 3.75), {}),
    ("deepseek", "openai-chat", "deepseek-flash", (0.15, 0.003, 0.6), {}),
    ("mistral", "mistral", "codestral-2508", (0.3, 0.03, 0.9), {}),
)  # fmt: skip


@pytest.mark.parametrize(("provider", "dialect", "model", "rates", "written"), RATES)
async def test_the_price_is_that_of_the_bill(
    provider: str,
    dialect: str,
    model: str,
    rates: tuple[float, float, float],
    written: dict[str, float],
    seed: int,
    client: Client,
) -> None:
    """Conversations that are appended to, and some whose start is changed, over hours."""
    chance, clock = random.Random(seed), Clock()
    facts: Any = {"takes_breakpoints": bool(written), "quirks": {"cache_fields": True}}
    reads = 0
    async with Upstream(clock=clock) as upstream:
        for _ in range(3):
            turns: list[Message] = [_turn(chance, "system", 3_500)]
            for _ in range(6):
                if chance.random() < 0.25:
                    at = chance.randrange(len(turns))
                    turns[at] = _turn(chance, turns[at].role, 3_500)
                turns.append(_turn(chance, "user", 800))
                clock.now += chance.choice((5, 120, 400, 2_000))
                upstream.script(text="word " * chance.randrange(1, 50), thinking=("Hm.",))
                chat = Chat(tuple(turns), 64)
                asked = call(upstream, chat, dialect, id=model, **facts)
                chunks = await drink(client, replace(asked, cache_key="session"))
                usage, tally = spent(chunks), upstream.bills[-1].tally
                fresh, read, output = rates
                by_hand = (
                    tally.fresh * fresh
                    + tally.read * read
                    + sum(count * written[ttl] for ttl, count in tally.writes)
                    + upstream.bills[-1].output * output
                ) / 1_000_000
                found = cost(provider, dialect, model, usage, NOON)
                assert found.usd == pytest.approx(by_hand, abs=1e-9), usage
                # Nobody but one reseller's list says what a write for twelve hours costs.
                assert found.known == ("estimated" if "12h" in dict(tally.writes) else "priced")
                reads += tally.read
                turns.append(replace(answered(chunks), cache=chance.random() < 0.2))
    assert reads > 0


def _turn(chance: random.Random, role: Any, size: int) -> Message:
    text = json.dumps([chance.randrange(10**6) for _ in range(chance.randrange(size // 2, size))])
    time: CacheTime = chance.choice(("short", "long"))
    return Message(role, text, cache=chance.random() < 0.6, cache_time=time)
