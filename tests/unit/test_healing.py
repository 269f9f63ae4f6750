"""Token healing: what was typed is never lost or repeated, whatever it is and however it comes."""

from __future__ import annotations

import random
from contextlib import aclosing
from dataclasses import replace

import pytest

from support.upstream import Exchange, Upstream
from support.upstream_wire import forced_by
from turnout_clients import errors
from turnout_clients.client import Client
from turnout_clients.dialects import llamacpp, openai_completions
from turnout_clients.healing import LONGEST, grammar, heal
from turnout_clients.types import Call, Chunk, Deadlines, Endpoint, Fill, Model, Text

ALPHABET = [
    *"abz09_ \t\n\r\"'\\()[]{}.,:;=+-*/<>|#@!?",
    "é", "ß", "ñ", "e\u0301", "Ω", "日本", "한", "😀", "👨\u200d👩", "\u2028", "\x00", "\x7f",
    "\ufeff", "\ud83d", "\ude00", "\\n", '"; root', "import ", "self",
]  # fmt: skip
MODEL = Model("mine/fast", "mine", "fast", fim="continue")


def call(fill: Fill, url: str = "http://127.0.0.1:8080", dialect: str = "llamacpp") -> Call:
    return Call(Endpoint("mine", dialect, url), MODEL, fill, Deadlines(30, 30, 60))


def random_text(chance: random.Random, most: int = 12) -> str:
    return "".join(chance.choices(ALPHABET, k=chance.randrange(most)))


async def answer(client: Client, one: Call) -> str:
    async with aclosing(client.stream(one)) as chunks:
        seen: list[Chunk] = [chunk async for chunk in chunks]
    return "".join(chunk.text for chunk in seen if isinstance(chunk, Text))


@pytest.mark.parametrize(
    ("prefix", "cut"),
    [
        ("import nump", " nump"),
        ("x = self.fo", ".fo"),
        ("print(", "("),
        ("    return ", " "),
        ("\tret", "\tret"),
        ("a\nret", "ret"),
        ("ret", "ret"),
        ('say("', '"'),
        ("a\\", "\\"),
        ("naïve", "naïve"),
        ("a\n", ""),
        ("a\r\n", ""),
        ("", ""),
        ("\x00", ""),
        ("x" * LONGEST, "x" * LONGEST),
        ("x" * (LONGEST + 1), ""),
        ("x" * 500, ""),
    ],
)
def test_where_a_prompt_is_cut(prefix: str, cut: str) -> None:
    fill, typed = heal(call(Fill("", "", 8)), Fill(prefix, "S", 8))
    assert (fill.prefix + typed, typed, fill.suffix) == (prefix, cut, "S")


def test_a_stop_inside_what_was_typed_would_end_the_answer_at_once() -> None:
    fill = Fill("a = b", "", 8, stop=(" ",))
    assert heal(call(fill), fill) == (fill, "")


def test_a_literal_is_read_back_as_it_was_written() -> None:
    assert grammar('"\\\t') == 'root ::= "\\"\\\\\\t" .*'
    assert grammar("naïve😀") == 'root ::= "naïve😀" .*'


async def test_nothing_typed_is_lost_or_repeated(
    upstream: Upstream, client: Client, seed: int
) -> None:
    """The prompt that is sent and the answer before it is stripped make up what the user sees."""
    chance = random.Random(seed)
    for _ in range(150):
        prefix, rest = random_text(chance), random_text(chance) + "end"
        rest = rest.encode("utf-8", "replace").decode()
        expected = prefix.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        fill = Fill(prefix, "S", 8)
        whole = heal(call(fill), fill)[1] + rest
        cuts = sorted(chance.sample(range(1, len(whole)), min(3, len(whole) - 1)))
        tokens = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]

        async def generate(exchange: Exchange, tokens: list[str] = tokens) -> None:
            await exchange.start()
            for token in tokens:
                await exchange.event({"content": token, "stop": False})
            await exchange.event({"content": "", "stop": True})
            await exchange.end()

        upstream.routes["/completion"] = generate
        shown = await answer(client, call(fill, upstream.url))
        sent = upstream.calls[-1]
        assert sent.body["prompt"] + forced_by(sent) == expected
        assert shown == rest, tokens


