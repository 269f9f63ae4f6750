"""Tokens: estimates, what is learned of them, exact counts without a network."""

from __future__ import annotations

import base64
import hashlib
import random
import time
from pathlib import Path

import pytest
import tiktoken
from tiktoken_ext import openai_public

from turnout_clients import tokens
from turnout_clients.tokens import Correction, Name, count, count_now, estimate

HASHES: dict[Name, str] = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}
SOURCES = sorted((Path(__file__).parents[2] / "server").rglob("*.py"))


@pytest.mark.parametrize(("name", "sha"), HASHES.items())
def test_the_ranks_are_those_of_their_maker(name: Name, sha: str) -> None:
    assert hashlib.sha256(tokens.ranks(name)).hexdigest() == sha


def test_the_ranks_take_two_megabytes_at_most() -> None:
    folder = Path(tokens.__file__).with_name("ranks")
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 2_000_000


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> dict[Name, tiktoken.Encoding]:
    """The encodings as tiktoken itself defines them, with nothing but the download replaced."""

    def ranks(url: str, expected_hash: str) -> dict[bytes, int]:
        name: Name = "o200k_base" if "o200k" in url else "cl100k_base"
        assert expected_hash == HASHES[name]
        rows = (line.split() for line in tokens.ranks(name).splitlines())
        return {base64.b64decode(token): int(rank) for token, rank in rows}

    monkeypatch.setattr(openai_public, "load_tiktoken_bpe", ranks)
    return {name: tiktoken.Encoding(**getattr(openai_public, name)()) for name in HASHES}


def test_counts_are_those_of_tiktoken(registered: dict[Name, tiktoken.Encoding], seed: int) -> None:
    random.seed(seed)
    odd = [
        "",
        " ",
        "\r\n\t",
        "naïve 漢字 🙂 \u2028",
        "<|endoftext|>",
        "\ud800",
        "x = 'it''s' 12345",
    ]
    texts = odd + [path.read_text(encoding="utf-8") for path in random.sample(SOURCES, 12)]
    for name, encoding in registered.items():
        for text in texts:
            if len(text) <= tokens._PIECE:
                assert count_now(text, name) == len(encoding.encode_ordinary(text))


def test_known_counts() -> None:
    assert count_now("tiktoken is great!", "cl100k_base") == 6  # from its README
    assert count_now("hello world") == 2


def test_a_long_text_is_counted_in_pieces(registered: dict[Name, tiktoken.Encoding]) -> None:
    text = "\n\n".join(path.read_text(encoding="utf-8") for path in SOURCES[:40])
    assert len(text) > 3 * tokens._PIECE
    assert "".join(tokens._pieces(text)) == text
    exact = len(registered["o200k_base"].encode_ordinary(text))
    assert count_now(text) == pytest.approx(exact, rel=0.0005)


@pytest.mark.parametrize("unit", ["a", " ", "\n", "0", "!", "é", "漢", "ab", " \n"])
def test_a_hostile_text_takes_no_time(unit: str) -> None:
    text = (unit * 1_000_000)[:1_000_000]
    assert "".join(tokens._pieces(text)) == text
    before = time.process_time()
    assert count_now(text) > 0
    assert time.process_time() - before < 5  # 0.2 s in quiet


def test_the_ranks_are_held_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoding copies them; what was read would take as much again."""
    read: list[dict[bytes, int]] = []
    original = tokens._read
    monkeypatch.setattr(tokens, "_read", lambda name: read.append(original(name)) or read[-1])
    encoding = tokens._encoding.__wrapped__("cl100k_base")
    assert read == [{}]
    assert len(encoding.encode_ordinary("tiktoken is great!")) == 6


async def test_it_counts_in_a_thread() -> None:
    assert await count("hello world") == 2


def test_the_estimate_is_near_for_code() -> None:
    written = [path for path in SOURCES if path.name != "_capabilities.py"]  # that is generated
    texts = [path.read_text(encoding="utf-8") for path in written]
    ratios = sorted(estimate(text) / count_now(text) for text in texts if len(text) > 2_000)
    assert ratios[0] > 0.75
    assert ratios[-1] < 1.35


def test_the_estimate_of_other_scripts_and_families() -> None:
    assert estimate("") == 0
    assert estimate("x") == 1
    assert estimate("漢字" * 1_000) == pytest.approx(count_now("漢字" * 1_000), rel=0.5)
    assert estimate("a = 1\n" * 100, 1.57) == pytest.approx(estimate("a = 1\n" * 100) * 1.57, abs=1)
    assert estimate("\ud800") == 1


def test_the_correction_comes_to_what_providers_count(seed: int) -> None:
    dice = random.Random(seed)
    learned = Correction()
    assert learned.factor("a/b", 1.2) == 1.2
    for _ in range(60):
        size = dice.randrange(100, 5_000)
        learned.learn("a/b", size, round(size * dice.uniform(1.5, 1.7)))
    assert learned.factor("a/b") == pytest.approx(1.6, abs=0.08)
    assert learned.factor("a/c") == 1.0


def test_nonsense_teaches_nothing_and_an_outlier_little() -> None:
    learned = Correction()
    learned.learn("a/b", 0, 10)
    learned.learn("a/b", 10, 0)
    assert learned.factor("a/b") == 1.0
    learned.learn("a/b", 100, 100)
    learned.learn("a/b", 1, 1_000_000)
    assert learned.factor("a/b") == pytest.approx(1.8)  # 1 and a fifth of the way to 5
