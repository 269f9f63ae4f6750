"""Holds the import directions of ARCHITECTURE.md and invariants 7 and 10 on the source itself."""

from __future__ import annotations

import ast
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(
    path
    for package in ("server/turnout", "clients/turnout_clients")
    for path in (ROOT / package).rglob("*.py")
)

# A room may import the rooms to its right, and any leaf.
LEAVES = {"vocabulary", "document", "terminal", "settings", "recall", "context", "edits"}
MAY_IMPORT = {
    "lsp": {
        "app", "doctor", "onboarding", "tasks", "inline", "engine", "routing", "session", "ledger",
    },
    "onboarding": {"engine", "ledger"},
    "setup": set(),
    "tasks": {"inline", "engine", "routing", "session"},
    "inline": {"engine", "routing"},
    "engine": {"tasks", "routing", "session", "ledger"},  # of `tasks` only `tasks.task`, the base
    "routing": set(),
    "session": set(),
    "ledger": set(),
    "local": set(),
    "settings": set(),
    "context": set(),
    "recall": set(),
    "edits": set(),
    "document": set(),
    "vocabulary": set(),
    "terminal": set(),
}  # fmt: skip
# Composition roots may import anything.
ROOTS = {
    "ahead", "app", "arguments", "cli", "gathering", "__main__", "doctor", "headless",
    "models_command", "route_command", "__init__",
}  # fmt: skip

# library -> the only places that may import it
LIBRARY_HOMES = {
    "pygls": ("turnout/lsp/", "turnout/app.py"),
    "lsprotocol": ("turnout/lsp/", "turnout/app.py"),
    "httpx2": ("turnout_clients/",),
    "httpcore2": ("turnout_clients/",),
    "keyring": ("turnout/settings/keys.py",),
    "numpy": ("turnout/recall/",),
    "tree_sitter": ("turnout/context/",),
    "diskcache": ("turnout/session/",),
    "unidiff": ("turnout/edits/",),
    "xllamacpp": ("turnout/local/",),
}

# Invariant 7: no listening socket, no shell, no pickle, no evaluated text.
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill", "socketserver", "http.server"}
# Who starts programs: git, everywhere; and an editor's own installer by `turnout setup`, which the
# server cannot import.
PROGRAMS = {"turnout/context/git.py", "turnout/setup/command.py"}
FORBIDDEN_CALLS = {
    "eval", "exec", "os.system", "os.popen", "os.execv", "os.execvp", "os.spawnv",
    "asyncio.create_subprocess_shell", "asyncio.create_subprocess_exec",
    "asyncio.start_server", "asyncio.start_unix_server",
    "socket.create_server", "loop.create_server", "server.start_tcp", "server.start_ws",
}  # fmt: skip


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix().split("/", 1)[1]


@pytest.mark.parametrize("path", SOURCES, ids=_short)
def test_imports_run_one_way(path: Path) -> None:
    parts = path.relative_to(ROOT).parts[1:]
    imported = set(_imports(_tree(path)))
    if parts[0] == "turnout_clients":
        assert not {name for name in imported if name.split(".")[0] == "turnout"}
        return
    room = parts[1].removesuffix(".py")
    if room in ROOTS:
        return
    rooms = {
        name.split(".")[1]
        for name in imported
        if name.startswith("turnout.") and name != "turnout.__version__"
    }
    allowed = MAY_IMPORT[room] | LEAVES | {room, "__version__"}
    assert rooms <= allowed, f"{_short(path)} imports {sorted(rooms - allowed)}"
    if room == "engine":
        specs = {n for n in imported if n.startswith("turnout.tasks")}
        assert specs <= {"turnout.tasks", "turnout.tasks.task"} | {
            n for n in specs if n.startswith("turnout.tasks.task.")
        }


@pytest.mark.parametrize("path", SOURCES, ids=_short)
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    for name in _imports(_tree(path)):
        homes = LIBRARY_HOMES.get(name.split(".")[0])
        assert homes is None or _short(path).startswith(homes), f"{_short(path)} imports {name}"


@pytest.mark.parametrize("path", SOURCES, ids=_short)
def test_no_shell_no_pickle_no_listening_socket(path: Path) -> None:
    tree = _tree(path)
    modules = {name for name in _imports(tree) if name in FORBIDDEN_MODULES}
    assert not modules
    programs = {name for name in _imports(tree) if name.split(".")[0] == "subprocess"}
    assert not programs or _short(path) in PROGRAMS, "git is the only program"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in FORBIDDEN_CALLS
            assert not any(k.arg == "shell" for k in node.keywords)
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"listen", "start_server", "create_server", "start_tcp"}


_IMPORT_EVERYTHING = """
import sys
modules = sys.argv[1:]
import importlib, threading, asyncio, logging
events = []
def hook(event, args):
    if event in ("socket.connect", "socket.bind", "subprocess.Popen", "os.system", "os.mkdir"):
        events.append(f"{event} {args!r}")
    if event == "open" and isinstance(args[1], str) and any(c in args[1] for c in "wax+"):
        events.append(f"open {args[:2]!r}")
sys.dont_write_bytecode = True
sys.addaudithook(hook)
before = threading.active_count()
handlers = list(logging.getLogger().handlers)
for module in modules:
    importlib.import_module(module)
    assert threading.active_count() == before, f"{module} starts a thread"
    assert logging.getLogger().handlers == handlers, f"{module} sets up logging"
assert not events, events
"""


def test_importing_does_nothing(home: Path) -> None:
    """Invariant 10: no file written, no thread, socket, program or output from any import."""
    modules = [
        info.name
        for root in ("turnout", "turnout_clients")
        for info in pkgutil.walk_packages([str(ROOT / _home(root) / root)], f"{root}.")
        if not info.name.endswith("__main__")
    ]
    assert len(modules) > 20
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _IMPORT_EVERYTHING, *modules],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not [path for path in home.rglob("*") if path.is_file()]


def _home(package: str) -> str:
    return {"turnout": "server", "turnout_clients": "clients"}[package]


def test_the_way_to_the_first_reply_is_light() -> None:
    """What is imported before `initialize` is answered is the standard library and little of it."""
    code = (
        "import sys; import turnout.cli, turnout.lsp.early, turnout.lsp.pump;"
        "heavy = {'lsprotocol', 'pygls', 'attrs', 'cattrs', 'numpy', 'httpx2', 'asyncio',"
        " 'keyring', 'argparse'} & set(sys.modules); print(sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
