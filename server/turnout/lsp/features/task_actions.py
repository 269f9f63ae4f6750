"""Every task that an editor can ask for: its command, its kind, its title, what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from turnout.vocabulary import Task

About = Literal["code", "place", "anything", "changes"]
"""Whole lines or a file; a cursor too; nothing that is open; what git knows."""

Shows = Literal["findings", "edits", "words"]
"""How its answer is shown."""


@dataclass(frozen=True, slots=True)
class TaskAction:
    """One task as editors see it."""

    task: Task
    command: str
    kind: str  # of the code action
    title: str
    about: About
    shows: Shows
    wants_words: bool = False  # it is nothing without the user's own words


_REWRITE: Final = "refactor.rewrite.turnout"

# Kinds of our own: below `source` editors leave them out of the menu at the cursor, and below
# `refactor` and `quickfix` they would stand between those of the language's own server.
ACTIONS: Final[dict[Task, TaskAction]] = {
    action.task: action
    for action in (
        TaskAction("review", "turnout.review", "turnout.review", "Review", "code", "findings"),
        TaskAction("refactor", "turnout.refactor", _REWRITE, "Refactor", "code", "edits"),
        TaskAction("fix", "turnout.fix", "quickfix", "Fix", "code", "edits"),
        TaskAction("tests", "turnout.tests", "turnout.tests", "Write tests for", "code", "edits"),
        TaskAction("docs", "turnout.docs", "turnout.docs", "Document", "code", "edits"),
        TaskAction("explain", "turnout.explain", "turnout.explain", "Explain", "code", "words"),
        TaskAction(
            "boilerplate", "turnout.boilerplate", "turnout.boilerplate", "Write", "place", "edits",
            True,
        ),
        TaskAction("ask", "turnout.ask", "turnout.ask", "Ask about", "anything", "words", True),
        TaskAction("debug", "turnout.debug", "turnout.debug", "Debug", "anything", "words"),
        TaskAction(
            "design", "turnout.design", "turnout.design", "Think about", "anything", "words", True
        ),
        TaskAction(
            "dependency", "turnout.dependency", "turnout.dependency", "Update a dependency in",
            "code", "edits",
        ),
        TaskAction(
            "commit_message", "turnout.commitMessage", "turnout.commitMessage",
            "Write a commit message for", "changes", "words",
        ),
        TaskAction(
            "pull_request", "turnout.pullRequest", "turnout.pullRequest",
            "Write a pull request for", "changes", "words",
        ),
        TaskAction(
            "suggest", "turnout.suggest", "turnout.suggest", "Suggest a command for", "anything",
            "words", True,
        ),
    )
}  # fmt: skip
