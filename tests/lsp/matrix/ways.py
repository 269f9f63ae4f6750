"""The ways in which an answer comes about or fails, and what each has to become.

A way is a function from a program and a scenario to a `Cell`. `WAYS` says which ways there are for
which kind of task; `SENSELESS` says why the others are left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from lsp.matrix.cases import Edit, File, Program, Scenario

Kind = Literal["edit", "review", "words", "line"]
Route = Literal["alone", "two", "escalate"]
Meanwhile = Literal["", "moved", "gone"]

KINDS: Final[dict[str, Kind]] = {
    "refactor": "edit", "fix": "edit", "tests": "edit", "docs": "edit", "boilerplate": "edit",
    "dependency": "edit", "review": "review", "explain": "words", "ask": "words",
    "design": "words", "debug": "words", "commit_message": "line", "suggest": "line",
}  # fmt: skip
"""Tasks by what their answers are; a ``line`` is words in a strict form."""

MAY_DO_NOTHING: Final = frozenset({"fix", "docs", "dependency"})
"""Tasks for which there may be nothing to do."""

CHATTER: Final = "I am afraid that I would have to see more of the project before I can say.\n"
_TWO_LINES: Final = "```\ncd build\nrm -rf *\n```\n"
NEWS: Final = "meanwhile"
"""Stands in the line that is typed above everything while the model thinks."""


@dataclass(frozen=True)
class Cell:
    """What the models answer, call by call, and what becomes of it."""

    first: tuple[Mapping[str, Any], ...]  # scripts of the first model, in order
    second: tuple[Mapping[str, Any], ...] = ()
    route: Route = "alone"
    meanwhile: Meanwhile = ""  # what happens to the text while the first call waits
    edits: tuple[Edit, ...] = ()  # what has changed at the end, in the task's file
    found: tuple[str, ...] = ()  # quotes of the findings at the end
    text: str = ""  # what is answered in words
    result: Mapping[str, Any] = field(default_factory=dict)  # is among the command's result


Way = Callable[[Program, Scenario], Cell]


def file_of(program: Program, task: str) -> File:
    """The file that a task changes."""
    return program.suite if task == "tests" else program.file


def blocks(path: str, edits: list[Edit]) -> str:
    """Edits as search/replace blocks."""
    parts = [f"{path}\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n" for old, new in edits]
    return "Done as asked.\n\n" + "\n".join(parts)


def finding(quote: str, explanation: str, **more: Any) -> str:
    """A finding as a line of JSON."""
    value = {"severity": "warning", "category": "bug", "quote": quote, "explanation": explanation}
    return json.dumps({**value, **more}) + "\n"


def good(program: Program, scenario: Scenario) -> str:
    """The answer of a model that does it well."""
    kind = KINDS[scenario.task]
    if kind == "edit":
        return blocks(file_of(program, scenario.task).path, scenario.edits)
    if kind == "review":
        told = finding(scenario.get("quote"), scenario.get("explanation"))
        return told + '{"done": true}\n'
    return scenario.get("answer") + "\n"


def outcome(scenario: Scenario) -> dict[str, Any]:
    """What such an answer becomes."""
    kind = KINDS[scenario.task]
    if kind == "edit":
        return {"edits": tuple(scenario.edits)}
    if kind == "review":
        return {"found": (scenario.get("quote"),)}
    return {"text": scenario.get("answer")}


def nothing(*answers: str, **more: Any) -> Cell:
    """These answers, one after the other, and nothing comes of them."""
    return Cell(tuple({"text": answer, **more} for answer in answers))


def formless(scenario: Scenario) -> str:
    """An answer that is in no form: a command of several lines is one that nobody asked for."""
    return _TWO_LINES if scenario.task == "suggest" else CHATTER


# --- the ways -----------------------------------------------------------------------------------


def fine(program: Program, scenario: Scenario) -> Cell:
    return Cell(({"text": good(program, scenario)},), **outcome(scenario))


def wrapped(program: Program, scenario: Scenario) -> Cell:
    """Told as chat models talk: words before and after, and a fence around everything."""
    answer = f"Sure!\n\n```\n{good(program, scenario)}```\n\nAnything else?\n"
    return Cell(({"text": answer},), **outcome(scenario))


def mended(program: Program, scenario: Scenario) -> Cell:
    answers = ({"text": formless(scenario)}, {"text": good(program, scenario)})
    return Cell(answers, **outcome(scenario))


def out_of_form(program: Program, scenario: Scenario) -> Cell:
    if KINDS[scenario.task] == "review":
        # The next model is asked before this one is asked again.
        return Cell(({"text": CHATTER},), ({"text": CHATTER}, {"text": CHATTER}), "two")
    return nothing(formless(scenario), formless(scenario))


def out_of_form_then_the_next(program: Program, scenario: Scenario) -> Cell:
    second = ({"text": good(program, scenario)},)
    return Cell(({"text": formless(scenario)},), second, "two", **outcome(scenario))


def no_change(program: Program, scenario: Scenario) -> Cell:
    """It says that there is nothing to do; whether that can be so depends on the task."""
    script = {"text": '{"summary": "All is well.", "edits": []}'}
    return Cell((script,) * (1 if scenario.task in MAY_DO_NOTHING else 2))


def elsewhere(program: Program, scenario: Scenario) -> Cell:
    """What it quotes does not stand there."""
    if KINDS[scenario.task] == "review":
        answer = finding(program.absent.strip(), "It is slow.") + good(program, scenario)
        result = {"findings": 1, "unplaced": 1}
        return Cell(({"text": answer},), found=(scenario.get("quote"),), result=result)
    wrong = [(program.absent, new) for _, new in scenario.edits[:1]]
    answer = blocks(file_of(program, scenario.task).path, wrong)
    return nothing(answer, answer)


def elsewhere_then_mended(program: Program, scenario: Scenario) -> Cell:
    wrong = [(program.absent, new) for _, new in scenario.edits[:1]]
    answer = blocks(file_of(program, scenario.task).path, wrong)
    return Cell(({"text": answer}, {"text": good(program, scenario)}), **outcome(scenario))


def ambiguous(program: Program, scenario: Scenario) -> Cell:
    """What it quotes stands there twice."""
    if KINDS[scenario.task] == "review":
        answer = finding(program.twice["file"].strip(), "Again.") + good(program, scenario)
        result = {"findings": 1, "unplaced": 1}
        return Cell(({"text": answer},), found=(scenario.get("quote"),), result=result)
    line = program.twice["suite" if scenario.task == "tests" else "file"]
    wrong = [(line, line + scenario.edits[0][1])]
    answer = blocks(file_of(program, scenario.task).path, wrong)
    return nothing(answer, answer)


def broken_then_escalated(program: Program, scenario: Scenario) -> Cell:
    """The cheap model's edit leaves a syntax error behind; the dear one is asked."""
    wrong = [(old, new + program.broken) for old, new in scenario.edits]
    answer = blocks(file_of(program, scenario.task).path, wrong)
    second = ({"text": good(program, scenario)},)
    return Cell(({"text": answer},), second, "escalate", **outcome(scenario))


