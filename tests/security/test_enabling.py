"""Enabling takes the user's word, and keys are kept where the user said and nowhere else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.acting import DONE, TEXT, URI, execute, finding
from support.editor import Editor, ResponseError
from support.onboarding import PLUGIN, RIGHT, WRONG, app, enabled, own_file, set_key
from support.upstream import Upstream
from turnout.app import App


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with Upstream() as upstream:
        yield upstream


async def test_nothing_is_enabled_that_was_not_shown(home: Path, upstream: Upstream) -> None:
    async with Editor.in_process(app(home, upstream)) as editor:
        answer = await editor.request("turnout/enable", {"provider": "openai"})
        assert not answer["enabled"]
        assert "turnout/consent" in answer["why"]
        for params in (None, {}, {"provider": "../x"}, {"provider": 7}):
            for method in ("turnout/consent", "turnout/enable", "turnout/setKey"):
                with pytest.raises(ResponseError, match="-32602"):
                    await editor.request(method, params)
        with pytest.raises(ResponseError, match="there is no provider 'nix'"):
            await editor.request("turnout/consent", {"provider": "nix"})
    assert not own_file(home).exists()
    assert upstream.connections == 0


async def test_a_key_is_written_nowhere_but_where_it_was_sent(
    home: Path, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    upstream.keys = (RIGHT,)
    upstream.script(text=finding("a / b") + DONE)
    async with Editor.in_process(app(home, upstream), capabilities=PLUGIN) as editor:
        await enabled(editor)
        await set_key(editor, WRONG)
        await set_key(editor, RIGHT)
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.review")
        await editor.request("turnout/doctor", None)
        said = json.dumps(editor.received)
    files = [path for path in home.rglob("*") if path.is_file()]
    written = b"".join(path.read_bytes() for path in files)
    for key in (RIGHT, WRONG):
        assert key not in caplog.text
        assert key not in said
        assert key.encode() not in written


async def test_a_repository_enables_nothing(home: Path, tmp_path: Path, upstream: Upstream) -> None:
    """Neither its own file nor what it says through the editor; and it changes no plan."""
    (tmp_path / "turnout.toml").write_text(
        f'[providers.openai]\nbase_url = "{upstream.url}/evil"\n[routes]\nreview = ["openai/x"]\n'
    )
    options = {"providers": {"openai": {"base_url": f"{upstream.url}/evil"}}}
    async with Editor.in_process(App(None, {}), folders=[tmp_path], options=options) as editor:
        consent = await editor.request("turnout/consent", {"provider": "openai"})
        assert "api.openai.com" in consent["text"]
        assert consent["file"] == str(own_file(home))
        assert "evil" not in json.dumps(consent)
    assert not own_file(home).exists()
    assert upstream.connections == 0
