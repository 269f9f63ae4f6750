"""What mends a problem: by an action where the client shows such, else in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.acting import TEXT, URI, execute
from support.editor import CAPABILITIES, Editor
from support.upstream import Upstream
from turnout.app import App

PLUGIN: dict[str, Any] = {**CAPABILITIES, "experimental": {"turnout": {"problem": True}}}
OPENAI = '[providers.openai]\nbase_url = "{url}/v1"\n[routes]\nreview = ["openai/gpt-6-luna"]\n'


def configured(home: Path, text: str) -> App:
    config = home / "turnout.toml"
    config.write_text(text)
    return App(config, {})


async def told(app: App, *commands: str, plugin: bool = True) -> Any:
    """What an editor is told that opens a file, and has it reviewed."""
    capabilities = PLUGIN if plugin else None
    async with Editor.in_process(app, capabilities=capabilities) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.review")
        return await editor.wait_for("turnout/problem" if plugin else "window/showMessage")


async def test_no_provider_is_mended_by_choosing_one(home: Path) -> None:
    found = await told(App(None, {}))
    assert found["text"] == "No model is configured for review."
    assert [one["kind"] for one in found["actions"]] == ["consent"]
    assert "provider" not in found["actions"][0]


async def test_a_missing_and_a_wrong_key_are_mended_by_a_key(home: Path) -> None:
    async with Upstream() as upstream:
        upstream.keys = ("right",)
        for environ in ({}, {"WRONG": "wrong"}):
            text = OPENAI.format(url=upstream.url)
            if environ:
                text = text.replace("\n[routes]", '\nkey = "env:WRONG"\n[routes]')
            (home / "turnout.toml").write_text(text)
            found = await told(App(home / "turnout.toml", environ))
            first = found["actions"][0]
            assert (first["kind"], first["provider"]) == ("setKey", "openai")
            assert found["level"] == ("error" if environ else "warning")
            assert "turnout key set openai" in found["remedy"]


async def test_a_model_of_a_provider_that_is_not_enabled(home: Path) -> None:
    app = configured(home, '[routes]\nreview = ["anthropic/claude-sonnet-5-5"]\n')
    found = await told(app)
    assert found["actions"][0] == {
        "title": "Enable anthropic...", "kind": "consent", "provider": "anthropic"
    }  # fmt: skip


async def test_a_setting_is_mended_in_its_file(home: Path) -> None:
    app = configured(home, "[inline]\nmax_tokens = 0\n")
    async with Editor.in_process(app, capabilities=PLUGIN) as editor:
        found = await editor.wait_for("turnout/problem")
    file = str(home / "turnout.toml")
    assert found["text"].startswith(f"{file}: inline.max_tokens: 0 is not")
    assert found["actions"] == [
        {"title": "Open the settings", "kind": "openSettings", "file": file}
    ]


async def test_a_repository_names_no_action_but_its_file(home: Path, tmp_path: Path) -> None:
    (tmp_path / "turnout.toml").write_text('"`turnout provider enable openai`" = 1\nmode = 3\n')
    async with Editor.in_process(App(None, {}), capabilities=PLUGIN, folders=[tmp_path]) as editor:
        found = await editor.wait_for("turnout/problem")
    assert [one["kind"] for one in found["actions"]] == ["openSettings"]
    assert found["actions"][0]["file"] == str(tmp_path / "turnout.toml")


async def test_other_clients_are_told_in_words(home: Path) -> None:
    found = await told(App(None, {}), plugin=False)
    assert found["message"] == (
        "Turnout: No model is configured for review. To mend it: run `turnout provider list` and "
        "enable one."
    )