@pytest.mark.parametrize("dialect", ["llamacpp", "openai-completions"])
async def test_an_answer_that_straddles(
    upstream: Upstream, client: Client, dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("turnout_clients.catalog._BY_ADDRESS", _as_llamacpp(upstream.url))
    fill = Fill("import nu", "", 8)
    upstream.script(tokens=("mpy", " as np"))
    assert await answer(client, call(fill, upstream.url + "/v1", dialect)) == "mpy as np"
    (sent,) = upstream.calls
    assert (sent.body["prompt"], sent.body["grammar"]) == ("import", 'root ::= " nu" .*')


def _as_llamacpp(url: str) -> dict[str, object]:
    from turnout_clients.catalog import OFFERED

    row = next(row for row in OFFERED if row.name == "llamacpp")
    return {url: replace(row, base_url=url)}


async def test_where_no_grammar_is_taken_the_word_goes_as_it_stands(
    upstream: Upstream, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(exchange: Exchange) -> None:
        if "grammar" in exchange.call.body:
            error = {
                "code": 400,
                "message": "Failed to initialize samplers: failed to parse grammar",
            }
            await exchange.json({"error": error}, 400)
            return
        await exchange.start()
        await exchange.event({"content": "mpy", "stop": False})
        await exchange.event({"content": "", "stop": True})
        await exchange.end()

    upstream.routes["/completion"] = refuse
    for _ in range(3):
        assert await answer(client, call(Fill("import nu", "", 8), upstream.url)) == "mpy"
    assert [one.body["prompt"] for one in upstream.calls] == ["import", *["import nu"] * 3]
    assert len(caplog.records) == 1
    assert "import" not in caplog.text


async def test_a_server_that_does_not_heed_the_grammar(upstream: Upstream, client: Client) -> None:
    async def ignore(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.event({"content": " mpy" if "grammar" in exchange.call.body else "mpy"})
        await exchange.event({"content": "", "stop": True})
        await exchange.end()

    upstream.routes["/completion"] = ignore
    assert await answer(client, call(Fill("import nu", "", 8), upstream.url)) == "mpy"
    assert len(upstream.calls) == 2


async def test_an_answer_that_ends_within_the_word_is_empty(
    upstream: Upstream, client: Client
) -> None:
    async def short(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.event({"content": " n", "stop": False})
        await exchange.event({"content": "", "stop": True, "stop_type": "limit"})
        await exchange.end()

    upstream.routes["/completion"] = short
    with pytest.raises(errors.EmptyAnswer):
        await answer(client, call(Fill("import nu", "", 8), upstream.url))


def test_only_servers_that_are_known_to_take_a_grammar_get_one() -> None:
    fill = Fill("import nu", "", 8)
    for url, takes in {
        "http://127.0.0.1:8080/v1": True,
        "http://127.0.0.1:8000/v1": False,
        "https://api.example.com/v1": False,
    }.items():
        body = openai_completions.prepare(call(fill, url, "openai-completions")).body or {}
        assert ("grammar" in body) == takes
        assert body["prompt"] == ("import" if takes else "import nu")


def test_the_forms_of_llamacpp() -> None:
    fill = Fill("import nu", "S", 8)
    one = call(fill)
    asked = {
        None: ("/infill", "input_prefix", "import"),
        "native": ("/infill", "input_prefix", "import"),
        "continue": ("/completion", "prompt", "import"),
        "qwen": ("/completion", "prompt", "<|fim_prefix|>import<|fim_suffix|>S<|fim_middle|>"),
    }
    for fim, (path, key, prompt) in asked.items():
        request = llamacpp.prepare(replace(one, model=replace(MODEL, fim=fim)))
        assert request.url.endswith(path)
        assert request.body is not None
        assert (request.body[key], request.body["grammar"]) == (prompt, 'root ::= " nu" .*')
        assert (request.body["n_predict"] > 8, request.body["id_slot"]) == (True, 0)
