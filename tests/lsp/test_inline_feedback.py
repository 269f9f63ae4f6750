"""What a client tells of suggestions, and what is seen without its word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.acting import until
from support.inlining import METHOD, URI, items, opened, params

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.upstream import Upstream
    from turnout.app import App


async def test_the_command_and_the_reports_of_a_client_count_once(
    completing: Callable[..., App], upstream: Upstream
) -> None:
    upstream.script(text="foo(first, second)")
    made = completing()
    async with opened(made) as editor:
        assert "turnout.accept" in editor.capabilities["executeCommandProvider"]["commands"]
        [item] = await items(editor, 0, 4)
        editor.notify("textDocument/didShowCompletion", {"item": item, "more": {"unknown": 1}})
        editor.notify(
            "textDocument/didPartiallyAcceptCompletion", {"item": item, "acceptedLength": 3}
        )
        await editor.change(URI, (0, 4, 0, 4), "foo")
        await editor.change(URI, (0, 7, 0, 7), "(first, second)")
        command = item["command"]
        arguments = {"command": command["command"], "arguments": command["arguments"]}
        assert await editor.request("workspace/executeCommand", arguments) is None
        assert made.suggester.acceptance.counts == {"shown": 1, "accepted": 1}


async def test_acceptance_without_a_word_from_the_client(
    completing: Callable[..., App], upstream: Upstream
) -> None:
    upstream.script(text="foo(first, second)")
    made = completing()
    async with opened(made) as editor:
        [item] = await items(editor, 0, 4)
        await editor.change(URI, (0, 4, 0, 4), item["insertText"])
        await items(editor, 0, 4 + len(item["insertText"]))
        assert made.suggester.acceptance.counts["accepted"] == 1


@pytest.mark.parametrize(
    "odd",
    [
        None,
        [],
        {},
        {"item": None},
        {"item": {"command": {"arguments": [7]}}},
        {"item": {"insertText": 1}},
    ],
)
async def test_odd_reports_are_let_pass(
    completing: Callable[..., App], upstream: Upstream, odd: Any
) -> None:
    upstream.script(text="foo(1)")
    async with opened(completing()) as editor:
        for method in ("didShowCompletion", "didPartiallyAcceptCompletion", "didFocus"):
            editor.notify(f"textDocument/{method}", odd)
        editor.notify("textDocument/didFocus", {"textDocument": {"uri": URI}})
        assert await items(editor, 0, 4)
        await editor.request(
            "workspace/executeCommand", {"command": "turnout.accept", "arguments": [odd]}
        )


async def test_the_focus_goes_elsewhere(completing: Callable[..., App], upstream: Upstream) -> None:
    upstream.script(text="foo(1)", delay=50)
    async with opened(completing()) as editor:
        _, asked = editor.begin(METHOD, params(0, 4))
        await until(lambda: upstream.calls)
        editor.notify("textDocument/didFocus", {"textDocument": {"uri": "file:///other.py"}})
        assert (await asked)["items"] == []
        await until(lambda: upstream.calls[0].closed_at is not None)
