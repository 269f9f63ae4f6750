"""A hole in a file, put as a question to a model that only chats.

What changes least comes first, so that a provider's prompt cache can hold it: the instruction,
the other files, then the file with its hole. The answer may still come in a Markdown fence or
repeat the start of the line; whoever reads it takes that off.
"""

from __future__ import annotations

from typing import Final

from turnout_clients.types import Chat, Fill, Message

INSTRUCTION: Final = (
    "You complete code inside an editor. The user shows a file in which {hole} marks the cursor. "
    "Answer with exactly the text that belongs in its place, so that the file reads correctly "
    "when {hole} is replaced by your answer. Keep the indentation and style of the file. "
    "Do not repeat what stands before or after {hole}. No explanation, no Markdown, no quotes."
)


def as_chat(fill: Fill) -> Chat:
    """Ask for the text of the hole."""
    hole = _marker(fill)
    files = [f"File {one.path}:\n{one.text}" for one in fill.snippets]
    before = fill.prefix.rpartition("\n")[2]
    shown = f"File {fill.path or 'untitled'}:\n{fill.prefix}{hole}{fill.suffix}"
    last = f"The line so far is {before!r}." if before.strip() else ""
    question = "\n\n".join(filter(None, (*files, shown, last)))
    return Chat(
        messages=(
            Message("system", INSTRUCTION.format(hole=hole)),
            Message("user", question),
        ),
        max_tokens=fill.max_tokens,
        stop=fill.stop,
        temperature=fill.temperature,
    )


def _marker(fill: Fill) -> str:
    """A mark that the text itself does not hold."""
    number = 0
    mark = "<HOLE>"
    while any(mark in text for text in (fill.prefix, fill.suffix)):
        number += 1
        mark = f"<HOLE-{number}>"
    return mark
