"""`textDocument/codeLens`: *Review | Tests | Docs | Explain* above definitions."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from support.acting import DONE, TEXT, URI, app, finding, run, until
from support.editor import CAPABILITIES, Editor
from support.upstream import Upstream
from turnout.app import App

NESTED = """import os

# What it is.
@decorated
def outer(a):
    def inner(b):
        return b
    return inner


class Box:
    size = 3

    def first(self, items):
        return items[0]


x = lambda y: y
"""


async def lenses(editor: Editor, uri: str = URI) -> list[Any]:
    params = {"textDocument": {"uri": uri}}
    return await editor.request("textDocument/codeLens", params) or []


def shown(found: list[Any]) -> dict[int, str]:
    """What stands above each line."""
    lines: dict[int, list[str]] = {}
    for lens in found:
        lines.setdefault(lens["range"]["start"]["line"], []).append(lens["command"]["title"])
    return {line: " | ".join(titles) for line, titles in lines.items()}


ALL = "Review | Tests | Docs | Explain"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
async def test_they_stand_above_definitions_and_run_the_tasks(
    home: Path, upstream: Upstream, encoding: str
) -> None:
    upstream.script(text=finding("items[0]") + DONE)
    async with Editor.in_process(app(home, upstream.url), encoding=encoding) as editor:
        await editor.open(URI, NESTED)
        found = await lenses(editor)
        assert shown(found) == {3: ALL, 10: ALL, 13: ALL}
        review = next(lens for lens in found if lens["range"]["start"]["line"] == 13)
        assert review["command"]["command"] == "turnout.review"
        (arguments,) = review["command"]["arguments"]
        assert arguments["uri"] == URI
        assert [arguments["range"][end]["line"] for end in ("start", "end")] == [13, 14]
        _, result = run(editor, review["command"])
        assert (await result)["findings"] == 1
        assert upstream.calls[0].body["model"] == "big"


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("typescript", "export class A {\n  run(): void {\n    go()\n  }\n}\n", [0, 1]),
        ("go", "package a\n\nfunc Add(a int) int {\n\treturn a\n}\n", [2]),
        ("rust", "/// Says it.\n#[inline]\nfn a() {\n    x()\n}\n", [1]),
        (
            "java",
            "/** Says it. */\n@Fast\nclass A {\n  // well\n  void a() {\n    b();\n  }\n}\n",
            [1, 4],
        ),
        ("rust", "struct A;\nimpl A {\n    fn go(&self) {\n        x()\n    }\n}\n", [1, 2]),
        ("python", "def broken(:\n", None),
        ("plaintext", "def f():\n    return 1\n", []),
        ("python", "", []),
    ],
)
async def test_other_languages(
    home: Path, upstream: Upstream, language: str, text: str, expected: list[int] | None
) -> None:
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, text, language)
        found = shown(await lenses(editor))
    assert expected is None or list(found) == expected


async def test_only_what_a_model_can_serve(home: Path, upstream: Upstream) -> None:
    routes = '[routes]\ntests = { never = ["*"] }\n"path:secret/**" = { never = ["*"] }\n'
    made = app(home, upstream.url, routes=routes)
    async with Editor.in_process(made, folders=[home]) as editor:
        await editor.open(URI, TEXT)
        assert set(shown(await lenses(editor)).values()) == {"Review | Docs | Explain"}
        for name in ("secret/a.py", ".env"):
            uri = (home / name).as_uri()
            await editor.open(uri, TEXT)
            assert await lenses(editor, uri) == []
    async with Editor.in_process(App(None, {})) as editor:
        await editor.open(URI, TEXT)
        assert await lenses(editor) == []
    assert upstream.connections <= 1  # the one that is made in advance
    assert upstream.calls == []


@pytest.mark.parametrize("by", ["own", "editor", "workspace"])
async def test_they_can_be_switched_off(home: Path, upstream: Upstream, by: str) -> None:
    off = "[code_lens]\nenabled = false\n"
    if by == "workspace":
        (home / "ws").mkdir()
        (home / "ws" / "turnout.toml").write_text(off)
    options = {"code_lens": {"enabled": False}} if by == "editor" else None
    made = app(home, upstream.url, routes=off if by == "own" else "")
    folders = [home / "ws"] if by == "workspace" else []
    async with Editor.in_process(made, options=options, folders=folders) as editor:
        await editor.open(URI, TEXT)
        assert await lenses(editor) == []


async def test_no_stale_lens_and_no_answer_to_what_was_cancelled(
    home: Path, upstream: Upstream
) -> None:
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        params = {"textDocument": {"uri": URI}}
        request, answer = editor.begin("textDocument/codeLens", params)
        await editor.change(URI, (0, 0, 0, 0), "\n\n")
        assert await answer == []
        request, answer = editor.begin("textDocument/codeLens", params)
        editor.cancel(request)
        with pytest.raises(Exception, match="-32800"):
            await answer
        assert shown(await lenses(editor))


async def test_a_large_file_has_none(home: Path, upstream: Upstream) -> None:
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, "def f():\n    return 1\n" * 6_000)
        assert await lenses(editor) == []
        await editor.replace(URI, "def f():\n    return 1\n" * 400)
        assert len(shown(await lenses(editor))) == 300


async def test_a_client_that_can_is_told_to_ask_anew(home: Path, upstream: Upstream) -> None:
    workspace = {**CAPABILITIES["workspace"], "codeLens": {"refreshSupport": True}}
    capabilities = {**CAPABILITIES, "workspace": workspace}
    made = app(home, upstream.url)
    async with Editor.in_process(made, capabilities=capabilities) as editor:
        await editor.open(URI, TEXT)
        assert await lenses(editor)
        assert not editor.notifications("workspace/codeLens/refresh")
        config = home / "turnout.toml"
        config.write_text(config.read_text() + "[code_lens]\nenabled = false\n")
        made.reconfigure()
        await editor.wait_for("workspace/codeLens/refresh")
        assert await lenses(editor) == []
        await editor.request("turnout/pause", {"paused": True})  # which is no reason
        await asyncio.sleep(0.05)
        assert len(editor.notifications("workspace/codeLens/refresh")) == 1
        editor.answers["workspace/codeLens/refresh"] = {"error": {"code": -1, "message": "no"}}
        made.use("best")
        await until(lambda: len(editor.notifications("workspace/codeLens/refresh")) == 2)
