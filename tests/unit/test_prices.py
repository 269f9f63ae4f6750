"""Money: usage as each provider writes it, priced by hand.

The right-hand column is arithmetic on the providers' own price pages in USD per million tokens; it
shares no code with what is tested. Equal means equal to a hundredth of a cent.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from turnout_clients import price_list, prices
from turnout_clients.dialects import anthropic_messages, gemini, openai, openai_responses
from turnout_clients.prices import Cost, cost
from turnout_clients.types import Price, Usage

HUNDREDTH_OF_A_CENT = 0.0001

MON, SAT = "2026-11-16", "2026-11-21"


def at(time: str) -> datetime:
    parsed = datetime.fromisoformat(time)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def anth(fresh: int, out: int, w5: int = 0, w1: int = 0, read: int = 0, **more: Any) -> Usage:
    """Additive: the input is only what no cache had or got."""
    split = {"ephemeral_5m_input_tokens": w5, "ephemeral_1h_input_tokens": w1}
    table: dict[str, Any] = {
        "input_tokens": fresh,
        "cache_creation_input_tokens": w5 + w1,
        "cache_creation": split,
        "cache_read_input_tokens": read,
        "output_tokens": out,
        "service_tier": "standard",
    }
    return anthropic_messages.read_usage(table | more)


def resp(total: int, out: int, read: int = 0, m30: int = 0, h12: int = 0, tier="default") -> Usage:
    """Inclusive: the input is everything."""
    split = {"ttl_30m_tokens": m30, "ttl_12h_tokens": h12}
    details = {"cached_tokens": read, "cache_write_tokens": m30 + h12}
    usage = {
        "input_tokens": total,
        "input_tokens_details": {**details, "cache_write_tokens_details": split},
        "output_tokens": out,
        "output_tokens_details": {"reasoning_tokens": out // 2},
    }
    found = openai_responses.read_usage({"usage": usage, "service_tier": tier})
    assert found
    return found


def chat(total: int, out: int, read: int = 0, **more: Any) -> Usage:
    table = {
        "prompt_tokens": total,
        "completion_tokens": out,
        "prompt_tokens_details": {"cached_tokens": read},
    }
    tier = more.pop("service_tier", None)  # stands beside the usage, not in it
    found = openai.read_usage({"usage": table | more, "service_tier": tier})
    assert found
    return found


def deep(hit: int, miss: int, out: int) -> Usage:
    usage = {
        "prompt_tokens": hit + miss,
        "prompt_cache_hit_tokens": hit,
        "prompt_cache_miss_tokens": miss,
        "completion_tokens": out,
    }
    found = openai.read_usage({"usage": usage})
    assert found
    return found


def gem(prompt: int, answer: int, thoughts: int = 0, read: int = 0, **more: Any) -> Usage:
    """The prompt includes what was cached; the answer leaves out what was thought."""
    table = {
        "promptTokenCount": prompt,
        "cachedContentTokenCount": read,
        "candidatesTokenCount": answer,
        "thoughtsTokenCount": thoughts,
    }
    found = gemini.read_usage(table | more)
    assert found
    return found


# fmt: off
TABLE: list[tuple[str, str, str, Usage, float]] = [
    # --- Anthropic: 5-minute writes 1.25, 1-hour writes 2 times the input; reads by model ---
    ("anthropic", "claude-sonnet-5-5", MON, anth(1_000, 500), 1_000*2 + 500*10),
    ("anthropic", "claude-sonnet-5-5", MON, anth(1_000, 500, read=50_000),
     1_000*2 + 50_000*0.10 + 500*10),
    ("anthropic", "claude-sonnet-5-5", MON, anth(100, 300, w5=20_000), 100*2 + 20_000*2.5 + 300*10),
    ("anthropic", "claude-sonnet-5-5", MON, anth(100, 300, w1=20_000), 100*2 + 20_000*4 + 300*10),
    ("anthropic", "claude-sonnet-5-5", MON, anth(50, 900, w5=2_000, w1=8_000, read=30_000),
     50*2 + 2_000*2.5 + 8_000*4 + 30_000*0.10 + 900*10),
    ("anthropic", "claude-sonnet-5-5", MON, anth(10, 0, w5=9_000), 10*2 + 9_000*2.5),  # a prewarm
    ("anthropic", "claude-opus-5-5", MON, anth(1_000, 500), 1_000*4 + 500*20),
    ("anthropic", "claude-opus-5-5", MON, anth(200, 500, read=80_000),
     200*4 + 80_000*0.20 + 500*20),
    ("anthropic", "claude-opus-5-5", MON, anth(200, 500, read=80_000, speed="fast"),
     200*8 + 80_000*0.40 + 500*40),  # fast is twice, the cache too
    ("anthropic", "claude-opus-5-5", MON, anth(0, 100, w1=10_000, speed="fast"),
     10_000*16 + 100*40),
    ("anthropic", "claude-opus-5-5-20261001", MON, anth(1_000, 500), 1_000*4 + 500*20),
    ("anthropic", "claude-opus-5-5", MON, anth(400_000, 500), 400_000*4 + 500*20),  # no tiers
    ("anthropic", "claude-fable-5-2", MON, anth(1_000, 500), 1_000*8 + 500*40),
    ("anthropic", "claude-fable-5-2", MON, anth(10, 200, w5=4_000, w1=6_000, read=90_000),
     10*8 + 4_000*10 + 6_000*16 + 90_000*0.20 + 200*40),
    ("anthropic", "claude-fable-5-2", MON, anth(1_000, 500, speed="fast"), 1_000*16 + 500*80),
    # Haiku 5.5: over 100,000 tokens of prompt, cached ones included, everything costs 5 times.
    ("anthropic", "claude-haiku-5-5", MON, anth(99_000, 1_000), 99_000*0.10 + 1_000*0.50),
    ("anthropic", "claude-haiku-5-5", MON, anth(60_000, 1_000, read=40_000),
     60_000*0.10 + 40_000*0.01 + 1_000*0.50),  # 100,000 is not over
    ("anthropic", "claude-haiku-5-5", MON, anth(60_001, 1_000, read=40_000),
     60_001*0.50 + 40_000*0.05 + 1_000*2.50),
    ("anthropic", "claude-haiku-5-5", MON, anth(5_000, 2_000, w5=5_000, read=140_000),
     5_000*0.50 + 5_000*0.625 + 140_000*0.05 + 2_000*2.50),
    ("anthropic", "claude-haiku-5-5", MON, anth(0, 2_000, w1=150_000), 150_000*1.00 + 2_000*2.50),
    ("anthropic", "claude-haiku-4-5", MON, anth(3_000, 700), 3_000*1 + 700*5),
    ("anthropic", "claude-haiku-4-5", MON, anth(0, 700, w5=5_000, read=6_000),
     5_000*1.25 + 6_000*0.10 + 700*5),
    ("anthropic", "claude-sonnet-4-6", MON, anth(250_000, 1_000), 250_000*3 + 1_000*15),
    ("anthropic", "claude-sonnet-4-6", "2026-02-16", anth(250_000, 1_000),
     250_000*6 + 1_000*22.5),  # until 13 March 2026 over 200,000 cost twice, output 1.5 times
    ("anthropic", "claude-opus-4-7", MON, anth(1_000, 500, read=10_000),
     1_000*5 + 10_000*0.5 + 500*25),
    ("anthropic", "claude-sonnet-5-5", MON,  # not told for how long it was written: 5 minutes
     anth(100, 300, cache_creation_input_tokens=20_000), 100*2 + 20_000*2.5 + 300*10),
    ("anthropic", "claude-sonnet-5-5", MON,  # thinking is within the output
     anth(100, 5_000, output_tokens_details={"thinking_tokens": 4_000}), 100*2 + 5_000*10),
    # --- OpenAI: 30-minute writes 1.25 times the input, 12-hour ones 2.5; a tier at 272,000 ---
    ("openai", "gpt-6.1-sol", MON, resp(10_000, 1_000), 10_000*2 + 1_000*10),
    ("openai", "gpt-6.1-sol", MON, resp(10_000, 1_000, read=8_000),
     2_000*2 + 8_000*0.10 + 1_000*10),
    ("openai", "gpt-6.1-sol", MON, resp(10_000, 1_000, m30=6_000), 4_000*2 + 6_000*2.5 + 1_000*10),
    ("openai", "gpt-6.1-sol", MON, resp(10_000, 1_000, h12=6_000), 4_000*2 + 6_000*5 + 1_000*10),
    ("openai", "gpt-6.1-sol", MON, resp(10_000, 1_000, read=5_000, m30=2_000, h12=1_000),
     2_000*2 + 5_000*0.10 + 2_000*2.5 + 1_000*5 + 1_000*10),
    ("openai", "gpt-6.1-sol", MON, resp(272_000, 1_000), 272_000*2 + 1_000*10),
    ("openai", "gpt-6.1-sol", MON, resp(272_001, 1_000), 272_001*4 + 1_000*15),
    ("openai", "gpt-6.1-sol", MON, resp(300_000, 1_000, read=250_000, h12=20_000),
     30_000*4 + 250_000*0.20 + 20_000*10 + 1_000*15),
    ("openai", "gpt-6.1-sol", MON, resp(10_000, 1_000, tier="priority"), 10_000*4 + 1_000*20),
    ("openai", "gpt-6.1-sol", MON, resp(10_000, 1_000, tier="flex"), 10_000*1 + 1_000*5),
    ("openai", "gpt-6.1-sol", MON, resp(10_000, 1_000, read=8_000, h12=2_000, tier="flex"),
     8_000*0.05 + 2_000*2.5 + 1_000*5),
    ("openai", "gpt-6.1-sol", MON, resp(10_000, 1_000, read=8_000, tier="ultrafast"),
     2_000*12 + 8_000*0.60 + 1_000*60),
    ("openai-responses", "gpt-6.1-terra", MON, resp(10_000, 1_000, read=4_000),
     6_000*1 + 4_000*0.05 + 1_000*5),
    ("openai", "gpt-6-luna", MON, resp(40_000, 900, read=20_000, m30=20_000),
     20_000*0.01 + 20_000*0.125 + 900*0.50),
    ("openai", "gpt-6-luna", MON, resp(40_000, 900, h12=40_000), 40_000*0.25 + 900*0.50),
    ("openai", "gpt-6-astra", MON, resp(2_000, 800), 2_000*10 + 800*50),
    ("openai", "gpt-6-astra", MON, resp(400_000, 800, read=390_000),
     10_000*20 + 390_000*2 + 800*75),
    ("openai", "gpt-5.5", MON, resp(9_000, 400, read=3_000), 6_000*5 + 3_000*0.5 + 400*30),
    ("openai", "gpt-5.5", MON, resp(9_000, 400, read=3_000, tier="priority"),
     6_000*12.5 + 3_000*1.25 + 400*75),
    ("openai", "gpt-4o", MON, chat(5_000, 300, read=1_024), 3_976*2.5 + 1_024*1.25 + 300*10),
    ("openai", "gpt-5-mini", MON, chat(5_000, 300, read=4_000), 1_000*0.25 + 4_000*0.025 + 300*2),
    # --- Google: thoughts are output; new prices on the first of December and of January ---
    ("gemini", "gemini-3.8-flash", MON, gem(10_000, 500, 1_500, read=4_000),
     6_000*0.75 + 4_000*0.075 + 2_000*3.75),
    ("gemini", "gemini-3.8-flash", "2026-12-31T23:59:59", gem(10_000, 500), 10_000*0.75 + 500*3.75),
    ("gemini", "gemini-3.8-flash", "2027-01-01T00:00:00", gem(10_000, 500, read=4_000),
     6_000*1.5 + 4_000*0.15 + 500*7.5),
    ("gemini", "gemini-3.8-flash", MON, gem(10_000, 500, serviceTier="FLEX"),
     10_000*0.375 + 500*1.875),
    ("gemini", "gemini-4-argon", "2026-11-30T23:59:59", gem(10_000, 100, 900, read=5_000),
     5_000*2 + 5_000*0.1 + 1_000*10),
    ("gemini", "gemini-4-argon", "2026-12-01T00:00:00", gem(10_000, 100, 900, read=5_000),
     5_000*4 + 5_000*0.2 + 1_000*20),
    ("gemini", "gemini-4-argon", MON, gem(10_000, 1_000, serviceTier="priority"),
     10_000*3.6 + 1_000*18),
    ("gemini", "gemini-3.5-flash-lite", MON, gem(2_000, 300, toolUsePromptTokenCount=500),
     2_500*0.30 + 300*2.5),
    # --- DeepSeek: twice the price Monday to Friday, 01:00-04:00 and 06:00-10:00 UTC ---
    ("deepseek", "deepseek-flash", f"{MON}T12:00", deep(6_400, 1_600, 500),
     6_400*0.003 + 1_600*0.15 + 500*0.60),
    ("deepseek", "deepseek-flash", f"{MON}T02:00", deep(6_400, 1_600, 500),
     6_400*0.006 + 1_600*0.30 + 500*1.20),
    ("deepseek", "deepseek-flash", f"{MON}T04:00", deep(0, 1_600, 500), 1_600*0.15 + 500*0.60),
    ("deepseek", "deepseek-flash", "2026-11-20T09:59:59", deep(0, 1_600, 500),
     1_600*0.30 + 500*1.20),
    ("deepseek-fim", "deepseek-flash", f"{SAT}T02:00", deep(0, 1_600, 500), 1_600*0.15 + 500*0.60),
    ("deepseek", "deepseek-flash", "2026-11-22T07:00", deep(0, 1_600, 500), 1_600*0.15 + 500*0.60),
    ("deepseek", "deepseek-flash", "2026-10-01T07:00", deep(0, 1_600, 500),
     1_600*0.15 + 500*0.60),  # a Thursday, and China's national day
    ("deepseek", "deepseek-flash", f"{MON}T10:30+08:00", deep(0, 1_600, 500),
     1_600*0.30 + 500*1.20),  # 02:30 UTC
    ("deepseek", "deepseek-flash", "2026-11-15T17:30-08:00", deep(0, 1_600, 500),
     1_600*0.30 + 500*1.20),  # a Sunday there, Monday 01:30 UTC
    ("deepseek", "deepseek-v4-pro", f"{MON}T12:00", deep(10_000, 1_000, 500),
     10_000*0.022 + 1_000*0.66 + 500*1.98),
    ("deepseek", "deepseek-v4-pro", f"{MON}T08:00", deep(10_000, 1_000, 500),
     10_000*0.044 + 1_000*1.32 + 500*3.96),
    ("deepseek", "deepseek-chat", f"{SAT}T12:00", deep(1_000, 1_000, 500),
     1_000*0.028 + 1_000*0.28 + 500*0.42),
    # --- Mistral, Inception, others ---
    ("mistral", "codestral-2508", MON, chat(8_000, 60, read=6_400),
     1_600*0.30 + 6_400*0.03 + 60*0.90),
    ("codestral", "codestral-latest", MON, chat(8_000, 60, read=6_400),
     1_600*0.30 + 6_400*0.03 + 60*0.90),
    ("mistral", "mistral-large-4", "2026-10-25", chat(5_000, 400), 5_000*1.36 + 400*4.18),
    ("mistral", "mistral-large-4", MON, chat(5_000, 400), 5_000*0.70 + 400*2.10),
    ("inception", "mercury-edit-2", MON, chat(3_000, 80, read=1_000),
     2_000*0.25 + 1_000*0.025 + 80*0.75),
    ("openrouter", "qwen/qwen3-coder-next", MON, chat(3_000, 80, read=1_000),
     2_000*0.12 + 1_000*0.07 + 80*0.80),
    ("ollama", "qwen3-coder:30b", MON, chat(3_000, 80), 0),
    ("llamacpp", "gpt-4o", MON, chat(3_000, 80), 0),
]
# fmt: on


@pytest.mark.parametrize(("provider", "model", "when", "usage", "millionths"), TABLE)
def test_by_hand(provider: str, model: str, when: str, usage: Usage, millionths: float) -> None:
    found = cost(provider, "", model, usage, at(when))
    assert found.known == ("estimated" if dict(usage.writes).get("12h") else "priced")
    assert found.usd is not None
    assert abs(found.usd - millionths / 1_000_000) < HUNDREDTH_OF_A_CENT / 100


def test_there_are_sixty_records_or_more() -> None:
    assert len(TABLE) >= 60


NOON = at(f"{MON}T12:00")


def test_the_word_of_the_provider_wins() -> None:
    usage = chat(3_000, 80, cost=0.0123)
    assert cost("openrouter", "", "qwen/qwen3-coder-next", usage, NOON) == Cost(0.0123, "reported")


def test_with_the_users_own_key_the_fee_is_not_all() -> None:
    details = {"upstream_inference_cost": 0.02}
    usage = chat(3_000, 80, cost=0.001, is_byok=True, cost_details=details)
    found = cost("openrouter", "", "qwen/qwen3-coder-next", usage, NOON)
    assert found == Cost(pytest.approx(0.021), "reported")
    untold = chat(1_000_000, 0, cost=0.001, is_byok=True, cost_details={})
    found = cost("openrouter", "", "qwen/qwen3-coder-next", untold, NOON)
    assert found == Cost(0.12, "priced")


@pytest.mark.parametrize("said", [None, True, -1, "0.5", float("nan"), {"total": 1}])
def test_a_cost_that_is_none_is_not_believed(said: object) -> None:
    assert cost("openai", "", "gpt-4o", chat(1_000, 0, cost=said), NOON) == Cost(0.0025, "priced")


def test_what_is_not_sure_is_an_estimate() -> None:
    plain = chat(1_000_000, 0)
    # A tier that nobody has heard of, and one that is not the list's.
    assert cost("openai", "", "gpt-6.1-sol", resp(1_000, 0, tier="moon"), NOON).known == "estimated"
    bought = anth(1, 1, service_tier="priority")
    assert cost("anthropic", "", "claude-opus-5-5", bought, NOON).known == "estimated"
    # A tier whose prices are known only since a day.
    early = at("2026-10-01T12:00")
    assert cost("openai", "", "gpt-6.1-sol", resp(9, 9, tier="flex"), early).known == "estimated"
    # The price of another seller, of the maker whose dialect is spoken, of whoever made it.
    assert cost("inception", "", "mercury-3", plain, NOON) == Cost(0.1, "estimated")
    assert cost("mine", "mistral", "codestral-2508", plain, NOON) == Cost(0.3, "estimated")
    assert cost("litellm", "openai-chat", "claude-opus-5-5", plain, NOON) == Cost(4.0, "estimated")


def test_what_is_not_known_has_no_price() -> None:
    assert cost("mine", "openai-chat", "house-model-7b", chat(9, 9), NOON) == Cost(None, "unknown")
    assert cost("openai", "openai-chat", "gpt-77", chat(9, 9), NOON) == Cost(None, "unknown")


def test_a_model_on_this_machine_is_free_whatever_its_name() -> None:
    found = cost("mine", "openai-chat", "gpt-4o", chat(9, 9), NOON, local=True)
    assert found == Cost(0.0, "priced")


def test_a_provider_is_known_by_its_address() -> None:
    url = "https://api.openai.com/v1/"
    assert cost("work", "", "gpt-4o", chat(1_000, 0), NOON, base_url=url) == Cost(0.0025, "priced")
    away = cost("openai", "", "gpt-4o", chat(1_000, 0), NOON, base_url="https://proxy.example/v1")
    assert away == Cost(0.0025, "estimated")


def test_parts_that_are_more_than_the_whole_are_cut_to_it() -> None:
    usage = Usage(100, 0, cache_read=80, cache_write=80, writes=(("12h", 500),))
    found = cost("openai", "", "gpt-6.1-sol", usage, NOON)
    assert found.usd == pytest.approx((80 * 0.10 + 20 * 5) / 1_000_000)


def test_the_users_own_price_comes_before_every_list() -> None:
    usage = chat(10_000, 1_000, read=4_000)
    own = Price(input=0.40, output=1.20)
    millionths = 10_000 * 0.40 + 1_000 * 1.20
    for provider, model, local in (("openai", "gpt-4o", False), ("mine", "house-7b", True)):
        found = cost(provider, "openai-chat", model, usage, NOON, local=local, price=own)
        assert found == Cost(pytest.approx(millionths / 1_000_000), "priced")
    own = replace(own, cache_read=0.04, cache_write=0.50)
    usage = replace(usage, cache_write=2_000, writes=(("1h", 2_000),))
    millionths = 4_000 * 0.40 + 4_000 * 0.04 + 2_000 * 0.50 + 1_000 * 1.20
    found = cost("openai", "openai-chat", "gpt-4o", usage, NOON, price=own)
    assert found == Cost(pytest.approx(millionths / 1_000_000), "priced")
    said = chat(3_000, 80, cost=0.0123)
    assert cost("openai", "", "gpt-4o", said, NOON, price=own) == Cost(0.0123, "reported")


def test_importing_it_does_not_load_the_list() -> None:
    code = "import sys, turnout_clients.prices; sys.exit('genai_prices' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_byte_code_the_same_list_is_run_in_pieces(tmp_path: Path) -> None:
    code = """
import sys
from genai_prices.data_snapshot import get_snapshot
from turnout_clients import price_list
before = sys.getswitchinterval()
price_list.load()
assert sys.getswitchinterval() == before
assert "genai_prices.data" not in sys.modules
assert price_list._loaded[0].providers == get_snapshot().providers
"""
    environ = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run([sys.executable, "-c", code], env=environ, check=False)
    assert run.returncode == 0


def test_a_list_of_another_shape_is_loaded_the_plain_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_list, "_without_byte_code", lambda: "providers = [\n    Provider(\n")
    assert len(price_list._snapshot().providers) > 10


def test_its_own_table_is_whole() -> None:
    known = {row.prices for row in prices.OFFERED if row.prices}
    for rows in prices._table().values():
        assert all(row["provider"] in known and row["seen"] for row in rows)
