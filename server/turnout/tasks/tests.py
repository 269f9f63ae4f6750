"""Tests: write the tests of a symbol where the project has its tests, and as it writes them."""

from __future__ import annotations

# Texts, not Paths: as in the context that they come from.
# ruff: noqa: PTH118
import os
from dataclasses import replace
from typing import ClassVar, Final

from turnout.context.frameworks import USUAL, framework
from turnout.context.languages import language_id
from turnout.context.pieces import Kind
from turnout.context.sibling import is_test
from turnout.edits.apply import Target
from turnout.edits.outcome import Subject
from turnout.edits.reader import Form
from turnout.edits.verify import Demands
from turnout.engine.ask import Ask, Material
from turnout.tasks import syntax_checks
from turnout.tasks.editing import EditTask
from turnout.tasks.forms import form_of
from turnout.tasks.ground import Ground, own, subject_of
from turnout.tasks.new_tests import new_test_path
from turnout.tasks.prompts import path_of, root_of
from turnout.vocabulary import Task
from turnout_clients.types import Model

_LONGEST: Final = 16_000  # characters of a test file that is shown whole

_INSTRUCTIONS: Final = """\
You write tests for code, as one who has to trust them for years. Test what the code promises to its
callers: what is usual, the edges (empty, one, many, the largest, what is not ASCII), every error it
can give. One behaviour a test, with a name that says which; each test can fail. Use the real thing
where it is fast and at hand, and replace only what is slow, outside of the machine, or left to
chance. Nothing waits, nothing depends on the time, the network or the order of the tests.

Take the framework, the style, the helpers and the fixtures that the project's own tests use. Import
what is tested by the path that other tests would. Change no test that exists, and never the code
that is tested: if it seems to be wrong, test what it should do and say so in the summary."""

_APPEND: Final = """\
New tests go to the end of the file: that is an edit whose text to be found is empty, and whose new
text begins with the blank lines that set it apart. Where they belong into a class or a block,
quote its end instead. Imports that they need are edits of their own where the imports stand."""

_NEW: Final = """\
The file does not exist yet: it is one edit whose text to be found is empty, with all of the file
as its new text."""


class TestsTask(EditTask):
    """The task."""

    __test__ = False
    name: Task = "tests"
    title = "Write tests"
    demands: ClassVar[Demands] = Demands(parses=syntax_checks.parses, keeps_tests=True)
    left_out: ClassVar[tuple[Kind, ...]] = ("target",)
    whole: ClassVar[str] = "The block holds the whole new test file, written out in full."

    def instructions(self, ask: Ask, form: Form) -> str:
        """Say what a good test is, and how it gets into its file."""
        if form == "whole":
            return _INSTRUCTIONS
        return f"{_INSTRUCTIONS}\n\n{_NEW if _is_new(_test_file(ask)) else _APPEND}"

    def question(self, ask: Ask) -> str:
        """Ask for tests in a certain file, with a certain framework."""
        file, language = _test_file(ask), ask.document.language
        known = framework(language, _tests(ask), _manifest(ask))
        usual = USUAL.get(language, "")
        with_it = f"with {known}" if known else f"with {usual}, unless the project has another"
        if not (known or usual):
            with_it = "with the framework that the project uses"
        state = "does not exist yet" if _is_new(file) else "exists"
        return (
            f"Write tests for the code in question {with_it}. They go to the one file that may be "
            f"changed, which {state}."
        )

    def ground(self, ask: Ask) -> Ground:
        """Let it change the file of tests, and nothing else."""
        return Ground.of(root_of(ask), [_test_file(ask)])

    def form(self, ask: Ask, model: Model) -> Form:
        """Choose the form: a new file is written whole where there are no tools."""
        return form_of(model, small=_is_new(_test_file(ask)))

    def shown(self, ask: Ask) -> Ask:
        """Show the file that the tests go to, where there is one and it is not the document."""
        file = _test_file(ask)
        if _is_new(file) or file.uri == ask.document.uri or len(file.text) > _LONGEST:
            return ask
        there = Material("tests", f"The tests as they are, {file.path}", file.text)
        return replace(_without(ask, file.path), materials=(*ask.materials, there))


def _test_file(ask: Ask) -> Subject:
    """Return the file that tests go to: the one that has them, or a new one."""
    at_end = Target(may_append=True)
    path = path_of(ask)
    if is_test(path):
        return own(ask, at_end)
    for original in ask.context.files if ask.context is not None else ():
        if original.path in _paths(ask, "sibling") and is_test(original.path):
            return subject_of(original, at_end)
    examples = [one for one in _paths(ask, "example") if is_test(one)]
    root, language = root_of(ask), ask.document.language
    new = new_test_path(
        path,
        language,
        examples[0] if examples else "",
        lambda other: bool(root) and os.path.lexists(os.path.join(root, other)),
    )
    return Subject(new, "", None, "", language_id(new) or language, at_end)


def _without(ask: Ask, path: str) -> Ask:
    """Leave out pieces of a file that is shown whole."""
    if ask.context is None:
        return ask
    pieces = tuple(piece for piece in ask.context.pieces if piece.path != path)
    return replace(ask, context=replace(ask.context, pieces=pieces))


def _is_new(file: Subject) -> bool:
    return not file.uri


def _paths(ask: Ask, kind: Kind) -> list[str]:
    pieces = ask.context.pieces if ask.context is not None else ()
    return [piece.path for piece in pieces if piece.kind == kind]


def _tests(ask: Ask) -> str:
    """Return what is known of the project's tests."""
    pieces = ask.context.pieces if ask.context is not None else ()
    kinds = ("sibling", "example")
    return "\n".join(p.text for p in pieces if p.kind in kinds and is_test(p.path))


def _manifest(ask: Ask) -> str:
    """Return what the project says of its frameworks."""
    pieces = ask.context.pieces if ask.context is not None else ()
    return "\n".join(p.text for p in pieces if p.kind == "example" and not is_test(p.path))
