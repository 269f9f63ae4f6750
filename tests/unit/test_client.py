"""The client against a real server: what is sent, what is read, connections, limits, secrets."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import traceback
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

import turnout_clients.client
from support import talk
from support.talk import KEY, drink, end, spent, text
from support.upstream import Connection, Exchange, Upstream
from turnout_clients import errors
from turnout_clients.client import Client
from turnout_clients.failures import Failures
from turnout_clients.types import (
    Call,
    Chat,
    Deadlines,
    Done,
    Endpoint,
    Fill,
    Limits,
    Message,
    Model,
    Secret,
    Snippet,
    Text,
    Thinking,
)

CHAT = Chat((Message("system", "be brief"), Message("user", "hello")), 64, ("END",), 0.2)
FILL = Fill("def add(a, b):\n    return ", "\n", 64, "add.py", (Snippet("sub.py", "x = 1"),))


def call(
    upstream: Upstream, prompt: Any = CHAT, dialect: str = "openai-chat", **model: Any
) -> Call:
    headers, facts = (("X-Team", "blue"),), {"max_output": 50, **model}
    return talk.call(upstream, prompt, dialect, base="/v1", headers=headers, **facts)


async def test_a_chat(upstream: Upstream, client: Client) -> None:
    upstream.script(tokens=["Good ", "day"], thinking=("hm", "m"), reason="length")
    chunks = await drink(client, call(upstream))
    usage = spent(chunks)
    assert chunks == [
        Thinking("hm"), Thinking("m"), Text("Good "), Text("day"), Done("length", usage),
    ]  # fmt: skip
    assert (usage.input > 0, usage.cache_read, usage.output, usage.thinking) == (True, 0, 4, 2)
    seen = upstream.calls[0]
    assert seen.path == "/v1/chat/completions"
    assert seen.body == {
        "model": "fake-small",
        "messages": [
            {"role": "system", "content": "be brief"},
            {"role": "user", "content": "hello"},
        ],
        "max_tokens": 50,
        "stream": True,
        "stream_options": {"include_usage": True},
        "stop": ["END"],
        "temperature": 0.2,
    }
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["x-team"] == "blue"
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.finished


async def test_a_chat_without_usage(upstream: Upstream, client: Client) -> None:
    upstream.script(usage=False)
    assert (await drink(client, call(upstream)))[-1] == Done("stop", None)


async def test_openai_has_its_own_name_for_the_limit() -> None:
    from turnout_clients.dialects import openai_chat

    endpoint = Endpoint("mine", "openai-chat", "https://api.openai.com/v1/")
    model = Model("mine/fast", "mine", "fake-small", max_output=50)
    body = openai_chat.prepare(Call(endpoint, model, CHAT, Deadlines(1, 1, 1))).body
    assert body is not None
    assert body["max_completion_tokens"] == 50
    assert "max_tokens" not in body
    mistral = replace(endpoint, base_url="https://api.mistral.ai/v1")
    body = openai_chat.prepare(Call(mistral, model, CHAT, Deadlines(1, 1, 1))).body
    assert body is not None
    assert body["max_tokens"] == 50
    assert "stream_options" not in body


@pytest.mark.parametrize("dialect", ["openai-chat", "openai-completions"])
async def test_a_fill_by_template(upstream: Upstream, client: Client, dialect: str) -> None:
    upstream.script(text="a + b")
    chunks = await drink(client, call(upstream, FILL, dialect, fim="qwen"))
    assert text(chunks) == "a + b"
    seen = upstream.calls[0]
    assert seen.path == "/v1/completions"
    assert seen.body["prompt"] == (
        "<|repo_name|>project\n<|file_sep|>sub.py\nx = 1\n<|file_sep|>add.py\n"
        "<|fim_prefix|>def add(a, b):\n    return <|fim_suffix|>\n<|fim_middle|>"
    )
    assert "suffix" not in seen.body
    assert len(seen.body["stop"]) == 4


async def test_a_fill_with_native_suffix(upstream: Upstream, client: Client) -> None:
    await drink(client, call(upstream, FILL, "openai-completions", fim="native"))
    body = upstream.calls[0].body
    assert (body["prompt"], body["suffix"]) == (FILL.prefix, FILL.suffix)
    assert "stop" not in body


async def test_a_fill_at_llamacpp(upstream: Upstream, client: Client) -> None:
    upstream.script(text="a + b", reason="length")
    chunks = await drink(client, call(upstream, replace(FILL, stop=("\n\n",)), "llamacpp"))
    assert text(chunks) == "a + b"
    assert (end(chunks).reason, spent(chunks).cache_read) == ("length", 0)
    seen = upstream.calls[0]
    assert seen.path == "/infill"
    assert (seen.body["input_prefix"], seen.body["grammar"]) == (
        FILL.prefix[:-1],
        'root ::= " " .*',
    )
    assert seen.body["input_suffix"] == FILL.suffix
    assert seen.body["input_extra"] == [{"filename": "sub.py", "text": "x = 1"}]
    assert (seen.body["n_predict"], seen.body["stop"]) == (50, ["\n\n"])
    again = spent(await drink(client, call(upstream, replace(FILL, stop=("\n",)), "llamacpp")))
    assert 0 < again.cache_read <= again.input == spent(chunks).input


async def test_a_fill_put_as_a_question(upstream: Upstream, client: Client) -> None:
    await drink(client, call(upstream, replace(FILL, prefix="a = '<HOLE>'\nb = ")))
    system, user = upstream.calls[0].body["messages"]
    assert "<HOLE-1>" in system["content"]
    assert "File sub.py:\nx = 1" in user["content"]
    assert "File add.py:\na = '<HOLE>'\nb = <HOLE-1>\n" in user["content"]
    assert user["content"].index("sub.py") < user["content"].index("add.py")


async def test_a_fill_without_a_form_says_which_there_are(
    upstream: Upstream, client: Client
) -> None:
    for fim in (None, "qwne"):
        with pytest.raises(errors.BadRequest) as caught:
            await drink(client, call(upstream, FILL, "openai-completions", fim=fim))
        assert '[models."mine/fast"]' in caught.value.remedy
        assert "qwen" in caught.value.remedy
    assert upstream.connections == 0


async def test_leaked_markers_end_the_answer(upstream: Upstream, client: Client) -> None:
    tokens = ["<|fim_", "middle|>a", " + b<", "|file", "_sep|>other.py\n", "junk"]
    upstream.script(tokens=tokens, gap=0.005)
    chunks = await drink(client, call(upstream, FILL, "openai-completions", fim="qwen"))
    assert text(chunks) == "a + b"
    assert chunks[-1] == Done("stop", None)


async def test_an_unfinished_marker_is_text(upstream: Upstream, client: Client) -> None:
    upstream.script(tokens=["a <", "|fim"])
    chunks = await drink(client, call(upstream, FILL, "openai-completions", fim="qwen"))
    assert text(chunks) == "a <|fim"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("dialect", ["openai-chat", "llamacpp"])
async def test_characters_cut_by_the_network(
    upstream: Upstream, client: Client, dialect: str, size: int
) -> None:
    hell = "Zwölf\u2028😀\x85\x0c e\u0301 \r\n\t'\"\\ \x00 ende"
    upstream.script(tokens=list(hell), chunk_bytes=size)
    assert text(await drink(client, call(upstream, FILL, dialect))) == hell


async def test_lone_surrogates(upstream: Upstream, client: Client) -> None:
    upstream.script(text="fine")
    prompt = Chat((Message("user", "half \ud83d and whole \ud83d\ude00"),), 64)
    assert text(await drink(client, call(upstream, prompt))) == "fine"
    assert upstream.calls[0].body["messages"][0]["content"] == "half \ufffd and whole 😀"

    async def half(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.chunk(b'data: {"choices": [{"delta": {"content": "a\\ud83d"}}]}\n\n')
        await exchange.chunk(b"data: [DONE]\n\n")
        await exchange.end()

    upstream.routes["/v1/chat/completions"] = half
    text(await drink(client, call(upstream))).encode()


def stream_of(*events: Any) -> Any:
    async def handler(exchange: Exchange) -> None:
        await exchange.start()
        for event in events:
            data = event if isinstance(event, str) else json.dumps(event)
            await exchange.chunk(f"data: {data}\n\n".encode())
        await exchange.end()

    return handler


def delta(reason: str | None = None, **fields: Any) -> Any:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": reason}], "new": "field"}


async def test_a_finish_reason_and_a_proper_end_do_without_done(
    upstream: Upstream, client: Client
) -> None:
    upstream.routes["/v1/chat/completions"] = stream_of(delta(content="a"), delta("stop"))
    assert await drink(client, call(upstream)) == [Text("a"), Done("stop")]


async def test_content_in_parts(upstream: Upstream, client: Client) -> None:
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
        {"type": "text", "text": "a"},
    ]
    upstream.routes["/v1/chat/completions"] = stream_of(delta(content=parts), delta("stop"))
    assert await drink(client, call(upstream)) == [Thinking("hm"), Text("a"), Done("stop")]


async def test_refusals(upstream: Upstream, client: Client) -> None:
    upstream.script(tokens=[], refusal="I will not.")
    with pytest.raises(errors.Refused):
        await drink(client, call(upstream))
    upstream.script(tokens=[], reason="content_filter")
    with pytest.raises(errors.Refused):
        await drink(client, call(upstream))
    upstream.script(tokens=["Well", "…"], reason="content_filter")
    assert (await drink(client, call(upstream)))[-1].reason == "refusal"  # type: ignore[union-attr]


async def test_only_thoughts_are_no_answer(upstream: Upstream, client: Client) -> None:
    upstream.script(tokens=[], thinking=("hm",), reason="length")
    with pytest.raises(errors.EmptyAnswer) as caught:
        await drink(client, call(upstream))
    assert 'max_output of [models."mine/fast"]' in caught.value.remedy


async def test_an_error_as_finish_reason(upstream: Upstream, client: Client) -> None:
    upstream.routes["/v1/chat/completions"] = stream_of(delta("error", content="a"), "[DONE]")
    with pytest.raises(errors.Overloaded):
        await drink(client, call(upstream))


async def test_caps(upstream: Upstream, client: Client) -> None:
    for tokens in (["x" * 50_000], ["x" * 900] * 20):
        upstream.script(tokens=tokens)
        one = replace(call(upstream), limits=Limits(event_bytes=4096, answer_bytes=8192))
        with pytest.raises(errors.TooLarge):
            await drink(client, one)


async def test_an_endless_line(upstream: Upstream, client: Client) -> None:
    async def endless(exchange: Exchange) -> None:
        await exchange.start()
        while True:
            await exchange.chunk(b"x" * 4096)

    upstream.routes["/v1/chat/completions"] = endless
    with pytest.raises(errors.TooLarge):
        await drink(client, call(upstream))


async def test_connections_are_used_again(upstream: Upstream, client: Client) -> None:
    for prompt in (CHAT, FILL, CHAT):
        for dialect in ("openai-chat", "llamacpp"):
            await drink(client, call(upstream, prompt, dialect))
    upstream.script(fault="status-401", times=1)
    with pytest.raises(errors.Unauthorized):
        await drink(client, call(upstream))
    assert len(upstream.calls) == 7
    assert upstream.connections == 1


async def test_warm(upstream: Upstream, client: Client) -> None:
    endpoint = call(upstream).endpoint
    await client.warm(endpoint, connections=2)
    assert (upstream.connections, upstream.calls) == (2, [])
    await asyncio.gather(*(drink(client, call(upstream)) for _ in range(2)))
    await client.warm(endpoint)
    assert upstream.connections == 2
    await client.warm(replace(endpoint, base_url="http://127.0.0.1:1"))


async def test_a_connection_that_closes_under_a_request(upstream: Upstream, client: Client) -> None:
    """What the server made of the request is not known, so it is not sent again in silence."""
    await client.warm(call(upstream).endpoint, connections=3)
    answers = upstream.routes["/v1/chat/completions"]

    async def closes(exchange: Exchange) -> None:
        exchange.connection.transport.close()

    upstream.routes["/v1/chat/completions"] = closes
    with pytest.raises(errors.Unreachable):
        await drink(client, call(upstream))
    assert len(upstream.calls) == 1
    # The others are as old as that one: none of them is tried.
    upstream.routes["/v1/chat/completions"] = answers
    await drink(client, call(upstream))
    assert upstream.calls[1].connection == 4
    await upstream.until(lambda: upstream.open_connections == 1)


async def test_what_is_in_use_stays_when_another_connection_closes(
    upstream: Upstream, client: Client
) -> None:
    await client.warm(call(upstream).endpoint, connections=2)
    upstream.script(tokens=["a", "b", "c"], gap=0.05, times=1)
    reading = asyncio.create_task(drink(client, call(upstream)))
    await upstream.until(lambda: len(upstream.calls) == 1)
    upstream.script(fault="rst-before-reply", times=1)
    with pytest.raises(errors.Unreachable):
        await drink(client, call(upstream))
    assert text(await reading) == "abc"


async def test_an_idle_connection_that_was_closed(upstream: Upstream, client: Client) -> None:
    await drink(client, call(upstream))
    for connection in list[Connection](upstream.open):
        connection.transport.close()
    await upstream.until(lambda: upstream.open_connections == 0)
    await drink(client, call(upstream))
    assert upstream.connections == 2


async def test_no_redirect_is_followed(upstream: Upstream, client: Client) -> None:
    async with Upstream() as thief:
        for status in (301, 302, 303, 307, 308):
            upstream.script(status=status, headers={"location": f"{thief.url}/v1/x"}, times=1)
            with pytest.raises(errors.Unreachable) as caught:
                await drink(client, call(upstream))
            assert "base_url of [providers.mine]" in caught.value.remedy
        assert thief.connections == 0


@pytest.mark.parametrize("name", ["HTTP_PROXY", "ALL_PROXY", "http_proxy"])
async def test_a_proxy_is_not_used_for_this_machine(
    upstream: Upstream, client: Client, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async with Upstream() as proxy:
        monkeypatch.setenv(name, proxy.url)
        await drink(client, call(upstream))
        local = call(upstream)
        base_url = local.endpoint.base_url.replace("127.0.0.1", "localhost")
        await drink(client, replace(local, endpoint=replace(local.endpoint, base_url=base_url)))
        assert proxy.connections == 0
        # but it is for any other machine
        base_url = "http://models.example/v1"
        with pytest.raises(errors.ProviderError):
            await drink(client, replace(local, endpoint=replace(local.endpoint, base_url=base_url)))
        assert proxy.connections == 1


async def test_a_broken_proxy_setting(
    upstream: Upstream, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://nowhere:1")
    with pytest.raises(errors.BadRequest) as caught:
        await drink(client, call(upstream))
    assert "HTTPS_PROXY" in caught.value.remedy


async def test_no_netrc_and_no_cookies(
    upstream: Upstream, client: Client, home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = home / ".netrc"
    netrc.write_text("machine 127.0.0.1 login thief password netrc-canary\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    upstream.script(headers={"set-cookie": "id=1; Path=/"})
    one = call(upstream)
    one = replace(one, endpoint=replace(one.endpoint, key=None))
    await drink(client, one)
    await drink(client, one)
    assert not [c for c in upstream.calls if {"authorization", "cookie"} & set(c.headers)]


@pytest.mark.parametrize(
    "base_url",
    ["", "nonsense", "ftp://x/v1", "http://", "http://user:pw@127.0.0.1/v1", "http://[::/v1",
     "http://127.0.0.1/v1?a=b", "http://127.0.0.1:99999/v1", "http://exa mple/v1"],
)  # fmt: skip
async def test_addresses_that_are_none(client: Client, upstream: Upstream, base_url: str) -> None:
    one = call(upstream)
    with pytest.raises(errors.BadRequest) as caught:
        await drink(client, replace(one, endpoint=replace(one.endpoint, base_url=base_url)))
    assert "base_url of [providers.mine]" in caught.value.remedy
    assert "pw" not in str(caught.value)


async def test_an_unknown_dialect(client: Client, upstream: Upstream) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        await drink(client, call(upstream, dialect="gopher"))
    assert "mistral, ollama, openai-chat, openai-completions" in caught.value.remedy


@pytest.mark.parametrize("key", ["sk-canary\n", "sk canary", "sk-cañary", "sk-canary\r\nx: y"])
async def test_keys_that_no_header_can_carry(client: Client, upstream: Upstream, key: str) -> None:
    one = call(upstream)
    with pytest.raises(errors.Unauthorized) as caught:
        await drink(client, replace(one, endpoint=replace(one.endpoint, key=Secret(key))))
    assert caught.value.remedy == "run `turnout key set mine`"
    assert "canary" not in "".join(traceback.format_exception(caught.value)).replace("test_", "")
    endpoint = replace(one.endpoint, headers=(("x-token", key + "\n"),))
    with pytest.raises(errors.BadRequest):
        await drink(client, replace(one, endpoint=endpoint))
    assert upstream.connections == 0


async def test_the_key_shows_nowhere(
    upstream: Upstream, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = []
    upstream.script(status=401, error={"error": {"message": f"bad key {KEY} \x1b[31m"}})
    for base_url in (f"{upstream.url}/v1", "http://127.0.0.1:1/v1"):
        one = call(upstream)
        one = replace(one, endpoint=replace(one.endpoint, base_url=base_url))
        shown.append(repr(one))
        with pytest.raises(errors.ProviderError) as caught:
            await drink(client, one)
        error = caught.value
        shown += [*traceback.format_exception(error), error.detail, error.remedy, repr(error)]
    assert "bad key ***" in "".join(shown)
    assert "\x1b" not in "".join(shown)
    assert len(caplog.records) > 10
    assert KEY not in "".join(shown) + caplog.text


async def test_probe(upstream: Upstream, client: Client) -> None:
    for dialect in ("openai-chat", "llamacpp"):
        endpoint = call(upstream, dialect=dialect).endpoint
        assert await client.probe(endpoint, 30) == ["fake-small", "fake-large"]

    for body, error in {
        b"<html>": errors.MalformedStream,
        b"7": errors.MalformedStream,
        b"{}": errors.MalformedStream,
        b'{"data": 3}': errors.MalformedStream,
        b'{"error": {"message": "busy"}}': errors.Overloaded,
    }.items():
        upstream.routes["/v1/models"] = partial(Exchange.reply, body=body, content_type="text/x")
        with pytest.raises(error):
            await client.probe(endpoint, 30)
    upstream.script(status=401)
    with pytest.raises(errors.Unauthorized):
        await client.probe(endpoint, 30)


async def test_probe_has_a_deadline(upstream: Upstream, client: Client) -> None:
    async def silence(exchange: Exchange) -> None:
        await asyncio.sleep(60)

    async def stall(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.chunk(b'{"data": [')
        await asyncio.sleep(60)

    async def endless(exchange: Exchange) -> None:
        await exchange.start()
        while True:
            await exchange.chunk(b" " * 2**20)

    for handler in (silence, stall):
        upstream.routes["/v1/models"] = handler
        with pytest.raises(errors.DeadlineExceeded):
            await client.probe(call(upstream).endpoint, 0.1)
    upstream.routes["/v1/models"] = endless
    with pytest.raises(errors.TooLarge):
        await client.probe(call(upstream).endpoint, 30)


async def test_an_error_whose_body_stalls(upstream: Upstream, client: Client) -> None:
    async def stall(exchange: Exchange) -> None:
        await exchange.head(401, content_length="100")
        await asyncio.sleep(60)

    upstream.routes["/v1/chat/completions"] = stall
    with pytest.raises(errors.Unauthorized):
        await drink(client, replace(call(upstream), deadlines=Deadlines(30, 0.5, 0.5)))


async def test_a_slow_start_of_ours_is_not_blamed_on_the_provider(
    upstream: Upstream, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = turnout_clients.client._start

    def slow(failures: Failures) -> Any:
        time.sleep(0.8)
        return real(failures)

    monkeypatch.setattr(turnout_clients.client, "_start", slow)
    await drink(client, replace(call(upstream), deadlines=Deadlines(0.7, 0.7, 0.7)))


async def test_errors_that_arrive_compressed(upstream: Upstream, client: Client) -> None:
    upstream.script(status=429, headers={"content-encoding": "gzip", "retry-after": "7"})
    with pytest.raises(errors.RateLimited) as caught:
        await drink(client, call(upstream))
    assert caught.value.retry_after == 7


async def test_it_can_be_used_after_it_was_closed(upstream: Upstream, client: Client) -> None:
    await client.aclose()
    await drink(client, call(upstream))
    await client.aclose()
    await drink(client, call(upstream))
    assert upstream.connections == 2
