"""The promises of SECURITY.md, held on the real server process: what it sends, opens and writes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from support.editor import Editor
from support.upstream import Upstream

SERVER = [sys.executable, "-m", "turnout", "--stdio", "--log-level", "debug", "--log-file"]

SECRET_NAMES = (
    ".env", ".env.local", ".ENV", "prod.env", "server.pem", "tls.key", "id_rsa", "id_ed25519",
    ".netrc", ".npmrc", ".pypirc", "terraform.tfstate", "secrets.yml", "credentials.json",
    ".aws/credentials", ".ssh/config", ".kube/config", "keystore.jks", "cert.p12", ".dev.vars",
)  # fmt: skip
IGNORED_BY_GIT = [f"build/out{n}.py" for n in range(20)]
IGNORED_BY_AIIGNORE = [f"private/plan{n}.md" for n in range(20)]
EXCLUDED_BY_USER = [f"vault/note{n}.py" for n in range(20)]
EXCLUDED_BY_WORKSPACE = [f"legal/deal{n}.txt" for n in range(20)]
EXCLUDED = [
    *SECRET_NAMES,
    *IGNORED_BY_GIT,
    *IGNORED_BY_AIIGNORE,
    *EXCLUDED_BY_USER,
    *EXCLUDED_BY_WORKSPACE,
]


def canary(name: str) -> str:
    """A word that stands in this file and nowhere else; no known format of a secret."""
    return f"canary_{EXCLUDED.index(name):03d}_zq"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name in EXCLUDED:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"def {canary(name)}(value):\n    return {canary(name)} + value\n")
    (root / ".gitignore").write_text("build/\n")
    (root / ".aiignore").write_text("/private/*\n")
    (root / "turnout.toml").write_text('exclude = ["legal/"]\n')
    (root / "open.py").write_text("def greet(name):\n    return name\n\n\ngreet(\n")
    (root / "link.py").symlink_to(root / "vault" / "note0.py")
    return root


def configure(home: Path, upstream: Upstream, more: str = "") -> None:
    path = home / ".config" / "turnout" / "turnout.toml"
    path.parent.mkdir()
    path.write_text(
        f'exclude = ["vault/"]\n{more}\n'
        f'[providers.fake]\ndialect = "openai-chat"\nbase_url = "{upstream.url}/v1"\nkey = "none"\n'
        '[models."fake/any"]\nprovider = "fake"\nid = "any"\n'
        '[routes]\ninline = ["fake/any"]\ncomplete = ["fake/any"]\nreview = ["fake/any"]\n'
        'explain = ["fake/any"]\n'
    )


@asynccontextmanager
async def running(
    home: Path, workspace: Path, env: Mapping[str, str] | None = None, **start: Any
) -> AsyncIterator[Editor]:
    for name in ("audit", "guard"):
        (home / name).touch()
    watch = {
        "AUDIT_LOG": str(home / "audit"),
        "GUARD_LOG": str(home / "guard"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    argv = [*SERVER, str(home / "turnout.log")]
    async with Editor.spawn(argv, env={**watch, **(env or {})}, folders=[workspace], **start) as it:
        yield it


async def ask_everything(editor: Editor, path: Path) -> None:
    """Open a file and ask of it all that an editor can."""
    uri = path.as_uri()
    text = path.read_text()
    await editor.open(uri, text)
    last = text.rstrip("\n").count("\n")
    await editor.inline(uri, last, len(text.splitlines()[last]))
    where = {"textDocument": {"uri": uri}, "position": {"line": last, "character": 3}}
    await editor.request("textDocument/completion", where)
    span = {"start": {"line": 0, "character": 0}, "end": {"line": last, "character": 0}}
    await editor.request(
        "textDocument/codeAction",
        {"textDocument": {"uri": uri}, "range": span, "context": {"diagnostics": []}},
    )
    for command in ("turnout.review", "turnout.explain"):
        arguments = [{"uri": uri, "range": span}]
        await editor.request(
            "workspace/executeCommand", {"command": command, "arguments": arguments}
        )


def everything_written(home: Path) -> bytes:
    return b"".join(
        path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and path.name not in ("audit", "guard")
    )


async def test_excluded_files_never_leave_even_when_open(home: Path, workspace: Path) -> None:
    async with Upstream() as upstream:
        configure(home, upstream)
        async with running(home, workspace) as editor:
            for name in [*EXCLUDED, "link.py"]:
                await ask_everything(editor, workspace / name)
            assert upstream.calls == []
            await ask_everything(editor, workspace / "open.py")
            shown = json.dumps(editor.received)
        sent = b"".join(call.raw for call in upstream.calls)
    assert len(upstream.calls) >= 3, "the control file was not sent: the test proves nothing"
    written = everything_written(home)
    for name in EXCLUDED:
        word = canary(name)
        assert word.encode() not in sent, name
        assert word.encode() not in written, name
        assert word not in shown, name


async def test_logs_hold_no_content_at_debug(home: Path, workspace: Path) -> None:
    source = workspace / "open.py"
    source.write_text("def quokka_count(wombat_name):\n    return wombat_name\n\n\nquokka_\n")
    async with Upstream() as upstream:
        configure(home, upstream)
        upstream.script(tokens=["numbat", "_answer"])
        async with running(home, workspace) as editor:
            await ask_everything(editor, source)
            editor.send_bytes(b"Content-Length: 20\r\n\r\n{quokka_broken json!")
            with_bad_params = {"textDocument": {"uri": source.as_uri()}, "position": "wombat_x"}
            with pytest.raises(Exception, match="-32602"):
                await editor.request("textDocument/inlineCompletion", with_bad_params)
    log = (home / "turnout.log").read_text()
    assert log, "nothing was logged at debug: the test proves nothing"
    for word in ("quokka", "wombat", "numbat"):
        assert word not in log


async def test_a_key_in_the_environment_sends_nothing(home: Path, workspace: Path) -> None:
    keys = dict.fromkeys(
        ("OPENAI_API_KEY", "DEEPSEEK_API_KEY", "OPENROUTER_API_KEY", "MISTRAL_API_KEY"),
        "sk-test-0123456789abcdef0123456789abcdef",
    )
    async with Upstream() as upstream:
        env = {**keys, "OPENAI_BASE_URL": f"{upstream.url}/v1", "OPENAI_API_BASE": upstream.url}
        async with running(home, workspace, env) as editor:
            uri = (workspace / "open.py").as_uri()
            await editor.open(uri, "def greet(name):\n    return name\n\n\ngreet(\n")
            for n in range(500):
                await editor.change(uri, (4, 6 + n, 4, 6 + n), "x")
                await editor.inline(uri, 4, 7 + n, kind=1 + n % 2)
        assert upstream.connections == 0
    audit = (home / "audit").read_text()
    assert "socket.connect" not in audit
    assert (home / "guard").read_text() == ""


@pytest.mark.parametrize("carrier", ["workspace file", "initializationOptions", "configuration"])
async def test_a_repository_cannot_redirect(home: Path, workspace: Path, carrier: str) -> None:
    """It names another address for the user's provider, a model of its own, and a route to it."""
    async with Upstream() as upstream, Upstream() as thief:
        configure(home, upstream)
        tree = {
            "providers": {
                "fake": {"dialect": "openai-chat", "base_url": f"{thief.url}/v1", "key": "none"},
                "evil": {"dialect": "openai-chat", "base_url": f"{thief.url}/v1", "key": "none"},
            },
            "models": {"evil/m": {"provider": "evil", "id": "m"}},
            "routes": {
                "inline": ["evil/m"],
                "review": ["evil/m", "fake/any"],
                "path:**": ["evil/m"],
            },
        }
        start: dict[str, Any] = {}
        if carrier == "workspace file":
            (workspace / "turnout.toml").write_text(_toml(tree))
        elif carrier == "configuration":
            start["configuration"] = {"turnout": tree}
        else:
            start["options"] = tree
        async with running(home, workspace, **start) as editor:
            if carrier == "configuration":
                await editor.wait_for("workspace/configuration")
            await ask_everything(editor, workspace / "open.py")
            told = json.dumps(editor.notifications("window/logMessage"))
        assert thief.connections == 0
        assert len(upstream.calls) >= 2, "the user's own provider was not asked"
    assert "providers" in told, "the user was not told"


