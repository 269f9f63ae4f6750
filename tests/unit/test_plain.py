"""What is left of a hostile text before anyone sees it."""

from __future__ import annotations

import random
import re
import time

import pytest

from turnout.edits.plain import plain, without_invisible

UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e01ef]"
)
CLICKABLE = re.compile(
    r"\]\(|[a-z][a-z0-9+.-]*://|\b(?:command|javascript|data|file):\S", re.IGNORECASE
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain words, `code` and x[0](1)", "plain words, `code` and x[0] (1)"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;https://evil.example/\x07click\x1b]8;;\x07", "click"),
        ("\x1b]0;title\x1b\\text", "text"),
        ("\x9b31mred", "red"),
        ("a\x1b", "a"),
        ("[safe](command:workbench.action.terminal.new)", "safe"),
        ("![x](https://evil.example/?q=secret)", "x"),
        ("[two\nlines](https://evil.example)", "[two\nlines] (evil.example)"),
        ("handlers[name](self.value)", "handlers[name] (self.value)"),
        (
            "f(x)[0](a.b) and see[this](https://evil.example)",
            "f(x)[0] (a.b) and see[this] (evil.example)",
        ),
        ("[a]: https://evil.example/ 'title'", ""),
        ("see https://docs.example/page", "see docs.example/page"),
        ("htt![](x.y)ps://evil.example", "evil.example"),
        ("hthttps://tps://evil.example", "evil.example"),
        ("command:do.it and javascript:alert(1)", "command: do.it and javascript: alert(1)"),
        ("user\u202ecod.exe\u2066", "usercod.exe"),
        ("hid\U000e0068\U000e0069den", "hidden"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("tabs\tand\nlines stay", "tabs\tand\nlines stay"),
    ],
)
def test_what_is_left(text: str, wanted: str) -> None:
    assert plain(text, 1_000) == wanted


def test_length_is_capped() -> None:
    assert len(plain("x" * 10_000_000, 2_000)) == 2_000


def test_no_mixture_gets_through(seed: int) -> None:
    chance = random.Random(seed)
    parts = [
        "\x1b", "[", "]", "(", ")", "!", "https", "://", ":", "command", "data", "\u200b", "\u202e",
        "\U000e0041", "\x07", "\x9b", "8;;", "a", " ", "\n", "www.", "<", ">", "\r", "\ud800", "/",
    ]  # fmt: skip
    for _ in range(5_000):
        text = "".join(chance.choices(parts, k=chance.randrange(40)))
        clean = plain(text, 2_000)
        assert not UNSEEN.search(clean), (text, clean)
        assert not CLICKABLE.search(clean), (text, clean)
        clean.encode()


@pytest.mark.parametrize(
    "part", ["[", "[a", "\x1b]", "[a](", "[a](:", "[a](://", "![](", "[a]: ", "a://", "href = "]
)
def test_bombs_cost_little(part: str) -> None:
    """A pattern that tries again from every place takes a minute where this takes 0.2 s."""
    bomb = part * 100_000
    began = time.process_time()
    plain(bomb, 16_000)
    without_invisible(bomb)
    assert time.process_time() - began < 10