def out_of_form_then_escalated(program: Program, scenario: Scenario) -> Cell:
    second = ({"text": good(program, scenario)},)
    return Cell(({"text": formless(scenario)},), second, "escalate", **outcome(scenario))


def cut_by_length(program: Program, scenario: Scenario) -> Cell:
    """The answer ends at the model's limit."""
    kind = KINDS[scenario.task]
    if kind == "review":
        told = finding(scenario.get("quote"), scenario.get("explanation"))
        answer = told + finding(program.twice["file"], "Cut")[:30]
        result = {"complete": False, "findings": 1}
        return Cell(({"text": answer, "reason": "length"},), **outcome(scenario), result=result)
    if kind == "words":
        script = {"text": scenario.get("answer"), "reason": "length"}
        return Cell((script,), text=scenario.get("answer"), result={"complete": False})
    answer = good(program, scenario)
    return nothing(*[answer[: len(answer) * 2 // 3]] * 2, reason="length")


def refused(program: Program, scenario: Scenario) -> Cell:
    """The first model declines; the next one answers."""
    script = {"text": "No.", "refusal": "I cannot help with that.", "reason": "stop"}
    return Cell((script,), ({"text": good(program, scenario)},), "two", **outcome(scenario))


def cut_stream(program: Program, scenario: Scenario) -> Cell:
    """The connection breaks in the middle; what came is void, the next model answers."""
    script = {"text": good(program, scenario), "fault": "cut-in-chunk"}
    return Cell((script,), ({"text": good(program, scenario)},), "two", **outcome(scenario))


def out_of_scope(program: Program, scenario: Scenario) -> Cell:
    """A good answer that also reaches for what was not asked about."""
    if KINDS[scenario.task] == "review":
        line = next(line for line in program.file.text.splitlines() if line.strip())
        answer = finding(line, "Not in question.") + good(program, scenario)
        result = {"findings": 1, "unplaced": 1}
        return Cell(({"text": answer},), found=(scenario.get("quote"),), result=result)
    old = program.other.text.splitlines(keepends=True)[0]
    answer = good(program, scenario) + "\n" + blocks(program.other.path, [(old, "0\n")])
    return nothing(answer, answer)


def moved(program: Program, scenario: Scenario) -> Cell:
    """The user types above it while the model thinks."""
    script = {"text": good(program, scenario)}
    return Cell((script,), meanwhile="moved", **outcome(scenario))


def gone(program: Program, scenario: Scenario) -> Cell:
    """The user deletes what it is about while the model thinks."""
    script = {"text": good(program, scenario)}
    result = {"findings": 0, "unplaced": 1} if KINDS[scenario.task] == "review" else {}
    return Cell((script,), meanwhile="gone", result=result)


_EVERYWHERE: Final[dict[str, Way]] = {
    "fine": fine,
    "refused, then the next": refused,
    "stream cut, then the next": cut_stream,
}
_FORM: Final[dict[str, Way]] = {
    "not in form, then mended": mended,
    "not in form, twice": out_of_form,
    "not in form, then escalated": out_of_form_then_escalated,
}
WAYS: Final[dict[Kind, dict[str, Way]]] = {
    "edit": {
        **_EVERYWHERE,
        **_FORM,
        "wrapped in words": wrapped,
        "nothing to do": no_change,
        "does not apply": elsewhere,
        "does not apply, then mended": elsewhere_then_mended,
        "ambiguous": ambiguous,
        "does not parse, then escalated": broken_then_escalated,
        "cut by length": cut_by_length,
        "outside of scope": out_of_scope,
        "text moved": moved,
        "text gone": gone,
    },
    "review": {
        **_EVERYWHERE,
        **_FORM,
        "not in form, then the next": out_of_form_then_the_next,
        "wrapped in words": wrapped,
        "does not apply": elsewhere,
        "ambiguous": ambiguous,
        "cut by length": cut_by_length,
        "outside of scope": out_of_scope,
        "text moved": moved,
        "text gone": gone,
    },
    "words": {**_EVERYWHERE, "cut by length": cut_by_length, "text moved": moved},
    "line": {**_EVERYWHERE, **_FORM, "cut by length": cut_by_length},
}
SENSELESS: Final[dict[Kind, dict[str, str]]] = {
    "edit": {"not in form, then the next": "what can be mended is asked for once more instead"},
    "review": {
        "nothing to do": "a review without findings is a fine one",
        "does not apply, then mended": "a finding without a place is left out, not asked for again",
        "does not parse, then escalated": "findings change nothing",
    },
    "words": {
        **dict.fromkeys(
            (*_FORM, "not in form, then the next", "wrapped in words"), "free words have no form"
        ),
        "nothing to do": "words change nothing",
        **dict.fromkeys(
            (
                "does not apply", "does not apply, then mended", "ambiguous", "outside of scope",
                "does not parse, then escalated", "text gone",
            ),
            "words have no place and change nothing",
        ),
    },
    "line": {
        "wrapped in words": "what is said around it is out of form",
        "not in form, then the next": "what can be mended is asked for once more instead",
        "nothing to do": "words change nothing",
        **dict.fromkeys(
            (
                "does not apply", "does not apply, then mended", "ambiguous", "outside of scope",
                "does not parse, then escalated", "text moved", "text gone",
            ),
            "a line of words has no place and changes nothing",
        ),
    },
}  # fmt: skip
"""Why there is no such cell."""
