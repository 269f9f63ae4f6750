"""A desk for tests with Neovim: a small project, settings, a provider, the editor on it.

The fixtures come to every end-to-end test by way of its ``conftest.py``.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from support.acting import block
from support.neovim import Neovim, binary
from support.repository import git
from support.upstream import Upstream

PARSER = '''\
def read_header(line: str) -> tuple[str, str]:
    """Split a header line."""
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def read_cookie(line: str) -> tuple[str, str]:
    """Split a cookie."""
    name, _, value = line.partition("=")
    return name.strip().lower(), value.strip()


def read_pair(line: str) -> tuple[str, str]:
    """Split a pair."""
    name, _, value = line.partition("/")

'''

SETTINGS = """\
[providers.fake]
dialect = "openai-completions"
base_url = "{url}/v1"
key = "none"

[providers.chat]
dialect = "openai-chat"
base_url = "{url}/v1"
key = "none"

[models."fake/fast"]
provider = "fake"
id = "fake-small"
fim = "qwen"

[models."chat/big"]
provider = "chat"
id = "fake-large"

[routes]
default = ["chat/big"]
inline = ["fake/fast"]
"""

# One small file is little to go by, and recall says so.
BOLD = """\
[inline]
min_confidence = 0.2
"""

BAD = '    name, _, value = line.partition("/")\n'
GOOD = '    name, _, value = line.partition(",")\n'

Editing = Callable[..., AbstractContextManager[Neovim]]

both = pytest.mark.parametrize("version", ["0.11", "0.12"])


def finding(**more: Any) -> str:
    """A review's answer with one finding, about the line that is BAD."""
    value = {
        "severity": "error",
        "category": "bug",
        "quote": 'line.partition("/")',
        "explanation": "The pair is split at the wrong character.",
    }
    return f"{json.dumps(value | more)}\n{json.dumps({'done': True})}\n"


def edit(search: str = BAD, replace: str = GOOD, path: str = "parser.py") -> str:
    """An edit, as a model without tools writes it."""
    return f"Splits at the comma.\n\n{block(path, search, replace)}"


@pytest.fixture
def provider() -> Iterator[Upstream]:
    """The fake upstream on a thread of its own: pynvim needs this one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = Upstream()
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(60)
    yield server
    asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with the parser in it."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "parser.py").write_text(PARSER)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "Begin")
    return root


@pytest.fixture
def editing(tmp_path: Path, project: Path) -> Editing:
    """Open a file in a Neovim of some version, with or without settings."""
    count = iter(range(100))

    @contextmanager
    def edit(
        version: str,
        settings: str | None = "",
        *,
        file: str = "parser.py",
        wait: bool = True,
        **more: Any,
    ) -> Iterator[Neovim]:
        config = tmp_path / "settings" / "turnout.toml"
        config.parent.mkdir(exist_ok=True)
        if settings is not None:
            config.write_text(settings)
        environ = {"TURNOUT_CONFIG": str(config), **more.pop("environ", {})}
        state = tmp_path / f"state-{next(count)}"
        place = project / file
        with Neovim(binary(version), place, state=state, environ=environ, **more) as editor:
            if wait:
                editor.attached()
            yield editor

    return edit


def type_at_end(editor: Neovim, text: str) -> str:
    """Type below the last line; return the ghost text that comes after the last key."""
    editor.type("GA")
    editor.write(text)
    return editor.again(f"<BS>{text[-1]}", "ghost text", lambda: editor.ghost) or ""


def recalled_at_end(editor: Neovim, text: str) -> str:
    """Do the same, once recall, which the server loads late, knows the text."""
    editor.type("GA")
    editor.write(text)
    editor.until("suggestion", lambda: editor.ask()[1])
    return editor.again(keys := f"<BS>{text[-1]}", "ghost text", lambda: editor.ghost, keys) or ""


def server_of(editor: Neovim) -> psutil.Process:
    """Return the server's process, among what Neovim has started."""
    return editor.until("process of the server", lambda: next(iter(_servers(editor)), None))


def _servers(editor: Neovim) -> list[psutil.Process]:
    found = []
    for process in psutil.Process(editor.lua("return vim.fn.getpid()")).children():
        with suppress(psutil.Error):  # it has ended meanwhile
            is_server = any(Path(word).name == "turnout" for word in process.cmdline()[:2])
            found += [process] if is_server else []
    return found


def said(editor: Neovim, text: str) -> str:
    """Wait until the plugin says this; return all it said. Nothing waits for a key."""
    editor.until(f"word of {text!r}", lambda: text in editor.said)
    assert editor.mode in ("n", "i"), editor.screen()
    return editor.said


def asked(editor: Neovim, question: str) -> None:
    """Wait until the user is asked this."""
    editor.until(f"question {question!r}", lambda: question in str(editor.glance()))
