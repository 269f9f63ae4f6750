"""Every rule that stands between an answer and the text is needed: without it a case fails.

Rules of paths that only new files in open folders would meet are shown one by one in
`tests/security/test_edit_answers.py`: no task opens a folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from lsp.matrix import hostile, playing
from turnout.edits import anchor, apply, indentation, plain, scope, verify
from turnout.edits.apply import Applied
from turnout.edits.blocks import BlockReader
from turnout.edits.change import Swap
from turnout.edits.proposed import Proposed
from turnout.engine.verified import Verified
from turnout.lsp.features import pending
from turnout.tasks import review_places

Switch = Callable[[pytest.MonkeyPatch], None]
CASES: Final = {case["name"]: case for case in hostile.CASES}
_NEVER: Final = re.compile(r"(?!)")


def without(table: dict[str, Any], name: str) -> Switch:
    return lambda patch: patch.setitem(table, name, lambda *_: "")  # in its place


def instead(owner: Any, name: str, replacement: Any) -> Switch:
    return lambda patch: patch.setattr(owner, name, replacement)


def last_middle(self: BlockReader, body: list[str]) -> None:
    """Read a block by the last line that could part it."""
    at = max(n for n, line in enumerate(body) if line.startswith("="))
    search, new = body[: body.index("=======")], body[at + 1 :]
    self._body = None
    old, shall = ("".join(f"{line}\n" for line in part) for part in (search, new))
    self._proposed.append(Proposed("src/stock.py", old, shall))


def first_only(text: str, quote: str, parts: Any) -> tuple[int, int] | None:
    """Take the first place of a quote."""
    found = ((text.find(quote, start, end), quote) for start, end in parts)
    return next(((at, at + len(quote)) for at, quote in found if at >= 0), None)


def anywhere(text: str, quote: str, parts: Any, known: Any = anchor.anchor_in) -> Any:
    return known(text, quote, [(0, len(text))])


def as_it_was(file: Any, text: str) -> Applied:
    return Applied(file.changes)


async def _nothing_wrong(*_: object) -> tuple[str, ...]:
    return ()


# Each with the case that it decides: the name of a hostile answer, or a task's way in Python.
RULES: Final[dict[str, tuple[Switch, str | tuple[str, str]]]] = {
    "answer: complete": (
        without(verify.CHECKS, "complete"), "an answer that was cut between two blocks"),
    "answer: readable": (
        without(verify.CHECKS, "readable"), "a good block and one that can be read in two ways"),
    "answer: something": (
        without(verify.CHECKS, "something"), ("refactor", "nothing to do")),
    "answer: applies": (
        without(verify.CHECKS, "applies"), ("fix", "does not apply, then mended")),
    "file: parses": (without(verify.FILE_CHECKS, "parses"), "a syntax error"),
    "file: hidden": (
        without(verify.FILE_CHECKS, "hidden"), "text that runs from right to left"),
    "file: commands": (without(verify.FILE_CHECKS, "commands"), "a link that runs a command"),
    "file: placeholder": (
        without(verify.FILE_CHECKS, "placeholder"), "the placeholder of a secret"),
    "file: size": (without(verify.FILE_CHECKS, "size"), "a quarter of a million characters"),
    "file: deletion": (
        without(verify.FILE_CHECKS, "deletion"), "most of a long file is deleted"),
    "file: only comments": (
        without(verify.FILE_CHECKS, "only comments"), "docs that change code"),
    "file: keeps tests": (
        without(verify.FILE_CHECKS, "keeps tests"), "tests that delete tests"),
    "scope: asked": (without(scope.RULES, "asked"), "boilerplate in a new file"),
    "scope: protected": (
        without(scope.RULES, "protected"), "a setting of the editor, though it was asked about"),
    "place: one": (
        instead(apply, "_choose", lambda spans, target: 0 if spans else None), "two places"),
    "place: whole words": (
        instead(apply, "_cuts_word", lambda text, at: False), "a part of a word"),
    "place: written in full": (
        instead(apply, "new_elision", lambda before, after: None), "the rest is left out"),
    "place: apart": (
        instead(apply, "_collide", lambda one, other: False), "two edits of the same line"),
    "place: within the span": (
        instead(apply, "core", lambda text, change: (10**9, 0)),
        "documentation outside of what was asked about"),
    "place: certain indentation": (
        instead(indentation, "_may_be_first_only", lambda pair, new: False),
        "an indentation that can be read in two ways"),
    "place: a quote": (
        instead(apply, "_append", lambda lines, new, target: (Swap(len(lines), len(lines), new),)),
        "code without a place"),
    "block: three lines once each": (
        instead(BlockReader, "_end", last_middle), "a block that can be read in two ways"),
    "anchor: one place": (instead(review_places, "anchor_in", first_only), ("review", "ambiguous")),
    "anchor: in what was asked about": (
        instead(review_places, "anchor_in", anywhere), ("review", "outside of scope")),
    "anchor: again in the text as it is": (
        instead(pending, "placed_anew", as_it_was), ("fix", "text moved")),
    "words: invisible": (instead(plain, "_INVISIBLE", _NEVER), "an answer with hidden text"),
    "words: escapes": (
        instead(plain, "_ESCAPES", _NEVER), "an explanation that steers a terminal"),
    "words: controls": (
        instead(plain, "_CONTROLS", _NEVER), "a message for git with control characters"),
    "words: links": (
        instead(plain, "_unlinked", lambda text: text),
        "an explanation with links that run commands"),
    "engine: one more call": (
        instead(Verified, "_reasons", _nothing_wrong),
        ("tests", "not in form, then mended")),
}  # fmt: skip


async def play(case: str | tuple[str, str], folder: Path) -> None:
    folder.mkdir()
    if isinstance(case, str):
        await hostile.play(CASES[case], folder)
    else:
        await playing.play("python", *case, folder)


@pytest.mark.parametrize(("switch", "case"), RULES.values(), ids=RULES.keys())
async def test_without_a_rule_a_case_fails(
    switch: Switch, case: str | tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await play(case, tmp_path / "with")
    switch(monkeypatch)
    with pytest.raises(AssertionError):
        await play(case, tmp_path / "without")


def test_every_check_is_among_them() -> None:
    checks = {f"answer: {name}" for name in verify.CHECKS}
    checks |= {f"file: {name}" for name in verify.FILE_CHECKS}
    assert checks <= RULES.keys()
