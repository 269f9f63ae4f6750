"""Keys: where they are kept, who can read them, and that they never show themselves."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend

from support.upstream import Upstream
from turnout.cli import main
from turnout.onboarding import command as provider_command
from turnout.settings.keys import HELD, KEYRING, BadKey, KeyStore, MissingKey
from turnout.settings.load import load
from turnout.settings.model import Provider
from turnout_clients.client import Client
from turnout_clients.errors import Unauthorized
from turnout_clients.types import Call, Chat, Deadlines, Limits, Message, Model, Secret

CANARY = "sk-canary-0123456789abcdef"
OPENAI = Provider("openai", "openai-chat", "https://api.openai.com/v1")


class MemoryKeyring(KeyringBackend):
    """A keyring as desktops have; it can be slow, or broken."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.delay = 0.0
        self.error: Exception | None = None
        self.threads: set[int] = set()
        self.calls = 0

    def _answer(self) -> None:
        self.calls += 1
        self.threads.add(threading.get_ident())
        time.sleep(self.delay)
        if self.error:
            raise self.error

    def get_password(self, service: str, username: str) -> str | None:
        self._answer()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._answer()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._answer()
        if (service, username) not in self.kept:
            raise keyring.errors.PasswordDeleteError(username)
        del self.kept[service, username]


@pytest.fixture
def ring() -> Any:
    before = keyring.get_keyring()
    ring = MemoryKeyring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


@pytest.fixture
def keys(home: Path) -> Path:
    return home / ".local/share/turnout/keys"


def revealed(store: KeyStore, provider: Provider) -> str:
    key = store.endpoint(provider).key
    return key.reveal() if key else ""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_without_a_keyring_a_key_is_in_a_file_that_only_the_user_reads(keys: Path) -> None:
    store = KeyStore({})
    before = os.umask(0)
    try:
        stored = store.set("openai", Secret(f" {CANARY}\n"))
    finally:
        os.umask(before)
    assert stored.place == str(keys / "openai")
    assert (mode(keys), mode(keys / "openai")) == (0o700, 0o600)
    assert [path.name for path in keys.iterdir()] == ["openai"]
    found = KeyStore({}).get("openai")
    assert found is not None
    assert found.reveal() == CANARY


