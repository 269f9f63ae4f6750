"""One file a task: what it asks of a model, and how the answer is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Final

from turnout.tasks.task import TaskSpec
from turnout.vocabulary import Task

_PLACES: Final[Mapping[Task, tuple[str, str]]] = {
    "inline": ("turnout.tasks.inline", "InlineTask"),
    "complete": ("turnout.tasks.complete", "CompleteTask"),
    "review": ("turnout.tasks.review", "ReviewTask"),
    "explain": ("turnout.tasks.explain", "ExplainTask"),
    "ask": ("turnout.tasks.ask", "AskTask"),
    "design": ("turnout.tasks.design", "DesignTask"),
    "debug": ("turnout.tasks.debug", "DebugTask"),
    "commit_message": ("turnout.tasks.commit_message", "CommitMessageTask"),
    "pull_request": ("turnout.tasks.pull_request", "PullRequestTask"),
    "suggest": ("turnout.tasks.suggest", "SuggestTask"),
    "refactor": ("turnout.tasks.refactor", "RefactorTask"),
    "fix": ("turnout.tasks.fix", "FixTask"),
    "tests": ("turnout.tasks.tests", "TestsTask"),
    "docs": ("turnout.tasks.docs", "DocsTask"),
    "boilerplate": ("turnout.tasks.boilerplate", "BoilerplateTask"),
    "dependency": ("turnout.tasks.dependency", "DependencyTask"),
}


class _Tasks(Mapping[Task, TaskSpec]):
    """The tasks there are. Each is loaded when it is first asked for."""

    def __getitem__(self, task: Task) -> TaskSpec:
        module, name = _PLACES[task]
        return _load(module, name)

    def __contains__(self, task: object) -> bool:
        return task in _PLACES

    def __iter__(self) -> Iterator[Task]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


@cache
def _load(module: str, name: str) -> TaskSpec:
    spec: TaskSpec = getattr(import_module(module), name)()
    return spec


TASKS: Final[Mapping[Task, TaskSpec]] = _Tasks()
