"""The contestants: where they come from, how they are started, what they may see.

Each gets a home of its own below the run's folder; nobody's own settings are read or written.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

BENCH: Final = Path(__file__).parent
REPOSITORY: Final = BENCH.parents[1]
CACHE: Final = REPOSITORY / ".cache" / "bench"

TABBY: Final = "tabby-agent@1.5.0"
TABBY_SHA512: Final = (
    "A502A5KUU8nO8T5J+Z6nq5hwXqG8/Yzh1dPcqwgm7W7Umm/f36OBUY5y22WQgySXOmTRyD0LKM59BdWXasxDEg=="
)

CAPABILITIES: Final[Mapping[str, Any]] = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "synchronization": {"didSave": True},
        "completion": {"completionItem": {"resolveSupport": {"properties": ["documentation"]}}},
        "inlineCompletion": {},
    },
    "workspace": {"configuration": False, "workspaceFolders": True},
}


class CannotRun(Exception):
    """A contestant cannot be started on this machine; the message says what is missing."""


@dataclass(frozen=True)
class Contestant:
    """A server in one configuration."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str]
    inline: bool = True  # speaks textDocument/inlineCompletion, else only textDocument/completion
    trigger: int = 1  # 1 the user asked, 2 the editor did
    calls: bool = True  # asks the upstream
    waits: bool = False  # debounces, so that there is less to ask of it in the same time


def environment(home: Path) -> dict[str, str]:
    """A home of its own and no keys or proxies of the user."""
    home.mkdir(parents=True, exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ}
    folders = {
        "HOME": home,
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_DATA_HOME": home / ".local" / "share",
        "XDG_STATE_HOME": home / ".local" / "state",
    }
    keyring = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    return {**kept, **keyring, **{name: str(path) for name, path in folders.items()}}


def turnout(name: str, home: Path, url: str, *, trigger: int) -> Contestant:
    """Turnout by its console script, with one model behind recall."""
    config = home / "turnout.toml"
    home.mkdir(parents=True, exist_ok=True)
    config.write_text(
        f"""[providers.bench]
dialect = "openai-completions"
base_url = "{url}/v1"
key = "none"
[models."bench/fast"]
provider = "bench"
id = "bench"
fim = "native"
context = 32768
[routes]
inline = ["recall", "bench/fast"]
complete = ["recall", "bench/fast"]
""",
        encoding="utf-8",
    )
    script = Path(sys.executable).with_name("turnout")
    if not script.exists():
        raise CannotRun("the console script `turnout` is not installed beside this Python")
    command = (str(script), "--stdio", "--config", str(config))
    return Contestant(name, command, environment(home), trigger=trigger, waits=trigger == 2)


def bare(home: Path) -> Contestant:
    """Stock pygls with a handler that returns a constant."""
    command = (sys.executable, str(BENCH / "bare_server.py"))
    return Contestant("bare pygls", command, environment(home), calls=False)


def tabby(name: str, home: Path, url: str, *, debounce: bool) -> Contestant:
    """tabby-agent from npm, with or without its debounce, telemetry off."""
    node = shutil.which("node")
    if node is None:
        raise CannotRun("tabby-agent needs node")
    config = home / ".tabby-client" / "agent" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(
        f"""[server]
endpoint = "{url}"
token = "bench"
[anonymousUsageTracking]
disable = true
"""
        + ("" if debounce else '[completion.debounce]\nmode = "fixed"\ninterval = 0\n'),
        encoding="utf-8",
    )
    command = (node, str(_tabby_agent()), "--lsp", "--stdio")
    env = environment(home)
    return Contestant(name, command, env, inline=False, waits=debounce)


def _tabby_agent() -> Path:
    """The published package, downloaded once and checked against its published digest."""
    cli = CACHE / "package" / "dist" / "cli.js"
    if cli.exists():
        return cli
    npm = shutil.which("npm")
    if npm is None:
        raise CannotRun("tabby-agent is fetched by npm, which is not installed")
    CACHE.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(
        [npm, "pack", TABBY, "--silent"], cwd=CACHE, capture_output=True, text=True, check=False
    )
    if packed.returncode:
        raise CannotRun(f"npm pack {TABBY} failed: {packed.stderr.strip()[-300:]}")
    archive = CACHE / packed.stdout.split()[-1]
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != TABBY_SHA512:
        raise CannotRun(f"{archive.name} is not the published {TABBY}")
    with tarfile.open(archive) as tar:
        tar.extractall(CACHE, filter="data")
    return cli
