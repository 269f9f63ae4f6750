"""Plays one cell: a workspace on disk, the fake editor, and two fake models."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lsp.matrix.cases import File, Program, Scenario
from lsp.matrix.ways import NEWS, Cell, Route
from support.editor import CAPABILITIES, Editor
from support.holding import held
from support.repository import git
from support.text import Text
from support.upstream import Upstream

COMMANDS: Final = {"commit_message": "turnout.commitMessage"}
MODELS: Final = {"p0/cheap": "fake-small", "p1/dear": "fake-large"}
"""The user's names of the two models, and the ids they have at the fake upstream."""
ROUTES: Final[dict[Route, str]] = {
    "alone": 'default = ["p0/cheap"]',
    "two": 'default = ["p0/cheap", "p1/dear"]',
    "escalate": 'default = { try = ["p0/cheap"], escalate = "p1/dear" }',
}
_WHOLE: Final = frozenset({"dependency", "commit_message", "suggest"})
"""Tasks that are about more than one place."""


@dataclass
class Stage:
    """One workspace with its editor and its models."""

    program: Program
    folder: Path
    editor: Editor
    models: tuple[Upstream, Upstream]

    def uri(self, file: File) -> str:
        """Where a file is."""
        return (self.folder / file.path).as_uri()

    def text(self, file: File) -> str:
        """What a file holds: what the user has before them, else what is on disk."""
        uri = self.uri(file)
        return self.editor.text(uri) if uri in self.editor.texts else self.disk(file)

    def disk(self, file: File) -> str:
        """What a file holds on disk."""
        return (self.folder / file.path).read_bytes().decode()

    def everything(self) -> dict[str, str]:
        """Every file of the workspace, but for git's."""
        paths = [path for path in self.folder.rglob("*") if path.is_file()]
        names = [path.relative_to(self.folder).as_posix() for path in paths]
        known = {name: (self.folder / name).read_bytes().decode("utf-8", "replace")
                 for name in names if not name.startswith(".git/")}  # fmt: skip
        return known | {file.path: self.text(file) for file in self.program.files}

    async def play(self, scenario: Scenario, cell: Cell) -> Any:
        """Run the task's command; return its result."""
        for model, scripts in zip(self.models, (cell.first, cell.second), strict=True):
            for script in scripts:
                model.script(times=1, **script)
            model.script(text="This call was one too many.")
        first = self.models[0]
        may_answer = held(first) if cell.meanwhile else None
        _, future = self.begin(scenario)
        if may_answer:
            await first.until(lambda: bool(first.calls) or future.done())
            await self._meanwhile(scenario, cell)
            await self.editor.heard()
            may_answer.set()
        return await asyncio.wait_for(future, 60)

    def begin(self, scenario: Scenario, **more: Any) -> tuple[int, asyncio.Future[Any]]:
        """Send the command of a task."""
        command = COMMANDS.get(scenario.task, f"turnout.{scenario.task}")
        arguments = {**arguments_of(self.program, scenario), **more}
        arguments = {"uri": self.uri(self.program.file), **arguments}
        return self.editor.begin(
            "workspace/executeCommand", {"command": command, "arguments": [arguments]}
        )

    async def _meanwhile(self, scenario: Scenario, cell: Cell) -> None:
        file = self.program.suite if scenario.task == "tests" else self.program.file
        if cell.meanwhile == "moved":
            await self.editor.change(self.uri(file), (0, 0, 0, 0), f"{leader(file)} {NEWS}\n\n")
        else:
            await self.editor.replace(self.uri(file), f"{leader(file)} {NEWS}\n")


def leader(file: File) -> str:
    """What begins a comment in the language of a file."""
    return "#" if file.language in ("python", "ruby") else "//"


def place(text: str, start: int, end: int) -> dict[str, Any]:
    """A range of a text, as the protocol has it."""
    document = Text(text, "utf-16")
    return {"start": document.position(start), "end": document.position(end)}


def arguments_of(program: Program, scenario: Scenario) -> dict[str, Any]:
    """What is said to the command of a task."""
    text, task = program.file.text, scenario.task
    arguments: dict[str, Any] = {}
    if task == "boilerplate":
        at = text.index(scenario.get("at"))
        arguments["range"] = place(text, at, at)
    elif task not in _WHOLE:
        arguments["range"] = place(text, program.start, program.end)
    if instruction := scenario.get("instruction"):
        arguments["instruction"] = instruction
    if task == "fix":
        at = text.index(scenario.get("at"))
        where = place(text, at, at + len(scenario.get("at")))
        said = {"range": where, "message": scenario.get("message"), "severity": 1, "source": "lint"}
        arguments["diagnostics"] = [said]
    for kind in ("trace", "changelog"):
        if text := scenario.get(kind):
            given = {"kind": kind, "title": f"The {kind}", "text": text}
            arguments["materials"] = [given]
    return arguments


def capabilities(*, annotates: bool, documents: bool) -> dict[str, Any]:
    """An editor that shows changes to be confirmed by itself, a document, or has to be asked."""
    declared = copy.deepcopy(CAPABILITIES)
    edit = declared["workspace"]["workspaceEdit"]
    edit["resourceOperations"] = ["create"]
    edit.pop("changeAnnotationSupport", None)
    if annotates:
        edit["changeAnnotationSupport"] = {"groupsOnLabel": False}
    if documents:
        declared["experimental"] = {"turnout": {"document": True}}
    return declared


@asynccontextmanager
async def staged(
    program: Program,
    folder: Path,
    route: Route = "alone",
    *,
    tools: bool = False,
    git: bool = False,
    annotates: bool = True,
    documents: bool = False,
    dialect: str = "openai-chat",
    base: str = "/v1",
) -> AsyncIterator[Stage]:
    """A workspace with the files of a program, open in an editor whose user has two models."""
    from turnout.app import App

    root = folder / "ws"
    for file in program.files:
        path = root / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8", newline="")
    if git:
        _commit(root, program)
    async with AsyncExitStack() as stack:
        models = [await stack.enter_async_context(Upstream()) for _ in MODELS]
        config = folder / "turnout.toml"
        config.write_text(
            settings([model.url for model in models], route, dialect, base, tools=tools)
        )
        declared = capabilities(annotates=annotates, documents=documents)
        editor = await stack.enter_async_context(
            Editor.in_process(App(config, {}), folders=[root], capabilities=declared)
        )
        editor.answers["window/showMessageRequest"] = {"result": {"title": "Apply"}}
        stage = Stage(program, root, editor, (models[0], models[1]))
        for file in (program.file, program.suite):
            await editor.open(stage.uri(file), stage.disk(file), file.language)
        yield stage


def settings(urls: list[str], route: Route, dialect: str, base: str, *, tools: bool) -> str:
    """The user's turnout.toml."""
    parts = []
    for (name, known_as), url in zip(MODELS.items(), urls, strict=True):
        owner = name.partition("/")[0]
        parts.append(
            f'[providers.{owner}]\ndialect = "{dialect}"\nbase_url = "{url}{base}"\nkey = "none"\n'
            f'[models."{name}"]\nprovider = "{owner}"\nid = "{known_as}"\n'
            f"tools = {str(tools).lower()}\n"
        )
    return "\n".join([*parts, f"[routes]\n{ROUTES[route]}\n"])


def _commit(root: Path, program: Program) -> None:
    """Make it a repository in which the fix has not been committed yet."""
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "Begin")
    ((old, new),) = program.scenarios["fix"].edits
    (root / program.file.path).write_text(program.file.text.replace(old, new), newline="")
