"""`turnout doctor` on every kind of machine: it tells what is wrong, and touches nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from support.upstream import Exchange, Upstream
from turnout.doctor.examine import examine
from turnout.doctor.report import Report, as_json
from turnout.doctor.text import as_text
from turnout.settings.model import Provider, Settings
from turnout.settings.offers import endings
from turnout.tasks import TASKS
from turnout_clients.types import Model

KEYS = {
    "schema", "ok", "versions", "settings", "providers", "offered", "models", "routes", "recall",
    "folders", "ledger", "log", "keyring", "problems", "trusted",
}  # fmt: skip


def settings(home: Path, url: str, *, key: str = "none", more: str = "") -> Path:
    """Write the user's settings: one provider with one model that fills in."""
    file = home / ".config" / "turnout" / "turnout.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f"""
        [providers.mine]
        dialect = "openai-completions"
        base_url = "{url}/v1"
        key = "{key}"
        [models."mine/fast"]
        provider = "mine"
        id = "fake-small"
        fim = "native"
        {more}
        """,
        encoding="utf-8",
    )
    return file


async def report(folder: Path) -> Report:
    return await examine(None, folder, dict(os.environ))


def problems(found: Report, severity: str) -> list[str]:
    return [f"{p.where}: {p.what}" for p in found.problems if p.severity == severity]


def text(found: Report, encoding: str = "utf-8") -> str:
    return as_text(found, encoding)


async def run(*arguments: str, cwd: Path) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "turnout", "doctor", *arguments, cwd=cwd,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_without_settings_all_is_well_and_recall_is_said_to_be_alone(tmp_path: Path) -> None:
    found = await report(tmp_path)
    assert found.ok
    assert found.providers == ()
    assert problems(found, "info") == ["providers: none is enabled, so only recall answers"]
    assert found.problems[0].remedy == "run `turnout provider list` and enable one"
    served = {route.task: [c.name for c in route.candidates] for route in found.routes}
    assert served["inline"] == ["recall"]
    assert served["review"] == []


async def test_a_shell_has_no_notion_of_trust(tmp_path: Path) -> None:
    code, out, err = await run(cwd=tmp_path)
    assert (code, err) == (0, "")
    assert "what a repository tells models (AGENTS.md and the like) is passed on; an editor" in out
    code, out, _ = await run("--json", "--probe", cwd=tmp_path)
    assert json.loads(out)["trusted"] is True


async def test_a_provider_that_answers(home: Path, tmp_path: Path) -> None:
    async with Upstream() as upstream:
        file = settings(home, upstream.url)
        found = await report(tmp_path)
        assert [(call.method, call.path) for call in upstream.calls] == [("GET", "/v1/models")]
    (provider,) = found.providers
    assert (provider.state, provider.key) == ("answers", "not needed")
    assert provider.models == ("fake-small", "fake-large")
    assert found.settings.files == (str(file),)
    assert found.listed(found.settings.models["mine/fast"]) is True
    assert found.ok
    assert "answers in" in text(found)


async def test_a_model_the_provider_does_not_list(home: Path, tmp_path: Path) -> None:
    async with Upstream() as upstream:
        settings(home, upstream.url, more='[models."mine/gone"]\nprovider = "mine"\nid = "gone"')
        found = await report(tmp_path)
    assert "model mine/gone: mine does not list gone" in problems(found, "warning")
    assert found.ok


async def test_a_provider_that_nobody_answers_for(home: Path, tmp_path: Path) -> None:
    with socket.socket() as held:  # bound and not listening: refused, and nobody else's
        held.bind(("127.0.0.1", 0))
        settings(home, f"http://127.0.0.1:{held.getsockname()[1]}")
        found = await report(tmp_path)
    (provider,) = found.providers
    assert provider.state == "fails"
    assert not found.ok
    assert problems(found, "error") == [f"provider mine: {provider.detail}"]


async def test_a_provider_that_is_silent_costs_little_time(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["turnout.doctor.examine"], "_PROBE", 0.3)  # it is 3 s
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings(home, f"http://127.0.0.1:{silent.getsockname()[1]}")
        started = asyncio.get_running_loop().time()
        found = await report(tmp_path)
        assert 0.3 <= asyncio.get_running_loop().time() - started < 10
    assert found.providers[0].state == "fails"


async def test_a_missing_key_names_its_remedy_and_nobody_is_called(
    home: Path, tmp_path: Path
) -> None:
    async with Upstream() as upstream:
        settings(home, upstream.url, key="env:MINE_API_KEY")
        found = await report(tmp_path)
        assert upstream.connections == 0
    (provider,) = found.providers
    assert (provider.state, provider.key) == ("no key", "nowhere")
    assert "MINE_API_KEY" in provider.remedy
    assert not found.ok
    inline = next(route for route in found.routes if route.task == "inline")
    assert [candidate.name for candidate in inline.candidates] == ["recall"]


async def test_the_place_of_a_key_is_told_and_never_the_key(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = "sk-canary-0123456789abcdef"
    monkeypatch.setenv("MINE_API_KEY", canary)
    monkeypatch.setenv("OPENAI_API_KEY", canary + "x")
    async with Upstream() as upstream:
        settings(home, upstream.url, key="env:MINE_API_KEY")
        found = await report(tmp_path)
        assert upstream.calls[0].headers["authorization"] == f"Bearer {canary}"
    assert found.providers[0].key == "MINE_API_KEY in the environment"
    assert canary not in repr(found) + json.dumps(as_json(found)) + text(found)


async def test_a_key_in_the_environment_enables_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network guard of the suite would refuse, and `examine` would then say "fails"."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-0123456789abcdef")
    found = await report(tmp_path)
    offered = {offer.name: offer.because for offer in found.offered}
    assert offered["openai"] == "OPENAI_API_KEY is set"
    assert found.providers == ()
    assert "turnout provider enable openai" in text(found)


async def test_broken_settings_are_told_with_what_mends_them(home: Path, tmp_path: Path) -> None:
    file = settings(home, "http://127.0.0.1:9")
    file.write_text("[providers.mine\n", encoding="utf-8")
    found = await report(tmp_path)
    assert not found.ok
    assert any(str(file) in problem for problem in problems(found, "error"))
    assert found.providers == ()


async def test_a_workspace_file_is_read_too(home: Path, tmp_path: Path) -> None:
    (tmp_path / "turnout.toml").write_text('exclude = ["*.py"]\n', encoding="utf-8")
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("some words\n", encoding="utf-8")
    found = await report(tmp_path)
    assert found.settings.files == (str(tmp_path / "turnout.toml"),)
    # turnout.toml itself and b.txt
    assert found.recall.files == 2


async def test_what_recall_would_index_leaves_out_what_is_excluded(tmp_path: Path) -> None:
    for name in ("a.py", ".env", "key.pem", "node_modules/x/index.js", "sub/b.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n", encoding="utf-8")
    found = await report(tmp_path)
    assert (found.recall.files, found.recall.bytes, found.recall.complete) == (2, 14, True)


async def test_a_provider_without_a_model_says_which_it_has(home: Path, tmp_path: Path) -> None:
    async with Upstream() as upstream:
        file = settings(home, upstream.url)
        file.write_text(file.read_text().partition("[models")[0])
        found = await report(tmp_path)
    assert found.ok
    (info,) = [p for p in found.problems if p.severity == "info"]
    assert (info.where, "never asked" in info.what) == ("provider mine", True)
    assert "fake-small, fake-large" in info.remedy


async def test_tasks_without_a_model_share_one_problem(home: Path, tmp_path: Path) -> None:
    async with Upstream() as upstream:
        settings(home, upstream.url)
        found = await report(tmp_path)
    (warning,) = [p for p in found.problems if p.severity == "warning"]
    assert "review" in warning.where
    assert "explain" in warning.where
    assert "inline" not in warning.where
    assert "openai-chat" in warning.remedy


async def test_the_json_has_the_keys_it_promises(home: Path, tmp_path: Path) -> None:
    async with Upstream() as upstream:
        file = settings(home, upstream.url)
        found: dict[str, Any] = json.loads(json.dumps(as_json(await report(tmp_path))))
    assert set(found) == KEYS
    assert found["schema"] == 1
    assert set(found["versions"]) == {"turnout", "python", "pygls", "httpx2", "numpy", "os"}
    assert found["settings"] == {"user_file": str(file), "exists": True, "files": [str(file)]}
    (provider,) = found["providers"]
    assert set(provider) == {
        "name", "dialect", "base_url", "key", "state", "detail", "remedy", "milliseconds", "models",
    }  # fmt: skip
    assert provider["models"] == 2
    assert set(found["models"][0]) == {"name", "provider", "id", "fim", "context", "listed"}
    assert [route["task"] for route in found["routes"]] == list(TASKS)
    assert set(found["routes"][0]) == {
        "task", "layer", "candidates", "ruled_out", "why", "remedy",
    }  # fmt: skip
    assert set(found["recall"]) == {"folder", "files", "bytes", "complete"}
    assert [folder["name"] for folder in found["folders"]] == ["cache", "data"]
    assert found["keyring"] == {"backend": "", "usable": False}
    assert all(set(p) == {"severity", "where", "what", "remedy"} for p in found["problems"])


async def test_a_terminal_without_our_signs(tmp_path: Path) -> None:
    found = await report(tmp_path)
    assert text(found, "ascii").isascii()
    assert "->" in text(found, "ascii")
    assert "→" in text(found)


async def test_what_a_provider_calls_its_models_can_not_steer_the_terminal(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("support.upstream.MODELS", ("\x1b]0;owned\x07", "\u202eevil", "a\nb"))
    async with Upstream() as upstream:
        settings(home, upstream.url)
        shown = text(await report(tmp_path))
    assert "owned" in shown
    assert all(line.isprintable() for line in shown.split("\n"))


async def test_the_command(home: Path, tmp_path: Path) -> None:
    code, out, err = await run(cwd=tmp_path)
    assert (code, err) == (0, "")
    assert out.startswith("Turnout ")
    async with Upstream() as upstream:
        settings(home, upstream.url)
        code, out, err = await run("--json", cwd=tmp_path)
        assert (code, err) == (0, "")
        assert json.loads(out)["providers"][0]["state"] == "answers"
    code, out, _ = await run(cwd=tmp_path)
    assert code == 1
    assert "provider mine" in out


async def test_the_command_with_a_file_that_is_not_there(tmp_path: Path) -> None:
    code, out, _ = await run("--json", "--config", str(tmp_path / "none.toml"), cwd=tmp_path)
    assert code == 1
    assert json.loads(out)["settings"]["exists"] is False


@pytest.mark.parametrize(
    ("id_", "today", "expected"),
    [
        ("gpt-4o", date(2026, 11, 21), "warning | model openai/gpt-4o: shuts down 2027-01-14"),
        ("gpt-4o", date(2026, 8, 1), "info | model openai/gpt-4o: shuts down 2027-01-14"),
        ("gpt-4o", date(2027, 1, 14), "warning | model openai/gpt-4o: was shut down 2027-01-14"),
    ],
)
def test_a_model_that_ends(home: Path, id_: str, today: date, expected: str) -> None:
    """The same is said when the server starts."""
    loaded = Settings(
        providers={"openai": Provider("openai", "openai-chat", "https://api.openai.com/v1")},
        models={f"openai/{id_}": Model(f"openai/{id_}", "openai", id_)},
    )
    (problem,) = endings(loaded, today)
    assert f"{problem.severity} | {problem.where}: {problem.what}" == expected
    assert "in its place" in problem.remedy


def test_models_that_do_not_end_are_not_spoken_of() -> None:
    mine = Settings(
        providers={"mine": Provider("mine", "openai-chat", "http://127.0.0.1:9")},
        models={"mine/gpt-4o": Model("mine/gpt-4o", "mine", "gpt-4o")},
    )
    assert not list(endings(mine, date(2030, 1, 1)))


async def test_the_end_of_a_model_is_told(home: Path, tmp_path: Path) -> None:
    async with Upstream() as upstream:
        more = """
        [providers.openai]
        key = "env:OPENAI_API_KEY"
        [routes]
        review = ["openai/gpt-4o"]
        """
        settings(home, upstream.url, more=more)
        found = await report(tmp_path)
    assert [p.where for p in found.problems if "2027-01-14" in p.what] == ["model openai/gpt-4o"]


async def test_a_key_that_would_travel_in_the_open_is_warned_of(home: Path, tmp_path: Path) -> None:
    """There is no key at hand, so nobody is called."""
    settings(home, "http://models.invalid:9", key="env:MINE_API_KEY")
    found = await report(tmp_path)
    (warning,) = [p for p in found.problems if "unencrypted" in p.what]
    assert warning.severity == "warning"
    assert "https://" in warning.remedy
    assert warning.what in text(found)


async def test_servers_of_this_machine_are_looked_for_on_the_users_word_alone(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Upstream() as upstream:
        port = int(upstream.url.rpartition(":")[2])
        monkeypatch.setattr("turnout.local.probe.ports", lambda: (port,))
        upstream.routes["/api/version"] = partial(Exchange.json, value={"version": "0.20.1"})
        upstream.routes["/api/tags"] = partial(Exchange.json, value={"models": [{"name": "qwen"}]})
        found = await report(tmp_path)
        assert (upstream.connections, found.offered) == (0, ())
        found = await examine(None, tmp_path, dict(os.environ), look=True)
    (offer,) = found.offered
    assert offer.name == "ollama"
    assert offer.because == f"answers at http://127.0.0.1:{port}/v1 with qwen"
    assert "turnout local find" in text(found)
