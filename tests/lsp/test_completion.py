"""The completion menu as an editor sees it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from support.acting import until
from support.editor import CAPABILITIES, Editor
from support.holding import held
from support.upstream import Upstream
from turnout.app import App

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

METHOD = "textDocument/completion"
URI = "file:///ws/x.py"
HANDLERS = "".join(
    f"def handler_{n}(request, response):\n    response.write(request.body)\n\n" for n in range(9)
)


@pytest.fixture
def app(upstream: Upstream, home: Path) -> Callable[..., App]:
    def make(inline: str = "debounce_ms = 0") -> App:
        config = home / "turnout.toml"
        config.write_text(
            f'[providers.fake]\ndialect = "openai-completions"\nbase_url = "{upstream.url}/v1"\n'
            f'key = "none"\n[models."fake/small"]\nprovider = "fake"\nid = "small"\nfim = "qwen"\n'
            f"[inline]\n{inline}\n"
        )
        return App(config, {})

    return make


async def menu(editor: Editor, line: int, character: int, uri: str = URI) -> dict[str, Any]:
    where = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
    result = await editor.request(METHOD, {**where, "context": {"triggerKind": 1}})
    assert result["isIncomplete"] is True
    return dict(result)


async def known(editor: Editor, line: int, character: int) -> list[Any]:
    """Ask until the model's answer, which is not waited for long, is there."""
    async with asyncio.timeout(30):
        while not (found := (await menu(editor, line, character))["items"]):
            await asyncio.sleep(0.02)
    return list(found)


def accepted(editor: Editor, item: dict[str, Any]) -> str:
    text, edit = editor.texts[URI], item["textEdit"]
    span = edit.get("range") or edit["replace"]
    assert span["start"]["line"] == span["end"]["line"]
    start = text.offset(span["start"]["line"], span["start"]["character"])
    end = text.offset(span["end"]["line"], span["end"]["character"])
    return text.value[:start] + edit["newText"] + text.value[end:]


async def test_what_is_offered(app: Callable[..., App]) -> None:
    async with Editor.in_process(app()) as editor:
        provider = editor.capabilities["completionProvider"]
        assert provider["resolveProvider"] is True
        assert "." in provider["triggerCharacters"]


async def test_recall_fills_the_menu_without_a_call(home: Path, upstream: Upstream) -> None:
    async with Editor.in_process(App(home / "none.toml", {})) as editor:
        await editor.open(URI, f"{HANDLERS}def handler_x(request, response):\n    respo\n")
        first, *_ = await known(editor, 28, 9)
        assert first["detail"] == "recall"
        assert first["filterText"].startswith("respo")
        assert first["sortText"] == "0000"
        assert accepted(editor, first).endswith("\n    response.write(request.body)\n")
        assert not upstream.calls


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("eol", ["\n", "\r\n"])
@pytest.mark.parametrize("insert_replace", [True, False])
async def test_the_edit_is_exact(
    app: Callable[..., App], upstream: Upstream, encoding: str, eol: str, insert_replace: bool
) -> None:
    upstream.script(text='ße("𝔘", b)')
    support = {"completionItem": {"insertReplaceSupport": insert_replace}}
    text_document = {**CAPABILITIES["textDocument"], "completion": support}
    async with Editor.in_process(
        app(), encoding=encoding, capabilities={**CAPABILITIES, "textDocument": text_document}
    ) as editor:
        await editor.open(URI, f"# 𝔘é{eol}日𝔘 = grö{eol}# end{eol}")
        units = editor.texts[URI].units
        [item] = await known(editor, 1, units("日𝔘 = grö"))
        assert accepted(editor, item) == f'# 𝔘é{eol}日𝔘 = größe("𝔘", b){eol}# end{eol}'
        assert ("replace" in item["textEdit"]) is insert_replace
        if insert_replace:
            assert item["textEdit"]["insert"] == item["textEdit"]["replace"]
        assert item["insertTextFormat"] == 1
        assert item["detail"] == "turnout: fake/small"
        assert item["filterText"].startswith("grö")


async def test_what_is_closed_behind_the_cursor_is_replaced(
    app: Callable[..., App], upstream: Upstream
) -> None:
    upstream.script(text="a, b):\n    return a\n\n\nprint()")
    async with Editor.in_process(app()) as editor:
        await editor.open(URI, "def add()\n")
        async with asyncio.timeout(30):
            while "return" not in (found := await known(editor, 0, 8))[0]["textEdit"]["newText"]:
                await asyncio.sleep(0.02)
        assert accepted(editor, found[0]) == "def add(a, b):\n    return a\n"
        assert found[0]["label"] == "a, b):…"


