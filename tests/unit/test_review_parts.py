"""Where findings may stand: several parts of a file, or a change; and both forms of an answer.

``«»`` marks a part of the document, ``‹›`` where the finding must be; without it there is none.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from turnout.document import Document, Span, split_lines
from turnout.engine.ask import Ask, Material
from turnout.tasks.review import Review, ReviewReader, ReviewTask
from turnout_clients.types import Chat, Model

WITH_TOOLS = Model("mine/big", "mine", "big", tools=True)
WITHOUT = Model("mine/small", "mine", "small")


def marked(text: str) -> tuple[str, tuple[Span, ...], tuple[int, int] | None]:
    """Take the marks out; return the parts and where the finding must be."""
    plain, at = "", {}
    starts: list[int] = []
    parts: list[Span] = []
    for character in text:
        if character == "«":
            starts.append(len(plain))
        elif character == "»":
            parts.append(Span(starts.pop(), len(plain)))
        elif character in "‹›":
            at[character] = len(plain)
        else:
            plain += character
    return plain, tuple(parts), (at["‹"], at["›"]) if at else None


def ask(text: str, parts: tuple[Span, ...] = (), diff: str = "") -> Ask:
    document = Document("file:///ws/a.py", 1, "python", tuple(split_lines(text)))
    materials = (Material("diff", "The change", diff),) if diff else ()
    span = Span(parts[0].start, parts[-1].end) if parts else Span(0, len(text))
    return Ask("review", document, span, parts=parts, materials=materials)


def said(quote: str, **more: Any) -> dict[str, Any]:
    return {"severity": "error", "category": "bug", "quote": quote, "explanation": "x"} | more


def read(asked: Ask, *findings: dict[str, Any]) -> Review:
    reader = ReviewReader(asked, "mine/big")
    reader.feed("".join(json.dumps(finding) + "\n" for finding in findings))
    review = reader.finish("stop")
    assert review is not None
    return review


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("«a = 1\n‹b = 2›\n»b = 2\n«c = 3\n»", "b = 2"),
        ("«a = 1\n»b = 2\n«c = 3\n»", "b = 2"),
        ("«a = 1\nb = 2\n»x\n«b = 2\n»", "b = 2"),  # in both parts
        ("«a = 1\n»x\n«‹b  =  2›\n»", "b = 2"),
        ("«a = 1\nb  = 2\n»x\n«‹b = 2›\n»", "b = 2"),  # exactly before loosely
        ("«a = 1\n»b = 2\n«c = 3\n»", "a = 1\nb = 2"),  # across the border
        ("«max = 10\n»x\n«‹x = 1›\n»", "x = 1"),
        ("«max = 10\n»", "x = 1"),
        ("«‹if a:\r\n    b()›\r\n»\r\n", "if a:\n    b()"),
    ],
)
def test_only_the_parts_are_spoken_of(text: str, quote: str) -> None:
    plain, parts, place = marked(text)
    review = read(ask(plain, parts), said(quote))
    assert [(f.start, f.end) for f in review.findings] == ([place] if place else [])
    assert review.unplaced == (place is None)


DIFF = """diff --git a/a.py b/a.py
--- a/a.py
+++ b/a.py
@@ -3,3 +3,4 @@
 b = 2
-old = 1
+go()
+new = 1
 c = 3
@@ -20,1 +21,2 @@
 z = 0
