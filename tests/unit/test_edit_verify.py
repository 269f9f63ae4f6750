"""Verdicts: every check catches what it is for, and passes what it is not for."""

from __future__ import annotations

import pytest

from turnout.edits.apply import Refusal, Target
from turnout.edits.change import TextChange
from turnout.edits.outcome import EditSet, FileEdit, Outcome, Subject, outcome
from turnout.edits.proposed import Answer, Proposed
from turnout.edits.scope import Scope, admit
from turnout.edits.verify import Demands, Verdict, verify

ANSWER = Answer((Proposed("a.py", "x", "y"),), complete=True)


def judged(before: str, after: str, demands: Demands | None = None, **target: object) -> Verdict:
    subject = Subject("a.py", "file:///a.py", 1, before, "python", Target(**target))  # type: ignore[arg-type]
    file = FileEdit(subject, (TextChange(0, len(before), after),))
    return verify(ANSWER, Outcome(EditSet("Edit", (file,))), demands or Demands())


def test_an_edit_that_nothing_speaks_against() -> None:
    assert judged("a = 1\n", "a = 2\n").ok


LONG = "".join(f"line_{number}()\n" for number in range(100))


@pytest.mark.parametrize(
    ("before", "after", "demands", "failure"),
    [
        ("a", "a\u202e", Demands(), "cannot be seen (U+202E)"),
        ("a", "a\u200b", Demands(), "cannot be seen (U+200B)"),
        ("a", "a\U000e0041", Demands(), "cannot be seen (U+E0041)"),
        ("a", "a\x1b[2J", Demands(), "cannot be seen (U+001B)"),
        ("a", "a\x08", Demands(), "cannot be seen (U+0008)"),
        ("a", "a\ud800", Demands(), "cannot be seen (U+D800)"),
        ("", "# [x](command:run?1)", Demands(), "runs a command"),
        ("", "<a href='javascript:x()'>", Demands(), "runs a command"),
        ("", "x" * 30, Demands(most_added=20), "adds 30 characters"),
        (LONG, "line_1()\n", Demands(), "deletes 99 lines of 100"),
        ("a = 1", "a = (", Demands(parses=lambda *_: False), "syntax errors"),
        ("a = 1", "a = 2", Demands(only_comments=lambda *_: False), "comments only"),
    ],
)
def test_a_check_fails(before: str, after: str, demands: Demands, failure: str) -> None:
    (found,) = judged(before, after, demands).failures
    assert found.startswith("a.py: ")
    assert failure in found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\u202e = 1\n", "\u202e = 2\n"),
        ("# [x](command:run)\na", "# [x](command:run)\nb"),
        ("# see https://example.org\n", "# see https://example.com\n"),
        (LONG, LONG.replace("line", "row")),
        (LONG, LONG[: len(LONG) // 2]),
        ("a\fb", "a\fb\f"),
        ("s = '👍'", "s = '👍️'"),
    ],
)
def test_a_check_passes(before: str, after: str) -> None:
    assert judged(before, after).ok


@pytest.mark.parametrize(
    ("tests", "name"),
    [
        ("def test_a():\n    pass\n", "test_a"),
        ("class TestB:\n    pass\n", "TestB"),
        ("func TestC(t *testing.T) {\n}\n", "TestC"),
        ("it('does d', () => {})\n", "'does d'"),
        ('test.each([1])\ndescribe("e", f)\n', '"e"'),
        ("#[test]\nfn f() {}\n", "f"),
        ("#[tokio::test]\nasync fn g() {}\n", "g"),
        ("@Test\nvoid h() {}\n", "h"),
        ('@Test @DisplayName("x")\npublic void hh() {}\n', "hh"),
        ("TEST(Suite, Case) {}\n", "Suite, Case"),
        ('it "does i" do\nend\n', '"does i"'),
    ],
)
def test_tests_stay(tests: str, name: str) -> None:
    demands = Demands(keeps_tests=True)
    assert judged(tests, f"{tests}\n# more\n", demands).ok
    (failure,) = judged(tests, "\n", demands).failures
    assert failure == f"a.py: the edit deletes tests: {name}."
    assert judged(tests, "\n").ok


