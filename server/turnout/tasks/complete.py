"""Complete: ask what goes in at the cursor, for the editor's menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnout.tasks.inline import InlineTask

if TYPE_CHECKING:
    from turnout.vocabulary import Task


class CompleteTask(InlineTask):
    """The task: the same question as inline, so that one answer serves both."""

    name: Task = "complete"
    title = "Complete"
