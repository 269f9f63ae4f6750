"""The first five minutes on the wire: offers, consent, enabling, a wrong key, the right one."""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path

import pytest

from support.acting import DONE, TEXT, URI, execute, finding, shown
from support.editor import Editor
from support.onboarding import PLUGIN, RIGHT, WRONG, app, enabled, own_file, set_key
from support.upstream import Upstream, key_of


async def test_from_nothing_to_a_review_with_a_wrong_key_in_between(
    home: Path, upstream: Upstream
) -> None:
    upstream.keys = (RIGHT,)
    upstream.script(text=finding("a / b") + DONE)
    async with Editor.in_process(app(home, upstream), capabilities=PLUGIN) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.review")
        problem = await editor.wait_for("turnout/problem")
        assert problem["actions"][0]["kind"] == "consent"

        offers = (await editor.request("turnout/offers", None))["offers"]
        openai = next(one for one in offers if one["name"] == "openai")
        assert (openai["title"], openai["state"]) == ("OpenAI", "known")
        assert openai["price"] == "about $0.0085 a review"
        assert openai["host"] == upstream.url.removeprefix("http://")

        consent = await editor.request("turnout/consent", {"provider": "openai"})
        assert upstream.url.removeprefix("http://") in consent["text"]
        assert consent["needsKey"]
        assert f"kept in {consent['keyPlace']}" in consent["text"]
        own = await editor.request("turnout/consent", {"provider": "openai", "keep": "session"})
        assert "kept in your editor's own store of secrets" in own["text"]
        assert not own_file(home).exists()
        answer = await editor.request("turnout/enable", {"provider": "openai"})
        assert answer == {"enabled": True, "file": str(own_file(home)), "why": ""}
        assert own_file(home).read_text() == consent["toml"]
        assert upstream.calls == []

        refused = await set_key(editor, WRONG)
        assert (refused["kept"], refused["check"]) == (False, "refused")
        assert "does not accept the key" in refused["why"]
        await execute(editor, "turnout.review")
        problem = await editor.wait_for("turnout/problem")
        assert (problem["actions"][0]["kind"], problem["actions"][0]["provider"]) == (
            "setKey", "openai",
        )  # fmt: skip

        accepted = await set_key(editor, RIGHT)
        assert (accepted["kept"], accepted["check"]) == (True, "accepted")
        result = await execute(editor, "turnout.review")
        assert (result["outcome"], result["model"]) == ("answered", "openai/gpt-6.1-terra")
        assert len(shown(editor)) == 1
    asked = [call.path for call in upstream.calls]
    assert asked.count("/v1/chat/completions") == 1


async def test_an_offer_whose_key_was_found_is_enabled_with_it(
    home: Path, upstream: Upstream
) -> None:
    upstream.keys = (RIGHT,)
    upstream.script(text=finding("a / b") + DONE)
    async with Editor.in_process(app(home, upstream, OPENAI_API_KEY=RIGHT)) as editor:
        offers = (await editor.request("turnout/offers", None))["offers"]
        assert offers[0] == {
            "name": "openai", "title": "OpenAI", "state": "offered",
            "host": upstream.url.removeprefix("http://"), "local": False, "needsKey": True,
            "keyFrom": "OPENAI_API_KEY", "keyPage": "https://platform.openai.com/api-keys",
            "why": "OPENAI_API_KEY is set", "price": "about $0.0085 a review",
        }  # fmt: skip
        assert (await enabled(editor))["enabled"]
        await editor.open(URI, TEXT)
        assert (await execute(editor, "turnout.review"))["outcome"] == "answered"
        offers = (await editor.request("turnout/offers", None))["offers"]
        assert (offers[0]["name"], offers[0]["state"]) == ("openai", "enabled")
    tree = tomllib.loads(own_file(home).read_text())
    assert tree["providers"]["openai"] == {
        "base_url": f"{upstream.url}/v1",
        "output_limit": "max_completion_tokens",
        "key": "env:OPENAI_API_KEY",
    }


async def test_routes_of_the_user_stay_as_they_are(home: Path, upstream: Upstream) -> None:
    text = '# mine\n[routes]\nreview = ["other/big"]\n[providers.other]\n'
    text += f'dialect = "openai-chat"\nbase_url = "{upstream.url}/v1"\nkey = "none"\n'
    async with Editor.in_process(app(home, upstream, text)) as editor:
        consent = await editor.request("turnout/consent", {"provider": "openai"})
        assert '`"layer:analytical" = ["openai/gpt-6.1-terra"]`' in consent["text"]
        assert (await editor.request("turnout/enable", {"provider": "openai"}))["enabled"]
    after = own_file(home).read_text()
    assert after.startswith(text)
    assert tomllib.loads(after)["routes"] == {
        "review": ["other/big"],
        "layer:mechanical": {"prefer": ["openai/gpt-6-luna"]},
        "layer:hybrid": {"prefer": ["openai/gpt-6.1-sol"]},
    }