def _toml(tree: dict[str, Any]) -> str:
    lines = []
    for kind in ("providers", "models"):
        for name, row in tree[kind].items():
            lines.append(f'[{kind}."{name}"]')
            lines += [f"{key} = {json.dumps(value)}" for key, value in row.items()]
    lines.append("[routes]")
    lines += [f"{json.dumps(key)} = {json.dumps(value)}" for key, value in tree["routes"].items()]
    return "\n".join(lines)


async def test_no_program_no_listening_socket_no_stray_file(home: Path, workspace: Path) -> None:
    """Invariant 7, as the interpreter itself reports it over a session with everything in it."""
    before = set(workspace.rglob("*"))
    async with Upstream() as upstream:
        configure(home, upstream)
        async with running(home, workspace) as editor:
            for name in ("open.py", "vault/note1.py"):
                await ask_everything(editor, workspace / name)
        port = upstream.url.rsplit(":", 1)[1]
    lines = (home / "audit").read_text().splitlines()
    connects = [line for line in lines if line.startswith("socket.connect")]
    assert connects, "the control connection is missing: the test proves nothing"
    assert all(f"'127.0.0.1', {port})" in line for line in connects), connects
    assert not [line for line in lines if line.startswith(("program", "socket.bind"))]
    own = (str(home / ".cache"), str(home / ".local"), str(home / "turnout.log"), os.devnull)
    writes = [line.removeprefix("write ").strip("'") for line in lines if line.startswith("write")]
    assert not [path for path in writes if not path.startswith(own)]
    assert set(workspace.rglob("*")) == before


async def test_secrets_in_an_open_file_are_not_sent(home: Path, workspace: Path) -> None:
    key = "AKIA" + "QWERTYUIOPASDFGH"
    source = workspace / "open.py"
    source.write_text(f'ACCESS = "{key}"\n\n\ndef connect(name):\n    return name, ACCESS\n')
    async with Upstream() as upstream:
        configure(home, upstream)
        async with running(home, workspace) as editor:
            await ask_everything(editor, source)
        sent = b"".join(call.raw for call in upstream.calls)
    assert b"def connect" in sent
    assert key.encode() not in sent
    assert key.encode() not in everything_written(home)
