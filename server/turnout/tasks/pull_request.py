"""Pull request: title and text for those who review a branch, from its diff."""

from __future__ import annotations

from typing import Final

from turnout.engine.ask import Ask
from turnout.tasks.commit_message import LONGEST_SUBJECT, CommitMessageTask
from turnout.tasks.message import Shape
from turnout.tasks.prompts import Wording
from turnout.vocabulary import Task
from turnout_clients.types import Model

_INSTRUCTIONS: Final = f"""\
Write title and text of a pull request for the change in the diff.

- First line: the title, what the change does, at most {LONGEST_SUBJECT} characters, no full stop,
  in the style of the subjects of recent commits, where they are given.
- Then an empty line and the text in Markdown: why the change is made and what it changes for users
  or callers; how it is done, where that is not plain from the diff; what a reviewer should look at
  first, and what could go wrong. Lists rather than long paragraphs, at most 300 words. Where a
  template is given, fill that in instead.
- Say nothing that the diff does not show: no issue numbers, no figures, no tests that were not
  written.

Answer with title and text alone: no code block around them, nothing before or after them."""


class PullRequestTask(CommitMessageTask):
    """The task."""

    name: Task = "pull_request"
    title = "Pull request"
    answer_tokens = 4_096
    shape = Shape(markdown=True)

    def wording(self, ask: Ask, model: Model) -> Wording:  # noqa: ARG002
        """Ask for title and text."""
        return self.worded(_INSTRUCTIONS, "Write title and text of the pull request.")
