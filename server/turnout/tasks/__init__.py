"""One file a task: what it asks of a model, and how the answer is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from turnout.tasks.complete import CompleteTask
from turnout.tasks.explain import ExplainTask
from turnout.tasks.inline import InlineTask
from turnout.tasks.review import ReviewTask
from turnout.tasks.task import TaskSpec
from turnout.vocabulary import Task

TASKS: Final[Mapping[Task, TaskSpec]] = {
    spec.name: spec for spec in (InlineTask(), CompleteTask(), ReviewTask(), ExplainTask())
}