def test_the_answer_as_a_whole() -> None:
    nothing = Outcome(EditSet("", ()))
    cut = verify(Answer((), complete=False, unread=("Block 1 is odd.",)), nothing, Demands())
    assert cut.failures == ("The answer was cut off before its end.", "Block 1 is odd.")
    refused = Outcome(
        EditSet("", ()),
        (Refusal(Proposed("a.py", "", ""), "out of scope", "a.py: was not asked about."),),
    )
    assert verify(ANSWER, refused, Demands()).failures == ("a.py: was not asked about.",)
    empty = Answer((), complete=True, empty=True)
    assert verify(empty, nothing, Demands()).failures == ("The answer has no edit.",)
    assert verify(empty, nothing, Demands(may_be_empty=True)).ok


# --- outcome -----------------------------------------------------------------------------------

A = Subject("src/a.py", "file:///w/src/a.py", 3, "a = 1\n", "python")
B = Subject("src/b.py", "file:///w/src/b.py", 4, "b = 1\nc = 2\n", "python", Target((0, 5)))
SCOPE = Scope(("src/a.py", "src/b.py"), resolve=lambda path: path, new_in=("tests",))


def come_to(*proposals: Proposed) -> Outcome:
    return outcome(proposals, [A, B], SCOPE, "Rename [x](command:y)\x1b[2J")


def test_several_files_come_to_one_set() -> None:
    found = come_to(
        Proposed("src/a.py", "a = 1\n", "a = 2\n"),
        Proposed("b.py", "b = 1\n", "b = 2\n"),
        Proposed("tests/test_a.py", "", "import a\n"),
    )
    assert not found.refusals
    assert [(f.subject.path, f.subject.version, f.new, f.after) for f in found.edits.files] == [
        ("src/a.py", 3, False, "a = 2\n"),
        ("src/b.py", 4, False, "b = 2\nc = 2\n"),
        ("tests/test_a.py", None, True, "import a\n"),
    ]
    assert found.edits.label == "Rename x"
    assert found.edits.needs_confirmation


@pytest.mark.parametrize(("search", "confirmed"), [("b = 1\n", False), ("c = 2\n", True)])
def test_what_the_user_asked_about_needs_no_confirmation(search: str, confirmed: bool) -> None:
    found = come_to(Proposed("src/b.py", search, "d = 3\n"))
    assert found.edits.needs_confirmation is confirmed


def test_what_is_refused_is_said() -> None:
    found = come_to(
        Proposed(".git/config", "a", "b"),
        Proposed("src/a.py", "nope\n", "b\n"),
        Proposed("src/c.py", "a", "b"),
    )
    assert not found.edits.files
    assert found.refusals == (
        "'.git/config': belongs to git.",
        "'src/c.py': was not asked about.",
        "src/a.py: the quoted lines do not stand in it: 'nope' is no line of it.",
    )


def test_the_end_of_a_path_is_enough_unless_it_could_be_a_new_file() -> None:
    def none(path: str) -> str:
        return path

    asked = ("src/a.py", "lib/b.py", "src/b.py")
    assert admit("a.py", Scope(asked, none)).path == "src/a.py"
    assert admit(".\\src\\a.py", Scope(asked, none)).path == "src/a.py"
    assert admit("b.py", Scope(asked, none)).refusal
    assert admit("rc/a.py", Scope(asked, none)).refusal
    assert admit("a.py", Scope(asked, none, new_in=("",))).new


def test_a_path_is_the_one_that_was_asked_about_however_its_letters_are_composed() -> None:
    asked = "src/e\u0301.py"
    assert admit("src/\xe9.py", Scope((asked,), lambda path: path)).path == asked