async def test_a_file_that_cannot_be_added_to_is_left_alone(home: Path, upstream: Upstream) -> None:
    async with Editor.in_process(app(home, upstream, "routes = {}\n[broken\n")) as editor:
        answer = await enabled(editor)
    assert not answer["enabled"]
    assert "it would not be valid TOML" in answer["why"]
    assert own_file(home).read_text() == "routes = {}\n[broken\n"


async def test_a_server_on_this_machine_is_asked_for_its_models(
    home: Path, upstream: Upstream
) -> None:
    """A user's own gateway stands in the file already; its consent says so, and adds nothing."""
    text = f'[providers.vllm]\nbase_url = "{upstream.url}/v1"\n'
    async with Editor.in_process(app(home, upstream, text)) as editor:
        consent = await editor.request("turnout/consent", {"provider": "vllm"})
        assert (consent["title"], consent["toml"]) == ("vLLM is enabled.", "")
        assert not consent["needsKey"]
        answer = await editor.request("turnout/enable", {"provider": "vllm"})
        assert answer["enabled"]
        gone = await editor.request("turnout/consent", {"provider": "lmstudio"})
        assert gone["toml"] == "[providers.lmstudio]\n"  # nobody answers there
    assert own_file(home).read_text() == text


@pytest.mark.parametrize(
    ("key", "why"),
    [("", "No key was given."), ("two words", "That cannot be a key"), ("ключ", "cannot be")],
)
async def test_what_is_no_key_is_not_kept(
    home: Path, upstream: Upstream, key: str, why: str
) -> None:
    async with Editor.in_process(app(home, upstream, "[providers.openai]\n")) as editor:
        answer = await set_key(editor, key)
    assert (answer["kept"], answer["check"]) == (False, "unchecked")
    assert why in answer["why"]
    assert not key or key not in answer["why"]


async def test_a_key_that_cannot_be_checked_is_kept_with_a_word(
    home: Path, upstream: Upstream
) -> None:
    text = '[providers.openai]\nbase_url = "{}"\n[routes]\nreview = ["openai/gpt-6-luna"]\n'
    async with Editor.in_process(app(home, upstream)) as editor:
        answer = await set_key(editor, RIGHT)
        assert (answer["kept"], answer["check"]) == (True, "unchecked")
        assert answer["remedy"] == "run `turnout provider enable openai`"
        assert upstream.connections == 0
    async with Editor.in_process(
        app(home, upstream, text.format("http://127.0.0.1:9/v1"))
    ) as editor:
        answer = await set_key(editor, RIGHT)
        assert (answer["kept"], answer["check"]) == (True, "unreachable")
    async with Editor.in_process(app(home, upstream, text.format(f"{upstream.url}/v1"))) as editor:
        answer = await set_key(editor, RIGHT)  # the fake upstream lists its models for anyone
        assert (answer["kept"], answer["check"]) == (True, "unchecked")
        assert "for anyone" in answer["why"]


async def test_a_key_that_is_stored_is_there_at_the_next_start(
    home: Path, upstream: Upstream
) -> None:
    upstream.keys = (RIGHT,)
    text = f'[providers.openai]\nbase_url = "{upstream.url}/v1"\n'
    async with Editor.in_process(app(home, upstream, text)) as editor:
        answer = await set_key(editor, RIGHT, keep="store")
        assert answer["place"] == str(home / ".local/share/turnout/keys/openai")
    async with Editor.in_process(app(home, upstream)) as editor:
        offers = (await editor.request("turnout/offers", None))["offers"]
        assert (offers[0]["name"], offers[0]["state"]) == ("openai", "enabled")


async def test_a_key_that_the_settings_do_not_look_for_holds_for_now(
    home: Path, upstream: Upstream
) -> None:
    upstream.keys = (RIGHT,)
    upstream.script(text=finding("a / b") + DONE)
    async with Editor.in_process(app(home, upstream, OPENAI_API_KEY=WRONG)) as editor:
        await enabled(editor)
        answer = await set_key(editor, RIGHT, keep="store")
        assert (answer["kept"], answer["check"]) == (True, "accepted")
        assert (
            answer["why"] == 'At the next start [providers.openai] says key = "env:OPENAI_API_KEY".'
        )
        await editor.open(URI, TEXT)
        assert (await execute(editor, "turnout.review"))["outcome"] == "answered"


async def test_a_newer_key_is_used_at_once_and_outlives_the_settings(
    home: Path, upstream: Upstream
) -> None:
    upstream.script(text=finding("a / b") + DONE)
    text = f'[providers.openai]\nbase_url = "{upstream.url}/v1"\n'
    text += '[routes]\nreview = ["openai/gpt-6-luna"]\n'
    async with Editor.in_process(app(home, upstream, text)) as editor:
        await editor.open(URI, TEXT)
        for key in ("sk-first", "sk-second"):
            await set_key(editor, key, check=False)
            await execute(editor, "turnout.review", anew=True)
            assert key_of(upstream.calls[-1]) == key
        own_file(home).write_text(text + "# changed\n")
        await asyncio.sleep(2.5)  # a settings file that changes is read again
        await execute(editor, "turnout.review", anew=True)
        assert key_of(upstream.calls[-1]) == "sk-second"