+go()
"""


def changed(place: str = "") -> str:
    lines = ["a = 1\n", "go()\n", "b = 2\n", "go()\n", "new = 1\n", "c = 3\n", "d = 4 * 4\n"]
    lines += [f"# {number}\n" for number in range(8, 21)] + ["z = 0\n", "go()\n", "end\n"]
    text = "".join(lines)
    return text.replace(place, f"‹{place}›") if place else text


@pytest.mark.parametrize(
    ("quote", "line", "wanted"),
    [
        ("new = 1", None, 5),
        ("new  =  1", 24, 5),
        ("go()", 1, 4),  # the number rules out the other place, and is wrong itself
        ("go()", None, None),  # nothing does
        ("go()", 30, 22),
        ("b = 2", None, 3),  # around the change
        ("d = 4 * 4", None, 7),  # in the symbol, not seen in the diff
        ("old = 1", None, None),  # it is gone
        ("end", None, None),  # in no part
    ],
)
def test_findings_of_a_change_land_on_its_lines(
    quote: str, line: int | None, wanted: int | None
) -> None:
    text = changed()
    parts = (Span(0, text.index("# 8")), Span(text.index("z = 0"), text.index("end")))
    review = read(ask(text, parts, DIFF), said(quote, line=line))
    lines = [text.count("\n", 0, finding.start) + 1 for finding in review.findings]
    assert lines == ([wanted] if wanted else [])


def test_a_finding_of_a_change_is_as_narrow_as_its_quote() -> None:
    text = changed()
    (finding,) = read(ask(text, diff=DIFF), said("new =", line=5)).findings
    assert text[finding.start : finding.end] == "new ="


def test_what_is_ambiguous_in_a_change_is_not_looked_for_beyond_its_blanks() -> None:
    diff = DIFF.replace("+go()", "+go( )", 1)
    text = changed().replace("go()", "go( )", 2).replace("go( )", "end0", 1)
    assert text.count("go()") == 1
    assert not read(ask(text, diff=diff), said("go()", line=12)).findings
    assert len(read(ask(text, diff=diff), said("go()", line=30)).findings) == 1


def test_a_text_that_moved_on_from_the_diff_has_no_finding_in_it() -> None:
    text = "# one more line\n" + changed()
    assert not read(ask(text, diff=DIFF), said("new = 1")).findings


@pytest.mark.parametrize("model", [WITH_TOOLS, WITHOUT], ids=["tool", "lines"])
@pytest.mark.parametrize("diff", [DIFF, ""], ids=["change", "code"])
def test_the_form_is_asked_for_that_the_model_takes(model: Model, diff: str) -> None:
    prompt = ReviewTask().render(ask(changed(), diff=diff), model)
    assert isinstance(prompt, Chat)
    system, user = prompt.messages
    assert bool(prompt.tools) == model.tools
    assert ("report_findings" in system.text) == model.tools
    assert ('{"done": true}' in system.text) != model.tools
    assert ("the diff shows" in user.text) == bool(diff)
    assert (DIFF in user.text) == bool(diff)


@pytest.mark.parametrize("pieces", [1, 5, 1_000])
def test_a_tool_call_is_read_like_text(pieces: int) -> None:
    arguments = json.dumps({"findings": [said("new = 1", replacement="new = 2"), said("z = 0")]})
    reader = ReviewReader(ask(changed()), "mine/big")
    shown = [reader.feed(arguments[at : at + pieces]) for at in range(0, len(arguments), pieces)]
    assert len([review for review in shown if review]) == (1 if pieces == 1_000 else 2)
    review = reader.finish("tool_use")
    assert review is not None
    assert review.complete
    assert [(f.quote, f.replacement) for f in review.findings] == [
        ("new = 1", "new = 2"),
        ("z = 0", ""),
    ]


@pytest.mark.parametrize("arguments", ['{"findings": []}', '{\n  "findings" : [ ]\n}'])
def test_a_tool_call_without_findings_is_a_review(arguments: str) -> None:
    reader = ReviewReader(ask(changed()), "mine/big")
    reader.feed(arguments)
    assert reader.finish("tool_use") == Review((), 0, complete=True)


def test_a_tool_call_that_is_cut_is_not_complete() -> None:
    reader = ReviewReader(ask(changed()), "mine/big")
    reader.feed(json.dumps({"findings": [said("new = 1"), said("z = 0")]})[:-30])
    review = reader.finish("stop")
    assert review is not None
    assert len(review.findings) == 1
    assert not review.complete


def test_the_same_said_twice_is_one_finding() -> None:
    assert len(read(ask(changed()), said("z = 0"), said("z = 0")).findings) == 1


def test_a_finding_knows_its_symbol() -> None:
    text = "def f(a):\n    return a\n\n\nx = 7\n"
    review = read(ask(text), said("return a"), said("x = 7"))
    assert [finding.symbol for finding in review.findings] == ["f", ""]


def test_what_the_session_keeps_of_a_review() -> None:
    asked = ask(changed())
    assert ReviewTask().record(asked, Review((), 0, complete=True)) == "No findings in a.py."
    review = read(asked, said("new = 1", explanation="Two\nlines."))
    assert (
        ReviewTask().record(asked, review) == "1 finding in a.py.\nLine 5, error, bug: Two lines."
    )
