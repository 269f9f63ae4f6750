"""Verdicts on an edit before anyone sees it. What fails is said so that a next model can mend it.

What needs a grammar is passed in. `CHECKS` and `FILE_CHECKS` are tables so that the tests can show
that each check is needed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from turnout.edits.lines import Lines
from turnout.edits.outcome import FileEdit, Outcome
from turnout.edits.plain import commands, hidden
from turnout.edits.proposed import Answer

Comparison = Callable[[str, str, str], bool]
"""Whether something holds between the text before and after, in a language."""

_MOST_FAILURES: Final = 20
# Every repetition has its limit: the text is a model's, and whole files are searched.
_TESTS: Final = re.compile(
    r"^[ \t]{0,80}(?:async[ \t]{1,8})?(?:def|class)[ \t]{1,8}([Tt]est\w*)"  # Python, Ruby
    r"|^func[ \t]{1,8}((?:Test|Benchmark|Fuzz|Example)\w*)"  # Go
    r"|\b(?:it|test|describe|specify|context|scenario)(?:\.\w{1,40}){0,4}(?:\([^()\n]{0,200}\))?"
    r"[ \t]{0,8}(?:\([ \t]{0,8})?([\"'`](?:\\.|[^\\\n]){0,300}?[\"'`])"  # JavaScript, Ruby
    r"|#\[(?:\w{1,40}::){0,4}(?:test|rstest)[^\]]{0,200}\]\s{0,80}(?:#\[[^\]]{0,200}\]\s{0,80}){0,8}"
    r"(?:pub\s{1,8})?(?:async\s{1,8})?fn\s{1,8}(\w+)"  # Rust
    r"|@(?:Test|ParameterizedTest|RepeatedTest)\b(?:\([^)]{0,300}\))?"
    r"(?:\s{0,80}@\w{1,80}(?:\([^)]{0,300}\))?){0,8}[^@{};()]{0,300}?(\w{1,200})[ \t]*\("  # Java
    r"|\bTEST(?:_[FPG])?[ \t]{0,8}\(([^)\n]{0,300})\)",  # C++
    re.MULTILINE,
)

_PLACEHOLDER: Final = re.compile(r"turnout_?secret\w{0,40}", re.IGNORECASE)
"""What stands for a secret in a prompt; where it came back whole, the secret is there again."""


@dataclass(frozen=True, slots=True)
class Demands:
    """What a task demands of its edits."""

    parses: Comparison | None = None  # no syntax error that was not there before
    only_comments: Comparison | None = None  # no other token changes
    keeps_tests: bool = False
    most_added: int = 200_000  # characters
    most_removed: float = 0.5  # of the lines of a file, beyond a few
    few_lines: int = 30
    may_be_empty: bool = False  # "nothing to change" is an answer


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an edit may be offered, and if not, every reason."""

    failures: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.failures


def verify(answer: Answer, found: Outcome, demands: Demands) -> Verdict:
    """Judge an answer and what it comes to."""
    failures = [why for check in CHECKS.values() for why in check(answer, found, demands)]
    failures += [
        f"{file.subject.path}: {why}."
        for file in found.edits.files
        for look in FILE_CHECKS.values()
        if (why := look(file, demands))
    ]
    return Verdict(tuple(failures[:_MOST_FAILURES]))


def _complete(answer: Answer, _: Outcome, __: Demands) -> tuple[str, ...]:
    return () if answer.complete else ("The answer was cut off before its end.",)


def _readable(answer: Answer, _: Outcome, __: Demands) -> tuple[str, ...]:
    return answer.unread


def _something(answer: Answer, found: Outcome, demands: Demands) -> tuple[str, ...]:
    if found.edits.files or found.refusals or answer.unread:
        return ()
    return () if answer.empty and demands.may_be_empty else ("The answer has no edit.",)


def _applies(_: Answer, found: Outcome, __: Demands) -> tuple[str, ...]:
    return found.refusals


def _parses(file: FileEdit, demands: Demands) -> str:
    if demands.parses is None or demands.parses(*_texts(file)):
        return ""
    return "after the edit there are syntax errors that were not there before"


def _hidden(file: FileEdit, _: Demands) -> str:
    added = _added(file, hidden)
    if not added:
        return ""
    names = ", ".join(f"U+{ord(character):04X}" for character in sorted(added)[:5])
    return f"the edit adds characters that cannot be seen ({names})"


def _commands(file: FileEdit, _: Demands) -> str:
    return "the edit adds a link that runs a command" if _added(file, commands) else ""


def _placeholder(file: FileEdit, _: Demands) -> str:
    before, after = (Counter(_PLACEHOLDER.findall(t)) for t in (file.subject.text, file.after))
    return "the edit has a placeholder where a secret stands" if after - before else ""


def _size(file: FileEdit, demands: Demands) -> str:
    size = sum(len(change.text) for change in file.changes)
    return f"the edit adds {size:,} characters" if size > demands.most_added else ""


def _deletion(file: FileEdit, demands: Demands) -> str:
    before, after = (Counter(Lines(text).bare) for text in (file.subject.text, file.after))
    before.pop("", None)
    removed, added = (before - after).total(), (after - before).total()
    lost = removed - added
    if lost <= demands.few_lines or lost <= demands.most_removed * before.total():
        return ""
    return f"the edit deletes {lost} lines of {before.total()}"


def _only_comments(file: FileEdit, demands: Demands) -> str:
    if demands.only_comments is None or demands.only_comments(*_texts(file)):
        return ""
    return "the edit must change comments only, but it changes code"


def _keeps_tests(file: FileEdit, demands: Demands) -> str:
    if not demands.keeps_tests:
        return ""
    gone = _tests(file.subject.text) - _tests(file.after)
    return f"the edit deletes tests: {', '.join(sorted(gone)[:5])}" if gone else ""


def _tests(text: str) -> Counter[str]:
    return Counter("".join(found.groups(default="")) for found in _TESTS.finditer(text))


def _texts(file: FileEdit) -> tuple[str, str, str]:
    return file.subject.text, file.after, file.subject.language


def _added(file: FileEdit, count: Callable[[str], Counter[str]]) -> Counter[str]:
    return count(file.after) - count(file.subject.text)


CHECKS: Final[dict[str, Callable[[Answer, Outcome, Demands], tuple[str, ...]]]] = {
    "complete": _complete,
    "readable": _readable,
    "something": _something,
    "applies": _applies,
}
FILE_CHECKS: Final[dict[str, Callable[[FileEdit, Demands], str]]] = {
    "parses": _parses,
    "hidden": _hidden,
    "commands": _commands,
    "placeholder": _placeholder,
    "size": _size,
    "deletion": _deletion,
    "only comments": _only_comments,
    "keeps tests": _keeps_tests,
}