def test_the_file_is_0600_from_its_first_moment(
    keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No chmod afterwards, and every file is opened as one that must be new."""
    opened: list[tuple[int, int]] = []
    real = os.open

    def spy(path: Any, flags: int, mode: int = 0o777, **more: Any) -> int:
        if str(keys) in str(path) and flags & os.O_CREAT:
            opened.append((flags, mode))
        return real(path, flags, mode, **more)

    def no_chmod(*_: Any) -> None:
        raise AssertionError("chmod")

    monkeypatch.setattr(os, "open", spy)
    monkeypatch.setattr(os, "chmod", no_chmod)
    KeyStore({}).set("openai", Secret(CANARY))
    assert [mode for _, mode in opened] == [0o600]
    assert all(flags & os.O_EXCL and flags & os.O_NOFOLLOW for flags, _ in opened)


def test_a_link_in_place_of_the_file_is_neither_read_nor_written_through(
    keys: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text(CANARY)
    elsewhere.chmod(0o600)
    keys.mkdir(parents=True, mode=0o700)
    (keys / "openai").symlink_to(elsewhere)
    store = KeyStore({})
    assert store.get("openai") is None
    store.set("openai", Secret("new"))
    assert elsewhere.read_text() == CANARY
    assert not (keys / "openai").is_symlink()


def test_a_key_file_that_others_can_read_is_not_used(keys: Path) -> None:
    store = KeyStore({})
    store.set("openai", Secret(CANARY))
    (keys / "openai").chmod(0o644)
    with pytest.raises(MissingKey) as caught:
        store.endpoint(OPENAI)
    assert str(caught.value) == "The key file of openai can be read by others, so it is not used."
    assert caught.value.remedy == "run `turnout key set openai` with a new key"


def test_a_keyring_comes_first(ring: MemoryKeyring, keys: Path) -> None:
    store = KeyStore({"OPENAI_API_KEY": "from-environment"})
    assert store.set("openai", Secret(CANARY)).place == KEYRING
    assert ring.kept == {("turnout", "openai"): CANARY}
    assert not keys.exists()
    assert [(s.provider, s.place) for s in store.list({"openai": 1})] == [("openai", KEYRING)]
    key = store.endpoint(OPENAI).key
    assert key is not None
    assert key.reveal() == CANARY
    assert store.remove("openai")
    assert not store.remove("openai")
    assert ring.kept == {}


@pytest.mark.parametrize("error", [keyring.errors.KeyringLocked("no"), RuntimeError("d-bus")])
def test_a_broken_keyring_falls_back_to_the_file(
    ring: MemoryKeyring, keys: Path, error: Exception
) -> None:
    ring.error = error
    assert KeyStore({}).set("openai", Secret(CANARY)).place == str(keys / "openai")


def test_a_keyring_that_loses_keys_falls_back_to_the_file(
    ring: MemoryKeyring, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring, "set_password", lambda *_: None)
    assert KeyStore({}).set("openai", Secret(CANARY)).place == str(keys / "openai")


def test_a_key_for_this_run_alone_comes_first(ring: MemoryKeyring, keys: Path) -> None:
    """An editor has a store of its own: nothing of its key is written anywhere."""
    store = KeyStore({"OPENAI_API_KEY": "sk-env", "MINE": "sk-mine"})
    store.set("openai", Secret("sk-stored"))
    for one in (OPENAI, replace(OPENAI, key="env:MINE"), replace(OPENAI, key="none")):
        store.hold("openai", Secret(" sk-held\n"))
        store.forget()  # as the settings are read again
        assert revealed(store, one) == "sk-held"
        assert store.missing(one) == ""
        assert store.place(one) == HELD
    assert "sk-held" not in f"{store!r}{vars(store)}"
    assert ring.kept == {("turnout", "openai"): "sk-stored"}
    assert not keys.exists()
    store.set("openai", Secret("sk-newer"))
    assert revealed(store, OPENAI) == "sk-newer"
    store.hold("openai", Secret("sk-held"))
    assert store.remove("openai")
    assert revealed(store, OPENAI) == "sk-env"
    assert store.place(OPENAI) == "OPENAI_API_KEY in the environment"


def test_the_environment_is_the_last_source_and_only_at_the_usual_address() -> None:
    store = KeyStore({"OPENAI_API_KEY": CANARY})
    key = store.endpoint(OPENAI).key
    assert key is not None
    assert key.reveal() == CANARY
    with pytest.raises(MissingKey):
        store.endpoint(Provider("openai", "openai-chat", "https://gateway.example/v1"))


@pytest.mark.parametrize(
    ("provider", "environ", "message", "remedy"),
    [
        (OPENAI, {}, "There is no key for openai.", "run `turnout key set openai`"),
        (
            Provider("mine", "openai-chat", "http://x", "env:MINE"),
            {},
            "MINE, which is to hold the key of mine, is not set.",
            "set MINE, or leave `key` out and run `turnout key set mine`",
        ),
        (
            Provider("mine", "openai-chat", "http://x", "env:MINE"),
            {"MINE": f"{CANARY}\nX-Evil: 1"},
            "MINE, which is to hold the key of mine, cannot be a key.",
            "set MINE, or leave `key` out and run `turnout key set mine`",
        ),
    ],
)
def test_a_missing_key_says_what_mends_it(
    provider: Provider, environ: dict[str, str], message: str, remedy: str
) -> None:
    with pytest.raises(MissingKey) as caught:
        KeyStore(environ).endpoint(provider)
    assert (str(caught.value), caught.value.remedy) == (message, remedy)
    assert caught.value.provider == provider.name


@pytest.mark.parametrize(
    ("key", "remedy"),
    [
        ("keyring", "run `turnout key set mine`"),
        (
            "env:MINE",
            (
                'correct MINE, or write key = "keyring" in [providers.mine] and '
                "run `turnout key set mine`"
            ),
        ),
        ("none", 'write key = "keyring" in [providers.mine] and run `turnout key set mine`'),
    ],
)
async def test_a_key_that_is_refused_says_what_mends_it(key: str, remedy: str) -> None:
    """The key that `turnout key set` keeps is read only where the settings say so."""
    async with Upstream() as upstream:
        upstream.script(fault="status-401")
        store = KeyStore({"MINE": "abc"})
        store.set("mine", Secret("abc"))
        client = Client()
        endpoint = store.endpoint(Provider("mine", "openai-chat", f"{upstream.url}/v1", key))
        model = Model("mine/big", "mine", "big")
        call = Call(endpoint, model, Chat((Message("user", "?"),), 5), Deadlines(1, 1, 1), Limits())
        with pytest.raises(Unauthorized) as caught:
            async for _ in client.stream(call):
                pass
        await client.aclose()
        assert caught.value.remedy == remedy


def test_a_provider_without_key_needs_none(ring: MemoryKeyring) -> None:
    endpoint = KeyStore({}).endpoint(Provider("ollama", "openai-chat", "http://x", "none"))
    assert endpoint.key is None
    assert ring.calls == 0


@pytest.mark.parametrize("key", ["", " ", "a b", "a\nb", "a\x00b", "schl\u00fcssel", "x" * 9_000])
def test_what_cannot_be_a_key_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(BadKey) as caught:
        KeyStore({}).set("openai", Secret(key))
    assert not key.strip() or key not in str(caught.value)


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "..", "a b", "\0"])
def test_what_is_not_the_name_of_a_provider_reaches_no_file(name: str, keys: Path) -> None:
    store = KeyStore({})
    with pytest.raises(BadKey):
        store.set(name, Secret(CANARY))
    assert store.get(name) is None
    assert not store.remove(name)
    assert not keys.exists()


async def test_a_slow_keyring_does_not_block_the_loop(ring: MemoryKeyring) -> None:
    ring.kept["turnout", "openai"] = CANARY
    ring.delay = 0.05
    store = KeyStore({})
    assert store.missing(OPENAI) == "", "not known yet is not missing"
    endpoint = await store.endpoint_async(OPENAI)
    assert endpoint.key is not None
    assert threading.get_ident() not in ring.threads
    calls = ring.calls
    await store.endpoint_async(OPENAI)
    assert ring.calls == calls, "what was found is remembered"
    store.forget()
    await store.endpoint_async(OPENAI)
    assert ring.calls > calls


def test_a_hundred_runs_show_no_key(
    ring: MemoryKeyring, caplog: pytest.LogCaptureFixture, keys: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    for run in range(100):
        canary = f"canary{run}xyz{run * 7919}"
        ring.error = [None, RuntimeError(f"{canary} was refused")][run % 2]
        store = KeyStore({"MINE": canary, "BAD": canary + " x"})
        store.set("openai", Secret(canary))
        endpoint = store.endpoint(OPENAI)
        shown += [repr(store), repr(endpoint), str(endpoint.key), repr(store.list({"openai": 1}))]
        with pytest.raises(MissingKey) as missing:
            store.endpoint(Provider("bad", "openai-chat", "http://x", "env:BAD"))
        with pytest.raises(BadKey) as bad:
            store.set("openai", Secret(canary + " x"))
        shown += [repr(missing.value), repr(bad.value), f"{vars(missing.value)}"]
    assert not [text for text in (*shown, caplog.text) if "canary" in text]


def test_importing_keys_does_not_import_keyring() -> None:
    code = "import sys, turnout.settings.keys; print('keyring' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# `turnout key` and `turnout provider`


def run(*words: str) -> int:
    return main(list(words))


def pipe(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_set_list_and_remove(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], keys: Path
) -> None:
    pipe(monkeypatch, CANARY + "\n")
    assert run("key", "set", "openai") == 0
    enables = "run `turnout provider enable openai`"
    assert capsys.readouterr().out.splitlines() == [
        f"The key of openai is in {keys / 'openai'}.",
        "This system offers no keyring, so it is a file that only you can read.",
        f"openai is not enabled yet, so the key was not checked: {enables}.",
    ]
    monkeypatch.setenv("GROQ_API_KEY", CANARY)
    assert run("key", "list") == 0
    out = capsys.readouterr().out
    offered = "(only offered: run `turnout provider enable groq`)"
    assert out.splitlines() == [
        f"openai  {keys / 'openai'}",
        f"groq    environment variable GROQ_API_KEY {offered}",
    ]
    assert run("key", "rm", "openai") == 0
    assert run("key", "rm", "openai") == 1
    captured = capsys.readouterr()
    assert captured.err == "There is no stored key of openai.\n"
    assert CANARY not in out + captured.out


def test_set_says_why_a_provider_in_a_broken_file_is_not_enabled(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = home / ".config" / "turnout" / "turnout.toml"
    file.parent.mkdir(parents=True)
    file.write_text("[providers.mine\n")
    pipe(monkeypatch, CANARY + "\n")
    assert run("key", "set", "mine") == 0
    captured = capsys.readouterr()
    assert "not valid TOML" in captured.err
    assert "mine is not enabled yet" in captured.out


@pytest.mark.parametrize("text", ["", "\n", "a b\n"])
def test_set_refuses_what_is_not_a_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, keys: Path
) -> None:
    pipe(monkeypatch, text)
    assert run("key", "set", "openai") == 1
    assert capsys.readouterr().err
    assert not keys.exists()


def test_a_key_from_a_terminal_is_not_shown(monkeypatch: pytest.MonkeyPatch, keys: Path) -> None:
    asked: list[str] = []
    pipe(monkeypatch, "")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or CANARY)
    assert run("key", "set", "openai") == 0
    assert asked == ["Key of openai (it is not shown): "]
    assert (keys / "openai").read_text() == CANARY + "\n"


@pytest.fixture
def upstream_config(home: Path) -> Path:
    file = home / ".config" / "turnout" / "turnout.toml"
    file.parent.mkdir(parents=True)
    return file


def enable(file: Path, url: str, more: str = "", top: str = "") -> None:
    """Write settings whose provider `mine` is at this address."""
    mine = f'[providers.mine]\ndialect = "openai-chat"\nbase_url = "{url}/v1"\n'
    file.write_text(f"{top}{mine}{more}")


async def set_by_pipe(key: str, *more: str, name: str = "mine") -> tuple[int, str, str]:
    """Run the real command, with the key on its standard input."""
    command = [sys.executable, "-m", "turnout", "key", "set", name, *more]
    pipes: Any = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = await asyncio.create_subprocess_exec(*command, **pipes)
    out, err = await process.communicate(f"{key}\n".encode())
    assert key not in (out + err).decode()
    return process.returncode or 0, out.decode(), err.decode()


async def test_set_asks_the_provider_whether_it_takes_the_key(
    upstream: Upstream, upstream_config: Path, keys: Path
) -> None:
    enable(upstream_config, upstream.url)
    upstream.keys = (CANARY,)
    code, out, err = await set_by_pipe("sk-wrong-0123456789")
    assert (code, out) == (1, "")
    assert err == (
        "mine does not accept the key (401). The key was not stored. "
        "Run `turnout key set mine`. `--no-check` stores it all the same.\n"
    )
    assert not keys.exists()
    code, out, err = await set_by_pipe(CANARY)
    assert (code, err, out.splitlines()[-1]) == (0, "", "mine accepts it.")
    assert (keys / "mine").read_text() == f"{CANARY}\n"
    assert {call.path for call in upstream.calls} == {"/v1/models"}


async def test_set_without_a_check_asks_nobody(
    upstream: Upstream, upstream_config: Path, keys: Path
) -> None:
    upstream.keys = ("sk-other",)
    enable(upstream_config, upstream.url)
    code, out, err = await set_by_pipe(CANARY, "--no-check")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1].startswith("It was not checked: `turnout doctor` asks mine")
    enable(upstream_config, upstream.url, top='forbid = ["mine"]\n')
    code, out, err = await set_by_pipe(CANARY)
    assert (code, out.splitlines()[-1]) == (0, "It is unchecked: mine is forbidden by `forbid`.")
    enable(upstream_config, upstream.url)
    code, out, err = await set_by_pipe(CANARY, name="openai")
    assert code == 0
    assert "not checked: run `turnout provider enable openai`" in out
    assert upstream.connections == 0
    assert (keys / "mine").read_text() == f"{CANARY}\n"


async def test_set_keeps_a_key_that_nobody_could_check(
    upstream: Upstream, upstream_config: Path, keys: Path
) -> None:
    enable(upstream_config, upstream.url)
    code, out, err = await set_by_pipe(CANARY)  # it lists its models for anyone
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == (
        "It is unchecked: mine lists its models for anyone, so the key shows with the first call."
    )
    enable(upstream_config, "http://127.0.0.1:9", 'key = "env:MINE"\n')
    code, out, err = await set_by_pipe(CANARY)
    assert (code, err) == (0, "")
    assert "\nIt is unchecked: mine " in out
    assert out.splitlines()[-1] == (
        'It is not used: [providers.mine] says key = "env:MINE". Write key = "keyring".'
    )
    assert (keys / "mine").read_text() == f"{CANARY}\n"


@pytest.mark.parametrize(
    "words", [["set", "mine", CANARY], ["set", "mine", "--key", CANARY], ["set", f"--key={CANARY}"]]
)
def test_a_key_on_the_command_line_is_refused_and_not_repeated(
    words: list[str], capsys: pytest.CaptureFixture[str], keys: Path
) -> None:
    try:
        code = run("key", *words)
    except SystemExit as ended:
        code = int(str(ended.code))
    out, err = capsys.readouterr()
    assert code == 2
    assert CANARY not in out + err
    assert "key" in err
    assert not keys.exists()


def test_a_command_without_a_name_says_what_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("key", "set") == 1
    assert run("provider", "enable") == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first == "Which provider? For example `turnout key set openai`."
    assert second.startswith("Which provider? Turnout knows openai, ")


def test_enable_makes_a_private_file_and_keeps_what_is_there(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = home / ".config" / "turnout" / "turnout.toml"
    assert run("provider", "enable", "openai") == 0
    assert mode(file) == 0o600
    routes = load(file, [], None, {}).routes
    assert file.read_text().startswith("[providers.openai]\n\n[routes]\n")
    assert routes["layer:analytical"].prefer == ("openai/gpt-6.1-terra",)
    out = capsys.readouterr().out
    assert "OpenAI at api.openai.com; nobody else." in out
    assert "costs about $0." in out
    assert "turnout key set openai" in out
    text = '# mine\n[routes]  # why\r\nreview = [ "openai/x" ]'
    file.write_bytes(text.encode())
    file.chmod(0o640)
    assert run("provider", "enable", "ollama") == 0
    assert file.read_bytes().decode() == text + "\n\n[providers.ollama]\n"
    assert mode(file) == 0o640
    assert run("provider", "enable", "ollama") == 0
    assert "already enabled" in capsys.readouterr().out
    with file.open("a") as more:
        more.write(
            '[providers.team]\ndialect = "openai-chat"\nbase_url = "http://127.0.0.1:9/v1"\n'
        )
    assert run("provider", "enable", "team") == 0
    assert "team is already enabled" in capsys.readouterr().out


def test_enable_keeps_a_link_to_the_file(home: Path, tmp_path: Path) -> None:
    (tmp_path / "dotfiles.toml").write_text("")
    file = home / ".config" / "turnout" / "turnout.toml"
    file.parent.mkdir(parents=True)
    file.symlink_to(tmp_path / "dotfiles.toml")
    assert run("provider", "enable", "ollama") == 0
    assert file.is_symlink()
    assert "[providers.ollama]" in (tmp_path / "dotfiles.toml").read_text()


@pytest.mark.parametrize("text", ["x = [", "providers = { mine = {} }", "providers = 3"])
def test_enable_leaves_a_file_alone_that_it_cannot_add_to(
    home: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    file = home / ".config" / "turnout" / "turnout.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    assert run("provider", "enable", "openai") == 1
    assert file.read_text() == text
    assert "add this to it yourself:\n[providers.openai]" in capsys.readouterr().err


def test_enable_refuses_an_unknown_name(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    assert run("provider", "enable", "nix") == 1
    err = capsys.readouterr().err
    assert err.startswith("'nix' is not a provider that Turnout knows; it knows openai, ")
    assert "add [providers.nix] with dialect and base_url" in err
    assert not list(home.rglob("turnout.toml"))


def test_list_says_what_is_enabled_and_offered_and_looks_for_nothing(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    config = tmp_path / "c.toml"
    config.write_text("[providers.openai]\n[providers.ollama]\n")
    monkeypatch.setenv("GROQ_API_KEY", CANARY)
    monkeypatch.setenv("GUARD_LOG", str(tmp_path / "guard"))
    assert run("provider", "list", "--config", str(config)) == 0
    out = capsys.readouterr().out
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in out.splitlines()}
    assert rows["openai"] == (
        "enabled https://api.openai.com/v1 There is no key for openai: run `turnout key set openai`"
    )
    assert rows["ollama"] == "enabled http://127.0.0.1:11434/v1 needs no key"
    assert rows["groq"] == (
        "offered https://api.groq.com/openai/v1 GROQ_API_KEY is set; `turnout provider enable groq`"
    )
    assert rows["vllm"].endswith("not looked for; `--probe` asks it for its models")
    assert CANARY not in out
    assert not (tmp_path / "guard").exists()


async def test_probe_asks_local_servers_only_when_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from turnout.settings.offers import offers

    async with Upstream() as upstream:
        rows = {"vllm": replace(offers()["vllm"], base_url=f"{upstream.url}/v1")}
        monkeypatch.setattr(provider_command, "offers", lambda: rows)
        assert await asyncio.to_thread(run, "provider", "list") == 0
        assert upstream.connections == 0
        assert await asyncio.to_thread(run, "provider", "list", "--probe") == 0
        assert upstream.connections == 1
    first, second = capsys.readouterr().out.splitlines()
    assert "not looked for" in first
    assert "answers: " in second