async def test_the_menu_does_not_wait_for_a_slow_model(
    app: Callable[..., App], upstream: Upstream
) -> None:
    upstream.script(text="foo(1)")
    may_answer = held(upstream)
    made = app()
    async with Editor.in_process(made) as editor:
        await editor.open(URI, "x = \n")
        loop = asyncio.get_running_loop()
        begun = loop.time()
        assert (await menu(editor, 0, 4))["items"] == []
        assert loop.time() - begun < 5  # how long it takes is for `make bench`
        await until(lambda: upstream.calls)
        may_answer.set()
        await until(lambda: not made.suggester._flying)
        await editor.change(URI, (0, 4, 0, 4), "f")
        [item] = (await menu(editor, 0, 5))["items"]
        assert accepted(editor, item) == "x = foo(1)\n"
        assert len(upstream.calls) == 1


async def test_resolving_shows_all_of_it(app: Callable[..., App], upstream: Upstream) -> None:
    upstream.script(text="foo(1)  # ```")
    async with Editor.in_process(app()) as editor:
        await editor.open(URI, "x = \n")
        [item] = await known(editor, 0, 4)
        assert "documentation" not in item
        resolved = await editor.request("completionItem/resolve", item)
        assert resolved["documentation"] == {"kind": "plaintext", "value": "foo(1)  # ```"}
        assert resolved["textEdit"] == item["textEdit"]
        assert await editor.request("completionItem/resolve", {"label": "of another"}) == {
            "label": "of another"
        }


async def test_a_fence_within_the_text_does_not_break_out(
    app: Callable[..., App], upstream: Upstream
) -> None:
    upstream.script(text="foo(1)  # ```")
    item = {"completionItem": {"documentationFormat": ["markdown", "plaintext"]}}
    capabilities = {
        **CAPABILITIES,
        "textDocument": {**CAPABILITIES["textDocument"], "completion": item},
    }
    async with Editor.in_process(app(), capabilities=capabilities) as editor:
        await editor.open(URI, "x = \n")
        [item] = await known(editor, 0, 4)
        resolved = await editor.request("completionItem/resolve", item)
        assert resolved["documentation"]["value"] == "````\nfoo(1)  # ```\n````"


async def test_the_menu_can_be_switched_off(app: Callable[..., App], upstream: Upstream) -> None:
    async with Editor.in_process(app("completion_menu = false")) as editor:
        await editor.open(URI, "x = \n")
        assert (await menu(editor, 0, 4))["items"] == []
        assert not upstream.calls


async def test_an_excluded_file_gets_nothing_and_nothing_leaves(
    app: Callable[..., App], upstream: Upstream
) -> None:
    uri = "file:///ws/.env"
    async with Editor.in_process(app()) as editor:
        await editor.open(uri, "API_KEY=canary\nAPI_KEY=\n", language="ini")
        assert (await menu(editor, 1, 8, uri))["items"] == []
        await asyncio.sleep(0.1)
        assert not upstream.calls


async def test_a_document_that_is_not_open_gets_an_empty_menu(app: Callable[..., App]) -> None:
    async with Editor.in_process(app()) as editor:
        assert (await menu(editor, 0, 0))["items"] == []


async def test_stale_menus_are_dropped(app: Callable[..., App], upstream: Upstream) -> None:
    upstream.script(text="foo(1)")
    may_answer = held(upstream)
    async with Editor.in_process(app()) as editor:
        await editor.open(URI, "x = \n")
        where = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 4}}
        _, asked = editor.begin(METHOD, where)
        await until(lambda: upstream.calls)
        await editor.change(URI, (0, 0, 0, 1), "yy")
        await editor.heard()
        may_answer.set()
        assert (await asked)["items"] == []


async def test_accepting_from_the_menu_counts(app: Callable[..., App], upstream: Upstream) -> None:
    upstream.script(text="foo(1)")
    made = app()
    async with Editor.in_process(made) as editor:
        await editor.open(URI, "x = \n")
        [item] = await known(editor, 0, 4)
        command = item["command"]
        await editor.change(URI, (0, 4, 0, 4), "foo(1)")
        await editor.request(
            "workspace/executeCommand",
            {"command": command["command"], "arguments": command["arguments"]},
        )
        assert made.suggester.acceptance.counts == {"accepted": 1}
