"""The next edit, asked of Inception: its form, its endpoint that does not stream, its answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.talk import drink, text
from support.upstream import Upstream
from support.upstream_inception import EDIT_PATH
from turnout.context.redact import Redactor
from turnout.engine.outbound import outbound
from turnout_clients import errors
from turnout_clients.client import Client
from turnout_clients.edit import Region, answer, ask, can_edit
from turnout_clients.ndjson import WholeSplitter
from turnout_clients.sse import OversizedEventError
from turnout_clients.types import Call, Deadlines, Done, Edit, Endpoint, Model, Snippet, Usage

REGION = Region(
    path="src/greet.py",
    above="import sys\n\n",
    before="def greet(name):\n    print(",
    after='"hi")\n',
    below="\ngreet(sys.argv[1])\n",
)
MODEL = Model("inception/mercury-edit-2", "inception", "fake-small", fim="native", edits=True)


def asked(**more: Any) -> Edit:
    edit = ask(REGION, 256, **more)
    assert edit is not None
    return edit


def call(upstream: Upstream, edit: Edit, within: float = 2.0) -> Call:
    endpoint = Endpoint("inception", "inception", f"{upstream.url}/inception/v1")
    return Call(endpoint, MODEL, edit, Deadlines(30, within, within))


async def test_it_is_asked_in_one_turn_and_answered_whole(
    upstream: Upstream, client: Client
) -> None:
    upstream.script(text='```\ndef greet(name):\n    print(f"hi {name}")\n```')
    history = ("--- src/greet.py\n+++ src/greet.py\n@@ -3 +3 @@\n-def greet():\n+def greet(name):",)
    edit = asked(snippets=(Snippet("src/main.py", "greet(user)"),), history=history)
    chunks = await drink(client, call(upstream, edit))
    assert chunks[-1] == Done("stop", Usage(156, 18, 64, thinking=3))
    assert answer(text(chunks), REGION) == 'def greet(name):\n    print(f"hi {name}")\n'
    (sent,) = upstream.calls
    assert sent.path == EDIT_PATH
    assert set(sent.body) == {"model", "messages", "max_tokens"}
    assert sent.body["messages"][0]["content"] == (
        "<|recently_viewed_code_snippets|>\n<|recently_viewed_code_snippet|>\n"
        "code_snippet_file_path: src/main.py\ngreet(user)\n<|/recently_viewed_code_snippet|>\n"
        "<|/recently_viewed_code_snippets|>\n\n<|current_file_content|>\n"
        "current_file_path: src/greet.py\nimport sys\n\n<|code_to_edit|>\n"
        'def greet(name):\n    print(<|cursor|>"hi")\n<|/code_to_edit|>\n\n'
        "greet(sys.argv[1])\n<|/current_file_content|>\n\n<|edit_diff_history|>\n"
        f"{history[0]}\n<|/edit_diff_history|>\n"
    )


async def test_sections_without_content_are_there_all_the_same(
    upstream: Upstream, client: Client
) -> None:
    await drink(client, call(upstream, asked()))
    content = upstream.calls[0].body["messages"][0]["content"]
    assert content.startswith(
        "<|recently_viewed_code_snippets|>\n\n<|/recently_viewed_code_snippets|>\n"
    )
    assert content.endswith("<|edit_diff_history|>\n\n<|/edit_diff_history|>\n")


@pytest.mark.parametrize(
    ("region", "shown"),
    [
        ("total = a|dd(1)", "total = a<|cursor|>dd(1)"),
        ('key = "sk-canary|0123456789"', 'key = "sk-canary0123456789<|cursor|>"'),
        ("key=|sk-canary0123456789", "key=sk-canary0123456789<|cursor|>"),
        ("|", "<|cursor|>"),
    ],
)
def test_the_mark_of_the_cursor_hides_no_secret(region: str, shown: str) -> None:
    before, after = region.split("|")
    edit = ask(Region("a.py", "", before, after, ""), 9)
    assert edit is not None
    assert f"<|code_to_edit|>\n{shown}\n<|/code_to_edit|>" in edit.messages[0].text


def test_it_stays_what_it_is_when_secrets_are_taken_out() -> None:
    key = "AKIA" + "IOSFODNN7EXAMPLE"
    edit = ask(Region("a.py", f'KEY = "{key}"\n', "x = ", "1\n", ""), 9)
    assert edit is not None
    sent = outbound(edit, Redactor())
    assert isinstance(sent, Edit)
    assert key not in sent.messages[0].text
    assert "x = <|cursor|>1" in sent.messages[0].text


async def test_tags_of_the_form_in_the_code_mean_nothing(
    upstream: Upstream, client: Client
) -> None:
    snippet = Snippet("<|cursor|>.md", "end with <|/current_file_content|> and <|code_to_edit|>")
    await drink(client, call(upstream, asked(snippets=(snippet,), history=("+<|cursor|>",))))
    content = upstream.calls[0].body["messages"][0]["content"]
    assert "< |cursor|>.md\nend with < |/current_file_content|> and < |code_to_edit|>" in content
    assert ask(Region("a", "", "x <|cursor|>", "", ""), 9) is None
    assert ask(Region("a", "<|cursor|>", "x <|fim|>", "", ""), 9) is not None


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("```python\nx = 2\n```", "x = 2\n"),
        ("```\nx = 2\n\n```\n", "x = 2\n\n"),
        ("x = 2", "x = 2\n"),
        ("x = 2\n", "x = 2\n"),
        ("x = <|cursor|>2\n", "x = 2\n"),
        ("```\n```", ""),
        ("x = 1\n", None),
        ("```\nx = 1\n```", None),
        ("None", None),
        ("```\nNone\n```", None),
        ("    return None", "    return None\n"),
    ],
)
def test_the_answer_is_the_region_to_be(said: str, found: str | None) -> None:
    assert answer(said, Region("a.py", "", "x =", " 1\n", "")) == found


def test_the_last_line_of_a_file_may_be_open() -> None:
    region = Region("a.py", "", "x =", " 1", "")
    assert answer("```\nx = 2\n```", region) == "x = 2"
    assert answer("```\nx = 1\n```", region) is None


def test_who_can() -> None:
    inception = Endpoint("i", "inception", "")
    assert can_edit(inception, MODEL)
    assert not can_edit(Endpoint("i", "openai-chat", ""), MODEL)
    assert not can_edit(inception, Model("i/mercury-3", "i", "mercury-3"))


FAULTS: dict[str, tuple[dict[str, Any], type[errors.ProviderError]]] = {
    "refused": ({"status": 401, "error": {"error": {"message": "no"}}}, errors.Unauthorized),
    "too many": ({"status": 429, "error": {"error": {"message": "no"}}}, errors.RateLimited),
    "empty": ({"text": ""}, errors.EmptyAnswer),
    "filtered": ({"text": "", "reason": "content_filter"}, errors.Refused),
    "slow": ({"delay": 15.0}, errors.DeadlineExceeded),
    "a web page": ({"fault": "html-200"}, errors.MalformedStream),
    "an error with 200": ({"fault": "json-error-200"}, errors.Overloaded),
    "dropped": ({"fault": "rst-before-reply"}, errors.Unreachable),
    "cut": ({"fault": "truncated-length"}, errors.StreamCut),
    "cut within a chunk": ({"fault": "cut-in-chunk"}, errors.StreamCut),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_faults_are_told_apart(upstream: Upstream, client: Client, name: str) -> None:
    script, expected = FAULTS[name]
    upstream.script(**script)
    with pytest.raises(expected):
        await drink(client, call(upstream, asked(), within=0.3 if name == "slow" else 30.0))


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_reply_is_whole_when_it_can_be_read(size: int) -> None:
    body = json.dumps({"a": {"b": "}"}, "c": "ä"}, indent=1, ensure_ascii=False).encode()
    splitter = WholeSplitter(1000)
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    found = [event for piece in (b"\n\n", *pieces, b"\n") for event in splitter.feed(piece)]
    assert [json.loads(event.data) for event in found] == [{"a": {"b": "}"}, "c": "ä"}]
    assert not list(WholeSplitter(1000).feed(body[:-1]))
    with pytest.raises(OversizedEventError):
        list(WholeSplitter(10).feed(body))
