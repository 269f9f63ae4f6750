"""Fill-in-the-middle: the template of each family, and no marker in the user's text."""

from __future__ import annotations

import random

import pytest

from turnout_clients.fim import FAMILIES, NATIVE, Cleaner, can_fill, render, takes_snippets
from turnout_clients.types import Endpoint, Fill, Model, Snippet

FILL = Fill("P", "S", 10, "b.py")
SEVERAL = Fill("P", "S", 10, "b.py", (Snippet("a.py", "A\n"), Snippet("c.py", "C")))

# As in each family's model card or paper.
ONE_FILE = {
    "codegemma": "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
    "codellama": "<PRE> P <SUF>S <MID>",
    "codestral": "[SUFFIX]S[PREFIX]P",
    "continue": "P",
    "deepseek": "<｜fim▁begin｜>P<｜fim▁hole｜>S<｜fim▁end｜>",
    "glm": "<|code_prefix|>P<|code_suffix|>S<|code_middle|>",
    "granite": "<fim_prefix>P<fim_suffix>S<fim_middle>",
    "mellum": "<fim_suffix>S<fim_prefix>P<fim_middle>",
    "qwen": "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
    "seedcoder": "<[fim-suffix]>S<[fim-prefix]>P<[fim-middle]>",
    "stablecode": "<fim_prefix>P<fim_suffix>S<fim_middle>",
    "starcoder": "<fim_prefix>P<fim_suffix>S<fim_middle>",
}
SEVERAL_FILES = {
    "codestral": "[SUFFIX]S[PREFIX]+++++ a.py\nA\n+++++ c.py\nC\n+++++ b.py\nP",
    "deepseek": "<｜fim▁begin｜>#a.py\nA\n#c.py\nC\n#b.py\nP<｜fim▁hole｜>S<｜fim▁end｜>",
    "mellum": "<filename>a.py\nA\n<filename>c.py\nC\n<filename>b.py\n"
    "<fim_suffix>S<fim_prefix>P<fim_middle>",
    "qwen": "<|repo_name|>project\n<|file_sep|>a.py\nA\n<|file_sep|>c.py\nC\n<|file_sep|>b.py\n"
    "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
    "starcoder": "<repo_name>project\n<file_sep>a.py\nA\n<file_sep>c.py\nC\n<file_sep>b.py\n"
    "<fim_prefix>P<fim_suffix>S<fim_middle>",
}


@pytest.mark.parametrize("name", FAMILIES)
def test_templates(name: str) -> None:
    assert render(FILL, name).prompt == ONE_FILE[name]
    assert render(SEVERAL, name).prompt == SEVERAL_FILES.get(name, ONE_FILE[name])
    assert render(FILL, name).suffix is None
    assert takes_snippets(name) == (name in SEVERAL_FILES)
    assert 1 <= len(render(FILL, name).stop) <= 4


def test_native() -> None:
    rendered = render(SEVERAL, NATIVE)
    assert (rendered.prompt, rendered.suffix, rendered.stop) == ("P", "S", ())
    assert not takes_snippets(NATIVE)


def test_text_that_looks_like_a_format_string() -> None:
    fill = Fill("{path} {0}", "}{", 10, "{x}.py", (Snippet("{y}.py", "{path}"),))
    assert "{path} {0}" in render(fill, "qwen").prompt
    assert "<|file_sep|>{x}.py\n" in render(fill, "qwen").prompt


def _clean(name: str, text: str, sizes: random.Random | None = None) -> str:
    cleaner, clean = Cleaner(name), ""
    while text:
        size = sizes.randrange(1, 6) if sizes else len(text)
        clean += cleaner.feed(text[:size])
        text = text[size:]
    return clean + cleaner.rest()


@pytest.mark.parametrize("name", FAMILIES)
def test_markers_never_come_through(name: str, seed: int) -> None:
    family, sizes = FAMILIES[name], random.Random(seed)
    for _ in range(50):
        for marker in family.markers:
            assert _clean(name, f"a <b> [c] {marker}junk", sizes) == "a <b> [c] "
        if family.middle:
            assert _clean(name, f"\n{family.middle.strip()}x = 1", sizes).strip() == "x = 1"


@pytest.mark.parametrize("name", [*FAMILIES, NATIVE])
def test_everything_else_comes_through(name: str, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(300):
        text = "".join(chance.choices("<|[(fim_preSUFX>])｜▁ \n", k=chance.randrange(40)))
        if any(marker in text for marker in (FAMILIES[name].markers if name != NATIVE else ())):
            continue
        assert _clean(name, text, chance) == text


def test_nothing_is_held_back_that_is_no_marker() -> None:
    assert Cleaner("qwen").feed("return a + b") == "return a + b"
    assert Cleaner("qwen").feed("a <") == "a "
    assert Cleaner(NATIVE).feed("a <|fim_prefix|> <") == "a <|fim_prefix|> <"


def test_after_the_end_nothing_more() -> None:
    cleaner = Cleaner("starcoder")
    assert cleaner.feed("a<file_sep>b") == "a"
    assert cleaner.ended
    assert cleaner.feed("c") == cleaner.rest() == ""


def test_can_fill() -> None:
    chat = Endpoint("mine", "openai-chat", "http://127.0.0.1:1/v1")
    llama = Endpoint("mine", "llamacpp", "http://127.0.0.1:1")
    assert not can_fill(chat, Model("mine/m", "mine", "m"))
    assert can_fill(chat, Model("mine/m", "mine", "m", fim="qwen"))
    assert can_fill(llama, Model("mine/m", "mine", "m"))
