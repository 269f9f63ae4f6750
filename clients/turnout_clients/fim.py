"""Fill in the middle for models that are asked in plain text: one template a family.

The family is named in settings, never guessed from the model's name. ``native`` means that the
server takes the suffix as a field of its own and knows the markers itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from turnout_clients.types import Endpoint, Fill, Model

NATIVE: Final = "native"

_CHAT_ONLY: Final = ("anthropic-messages", "gemini", "openai-responses")


@dataclass(frozen=True, slots=True)
class Family:
    """How a family of models is asked.

    ``heading`` stands above each file where the family was trained on several; ``repository``
    opens such a prompt. With ``files_inside`` the other files are the start of the prefix part.
    Without ``sees_suffix`` the model was never taught to fill in: it just continues the text.
    """

    prefix: str
    suffix: str
    middle: str = ""
    stop: tuple[str, ...] = ()
    suffix_first: bool = False
    heading: str = ""
    repository: str = ""
    files_inside: bool = False
    sees_suffix: bool = True

    @property
    def markers(self) -> tuple[str, ...]:
        """The special tokens, which must never reach the user's text."""
        parts = (self.prefix, self.suffix, self.middle, *self.stop)
        return tuple(part.strip() for part in parts if part)


FAMILIES: Final[dict[str, Family]] = {
    "codegemma": Family(
        "<|fim_prefix|>",
        "<|fim_suffix|>",
        "<|fim_middle|>",
        ("<|file_separator|>", "<end_of_turn>"),
    ),
    "codellama": Family("<PRE> ", " <SUF>", " <MID>", ("<EOT>",)),
    "codestral": Family(
        "[PREFIX]",
        "[SUFFIX]",
        stop=("[PREFIX]", "[SUFFIX]"),
        suffix_first=True,
        heading="+++++ {path}\n",
        files_inside=True,
    ),
    "continue": Family("", "", stop=("<|endoftext|>",), sees_suffix=False),
    "deepseek": Family(
        "<｜fim▁begin｜>",
        "<｜fim▁hole｜>",
        "<｜fim▁end｜>",
        ("<｜end▁of▁sentence｜>",),
        heading="#{path}\n",
        files_inside=True,
    ),
    "glm": Family(
        "<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>", ("<|endoftext|>", "<|user|>")
    ),
    "granite": Family(
        "<fim_prefix>", "<fim_suffix>", "<fim_middle>", ("<|endoftext|>", "<|end_of_text|>")
    ),
    "mellum": Family(
        "<fim_prefix>",
        "<fim_suffix>",
        "<fim_middle>",
        ("<|endoftext|>", "<filename>", "<reponame>"),
        suffix_first=True,
        heading="<filename>{path}\n",
    ),
    "qwen": Family(
        "<|fim_prefix|>",
        "<|fim_suffix|>",
        "<|fim_middle|>",
        ("<|endoftext|>", "<|file_sep|>", "<|repo_name|>", "<|fim_pad|>"),
        heading="<|file_sep|>{path}\n",
        repository="<|repo_name|>project\n",
    ),
    "seedcoder": Family(
        "<[fim-prefix]>",
        "<[fim-suffix]>",
        "<[fim-middle]>",
        ("<[end▁of▁sentence]>",),
        suffix_first=True,
    ),
    "stablecode": Family("<fim_prefix>", "<fim_suffix>", "<fim_middle>", ("<|endoftext|>",)),
    "starcoder": Family(
        "<fim_prefix>",
        "<fim_suffix>",
        "<fim_middle>",
        ("<|endoftext|>", "<file_sep>", "<repo_name>"),
        heading="<file_sep>{path}\n",
        repository="<repo_name>project\n",
    ),
}
"""By the name they have in settings."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A fill as the server takes it. ``suffix`` is None where the prompt holds it."""

    prompt: str
    suffix: str | None
    stop: tuple[str, ...]


def can_fill(endpoint: Endpoint, model: Model) -> bool:
    """Whether a `Fill` is answered with the bare text; if not, it is put as a question in chat.

    In a chat's answer the text may stand in a Markdown fence, which the reader has to take off.
    """
    if endpoint.dialect in _CHAT_ONLY:
        return False
    return model.fim is not None or endpoint.dialect == "llamacpp"


def sees_suffix(model: Model) -> bool:
    """Whether what stands behind the hole is of use to the model."""
    return model.fim not in FAMILIES or FAMILIES[model.fim].sees_suffix


def takes_snippets(name: str) -> bool:
    """Whether this family has a form for several files; elsewhere snippets are left out."""
    return name in FAMILIES and FAMILIES[name].heading != ""


def render(fill: Fill, name: str) -> Rendered:
    """Put the fill into the form of a family, or of ``native``."""
    if name == NATIVE:
        return Rendered(fill.prefix, fill.suffix, ())
    family = FAMILIES[name]
    files = _files(fill, family)
    outside, inside = ("", files) if family.files_inside else (files, "")
    before = family.prefix + inside + fill.prefix
    after = family.suffix + fill.suffix if family.sees_suffix else ""
    both = after + before if family.suffix_first else before + after
    return Rendered(outside + both + family.middle, None, family.stop)


def _files(fill: Fill, family: Family) -> str:
    if not (fill.snippets and family.heading):
        return ""
    blocks = [
        family.heading.format(path=one.path) + one.text.rstrip("\n") + "\n" for one in fill.snippets
    ]
    current = family.heading.format(path=fill.path or "untitled")
    return "".join((family.repository, *blocks, current))


class Cleaner:
    """Keeps leaked markers out of a streamed answer.

    The marker that opens the middle, echoed at the start, is dropped; any other ends the answer.
    Text that may be the start of a marker is held back until it is known not to be one.
    """

    def __init__(self, name: str) -> None:
        self._middle = FAMILIES[name].middle.strip() if name in FAMILIES else ""
        self._markers = FAMILIES[name].markers if name in FAMILIES else ()
        self._held = ""
        self._begun = False
        self.ended = False

    def feed(self, text: str) -> str:
        """Take streamed text, give what is sure to belong to the answer."""
        if self.ended:
            return ""
        held = self._held + text
        while self._markers and (found := _pattern(self._markers).search(held)):
            clean = held[: found.start()]
            if self._begun or clean.strip() or found[0] != self._middle:
                self.ended = True
                self._held = ""
                return clean
            held = held[found.end() :]
        safe = len(held) - _pending(held, self._markers)
        self._held = held[safe:]
        self._begun = self._begun or held[:safe].strip() != ""
        return held[:safe]

    def rest(self) -> str:
        """What was held back, once the answer is at its end."""
        held, self._held = self._held, ""
        return held


@cache
def _pattern(markers: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(markers, key=len, reverse=True))))


def _pending(text: str, markers: tuple[str, ...]) -> int:
    """How many characters at the end of the text may begin a marker."""
    longest = max(map(len, markers), default=1) - 1
    for length in range(min(longest, len(text)), 0, -1):
        tail = text[-length:]
        if any(marker.startswith(tail) for marker in markers):
            return length
    return 0
