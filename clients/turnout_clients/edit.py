"""The next edit of a region, in the form of Inception's models; `Edit` is made here.

What changes least comes first, so that a prompt cache can hold it. The tags mean something to the
model: a region that holds one cannot be asked about, and elsewhere they are made harmless.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from turnout_clients.types import Edit, Endpoint, Message, Model, Snippet

TAGS: Final = (
    "recently_viewed_code_snippets",
    "recently_viewed_code_snippet",
    "current_file_content",
    "code_to_edit",
    "edit_diff_history",
)
CURSOR: Final = "<|cursor|>"
NOTHING: Final = "None"  # how the model says that it expects no edit

_TAG: Final = re.compile(rf"<\|(?=/?(?:{'|'.join(TAGS)}|cursor)\|>)")
_HEAD: Final = re.compile(r"[^\s'\"`]*$")
_TAIL: Final = re.compile(r"[^\s'\"`]*")
_LONG_WORD: Final = 12
_FENCED: Final = re.compile(r"\s*```[^\n`]*\n(.*?)\n?```\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Region:
    """Whole lines of a file around the cursor, with the file before and after them."""

    path: str
    above: str
    before: str  # from the start of the region to the cursor
    after: str  # from the cursor to the end of the region
    below: str

    @property
    def text(self) -> str:
        """The region as it is now."""
        return self.before + self.after


def can_edit(endpoint: Endpoint, model: Model) -> bool:
    """Whether an `Edit` may be asked of this model."""
    return endpoint.dialect == "inception" and model.edits


def ask(
    region: Region,
    max_tokens: int,
    *,
    snippets: tuple[Snippet, ...] = (),
    history: tuple[str, ...] = (),
) -> Edit | None:
    """Ask for the region after the next edit; None where its text holds a tag of the form.

    ``snippets`` are what the user looked at, ``history`` the last edits as unified diffs; both the
    oldest first.
    """
    if _TAG.search(region.text):
        return None
    viewed = "\n".join(_snippet(snippet) for snippet in snippets)
    edited = _lines(_marked(region))
    current = (
        f"current_file_path: {_plain(region.path)}\n{_lines(_plain(region.above))}"
        f"{_within('code_to_edit', edited)}{_lines(_plain(region.below))}"
    )
    content = "\n".join(
        (
            _within("recently_viewed_code_snippets", viewed or "\n"),
            _within("current_file_content", current),
            _within("edit_diff_history", _plain("\n".join(map(_lines, history))) or "\n"),
        )
    )
    return Edit((Message("user", content),), max_tokens)


def answer(text: str, region: Region) -> str | None:
    """The region after the edit; None where the model expects none."""
    fenced = _FENCED.fullmatch(text)
    found = (fenced[1] if fenced else text).replace(CURSOR, "")
    if found.strip() == NOTHING:
        return None
    found = found + "\n" if fenced and found else _lines(found)
    if not region.text.endswith("\n"):
        found = found.removesuffix("\n")
    return None if found == region.text else found


def _marked(region: Region) -> str:
    """The region with the mark of the cursor, which stands behind a long word and not within it.

    Whoever takes secrets out of what is sent would not know one with a mark inside.
    """
    head, tail = _HEAD.search(region.before), _TAIL.match(region.after)
    word = (head[0] if head else "", tail[0] if tail else "")
    at = len(region.before) + (len(word[1]) if len("".join(word)) >= _LONG_WORD else 0)
    return region.text[:at] + CURSOR + region.text[at:]


def _snippet(snippet: Snippet) -> str:
    content = f"code_snippet_file_path: {_plain(snippet.path)}\n{_lines(_plain(snippet.text))}"
    return _within("recently_viewed_code_snippet", content)


def _within(tag: str, content: str) -> str:
    return f"<|{tag}|>\n{content}<|/{tag}|>\n"


def _lines(text: str) -> str:
    """The text with its last line ended."""
    return text if not text or text.endswith("\n") else text + "\n"


def _plain(text: str) -> str:
    return _TAG.sub("< |", text)
