# ruff: noqa: E501 - one case a line
"""What grammars say of texts in nine languages, and what is said where there is none."""

from __future__ import annotations

import random

import pytest
from tree_sitter import Parser

from turnout.context.languages import grammar, language_id, languages
from turnout.context.orderly import is_parseable, is_searchable
from turnout.context.points import Points
from turnout.context.syntax import Tree, new_errors, parse
from turnout.document import Span

# language -> text, and "kind name" of every symbol with the names around it
SYMBOLS = {
    "python": (
        'import os\nfrom a.b import c as d, e\n\nK = 1\n\n# doc\n@deco(1)\ndef é(x):\n    "🎉"\n    return x.y(z)\n\nclass A(B):\n    k: int = 1\n    async def m(self): pass\n',
        ["constant K", "function é", "class A", "field A.k", "method A.m"],
        [("os", ("os",)), ("a.b", ("c", "d", "e"))],
    ),
    "javascript": (
        'const x = require("y");\nimport z, {q} from "w";\nexports.foo = function(a) { return a };\nclass A { go() {} }\nfunction f() {}\nexport const g = (a) => a;\n',
        ["constant x", "function foo", "class A", "method A.go", "function f", "function g"],
        [("y", ("x",)), ("w", ("z", "q"))],
    ),
    "javascriptreact": (
        'import React from "react";\nexport function App() {\n  return <b>{x}</b>;\n}\n',
        ["function App"],
        [("react", ("React",))],
    ),
    "typescript": (
        'import {a, b as c} from "./x";\nexport interface I { x: number }\nexport abstract class A {\n  x = 1;\n  @dec()\n  go(a: string): number { return 1; }\n}\nexport const f = async (a) => {\n  return a;\n};\ntype T = A | I;\nenum E { B }\n',
        ["interface I", "field I.x", "class A", "field A.x", "method A.go", "function f", "type T", "enum E"],
        [("./x", ("a", "b", "c"))],
    ),
    "typescriptreact": ("export const App = () => {\n  return <b/>;\n};\n", ["function App"], []),
    "go": (
        'package m\nimport (\n\t"fmt"\n\tx "a/b"\n)\n// Doc\ntype S struct { a int }\ntype I interface { Go() }\nfunc (s *S) Foo() error {\n\treturn nil\n}\nconst (\n\tA = 1\n\tB = 2\n)\nvar V = 1\nfunc F() {}\n',
        ["struct S", "interface I", "method Foo", "constant A", "constant B", "constant V", "function F"],
        [("fmt a/b", ("x",))],
    ),
    "rust": (
        "use a::b::{C, d as e};\n/// Doc\n#[derive(Debug)]\npub struct S { a: u8 }\nimpl S {\n    /// doc\n    fn m(&self) {}\n}\ntrait T { fn t(&self); }\nmod n { const X: u8 = 1; }\nmacro_rules! mm { () => {} }\n",
        ["struct S", "impl S", "method S.m", "trait T", "declaration T.t", "module n", "constant n.X", "macro mm"],
        [("a::b::{C, d as e}", ("C", "e"))],
    ),
    "java": (
        "package p;\nimport java.util.List;\nclass A {\n  int x;\n  /** d */\n  @Override\n  public void go() { x(); }\n  A() {}\n  enum E { B }\n}\ninterface I { void i(); }\n",
        ["class A", "field A.x", "method A.go", "method A.A", "enum A.E", "interface I", "declaration I.i"],
        [("", ()), ("java.util.List", ("List",))],
    ),
    "c": (
        "#include <x.h>\n#define M 1\nstruct S { int a; };\ntypedef struct { int b; } T;\n/* doc */\nstatic int *go(int a)\n{\n  return 0;\n}\nint proto(int);\n",
        ["macro M", "struct S", "type T", "function go", "declaration proto"],
        [("x.h", ())],
    ),
    "cpp": (
        '#include "y.h"\nnamespace n {\ntemplate<class T>\nclass A { public: int go() const; T& x() { return y; } };\nstd::string A::go(const B& b) const { return b; }\nusing U = A<int>;\n}\n',
        ["module n", "class n.A", "declaration n.A.go", "method n.A.x", "function n.A::go", "type n.U"],
        [("y.h", ())],
    ),
    "ruby": (
        'require "set"\nrequire_relative "../x"\nmodule M\n  K = 1\n  class A < B\n    # doc\n    def go(x)\n      x\n    end\n    def self.s\n    end\n  end\nend\n',
        ["module M", "constant M.K", "class M.A", "method M.A.go", "method M.A.s"],
        [("set", ()), ("../x", ())],
    ),
    "lua": (
        'local x = require("y")\nfunction M.go(a)\n  return a\nend\n',
        ["symbol go"],
        [("y", ())],
    ),
}  # fmt: skip

# language, the innermost symbol around |, and its text in « »
ENCLOSING = {
    "python decorated, commented": ("python", "f", "x = 1  # not mine\n«# mine\n@deco\n\ndef f():\n    |pass»\n"),
    "python nested": ("python", "g", "def f():\n«    def g():\n        |pass»\n    return g\n"),
    "python between": ("python", "", "def f():\n    pass\n\n|\ndef g():\n    pass\n"),
    "python tabs": ("python", "f", "class A:\n«\tdef f(self):\n\t\tif x:\n\t\t\t|y»\n"),
    "python crlf": ("python", "f", "«# d\r\ndef f():\r\n    a|»\r\nb\r\n"),
    "python wide": ("python", "f", "s = '🎉é'\n«def f():\n    return '🎉' + |x  # 𝔘»\ny = '🎉'\n"),
    "javascript exported": ("javascript", "f", "«/** d */\nexport default function f() {\n  |go();\n}»\n"),
    "typescript arrow": ("typescript", "f", "«export const f = (a: string) => {\n  |go();\n};»\n"),
    "typescript method": ("typescript", "m", "class A {\n«  @d()\n  private m() {\n    |go();\n  }»\n}\n"),
    "go documented": ("go", "F", "package m\n\n«// F does.\n// It does.\nfunc F() {\n\t|go()\n}»\n"),
    "go one type of several": ("go", "B", "package m\n\ntype (\n«\tB struct {\n\t\t|a int\n\t}»\n)\n"),
    "rust attributes": ("rust", "f", "«/// d\n#[test]\npub async fn f() {\n    |x();\n}»\n"),
    "java annotated": ("java", "f", "class A {\n«    /** d */\n    @Test\n    void f() {\n        |x();\n    }»\n}\n"),
    "c": ("c", "f", "«/* d */\nint f(void)\n{\n    |x();\n}»\n"),
    "c++ template": ("cpp", "f", "«// d\ntemplate <class T>\nT f(T a) {\n    return |a;\n}»\n"),
    "ruby": ("ruby", "f", "class A\n«  # d\n  def f\n    |x\n  end»\nend\n"),
    "kotlin, no grammar": ("kotlin", "f", "«fun f(a: Int): Int {\n    |return a\n}»\n\nval x = 1\n"),
    "php, no grammar": ("php", "f", "<?php\n«function f($a) {\n    |return $a;\n}»\n"),
    "broken above": ("python", "g", "def f(:\n    pass\n\n«def g():\n    |return 1»\n"),
}  # fmt: skip


@pytest.mark.parametrize("language", SYMBOLS)
def test_symbols_and_imports(language: str) -> None:
    text, symbols, imports = SYMBOLS[language]
    tree = parse(text, language)
    found = [
        f"{symbol.kind} {'.'.join([*(scope.name for scope in symbol.scopes), symbol.name])}"
        for symbol in tree.symbols
    ]
    assert found == symbols
    assert [(found.module, found.names) for found in tree.imports] == imports
    for symbol in tree.symbols:
        assert text[symbol.named.start : symbol.named.end] == symbol.name
        assert symbol.span.holds(symbol.named)
        assert symbol.body is None or symbol.span.holds(symbol.body)
    assert not tree.has_error
    assert tree.parsed == (grammar(language) is not None)


@pytest.mark.parametrize("name", ENCLOSING)
def test_the_symbol_around_a_cursor(name: str) -> None:
    language, wanted, marked = ENCLOSING[name]
    plain = marked.replace("«", "").replace("»", "")
    at, text = plain.index("|"), plain.replace("|", "")
    symbol = parse(text, language).symbol_at(Span(at, at))
    if not wanted:
        assert symbol is None
        return
    assert symbol is not None
    assert symbol.name == wanted
    whole = marked.replace("|", "").partition("«")[2].partition("»")[0]
    assert text[symbol.span.start : symbol.span.end] == whole


def test_every_table_has_a_grammar_that_loads() -> None:
    assert {name for table in languages() for name in table.ids} >= SYMBOLS.keys() - {"lua"}
    for table in languages():
        assert all(grammar(name) for name in table.ids)
        assert language_id(f"/a/b.{table.extensions[0]}") == table.ids[0]
    assert language_id("/a/Makefile") == ""


def test_names_leave_strings_and_comments_out() -> None:
    for language in ("python", "kotlin"):
        tree = parse(
            "a = 'b' # c\nd(e)\n" if language == "python" else "a = 'b' // c\nd(e)\n", language
        )
        assert tree.names() == ("a", "d", "e")
        assert [kind for _, kind in tree.literals] == ["string", "comment"]
    assert parse("a(b)\nc(d)\n", "python").names(Span(5, 9)) == ("c", "d")


def test_header() -> None:
    tree = parse("@x\ndef f(\n    a,\n) -> int:\n    return a\n", "python")
    assert tree.header(tree.symbols[0]) == "@x\ndef f(\n    a,\n) -> int:"


@pytest.mark.parametrize(
    ("language", "good", "bad"),
    [
        ("python", "def f():\n    return 1\n", "def f(:\n    return 1\n"),
        ("javascript", "function f() { return 1; }\n", "function f( { return 1; }\n"),
        ("typescript", "const a: number = 1;\n", "const a: = = 1;\n"),
        ("go", "package m\nfunc f() {}\n", "package m\nfunc f( {}\n"),
        ("rust", "fn f() {}\n", "fn f() {\n"),
        ("java", "class A { void f() {} }\n", "class A { void f( {} }\n"),
        ("c", "int f(void) { return 1; }\n", "int f(void) { return 1 }\n"),
        ("cpp", "int f() { return 1; }\n", "int f() { return 1;\n"),
        ("ruby", "def f\n  1\nend\n", "def f\n  1\n"),
    ],
)
def test_errors_after_a_change(language: str, good: str, bad: str) -> None:
    assert not parse(good, language).errors
    assert parse(bad, language).errors
    assert new_errors(parse(good, language), parse(bad, language))
    assert not new_errors(parse(bad, language), parse(good, language))


def test_old_errors_are_not_new_ones() -> None:
    broken = "def ok():\n    pass\n\n\nx = (\n\n\ndef g():\n    return 1\n"
    before = parse(broken, "python")
    assert before.errors
    above = parse(broken.replace("pass", "return 2 + 3"), "python")
    assert not new_errors(before, above)
    worse = parse("def ok(:\n" + broken.partition("\n")[2], "python")
    assert new_errors(before, worse)


def test_points(seed: int) -> None:
    some = random.Random(seed)
    for _ in range(200):
        text = "".join(some.choices("ab\n\ré¯߿ࠀ\ud800￿🎉𝔘", k=some.randrange(40)))
        points = Points(text)
        at = 0
        for index in range(len(text) + 1):
            assert points.to_byte(index) == at
            assert points.from_byte(at) == index
            at += len(text[index : index + 1].encode("utf-8", "surrogatepass"))


def test_spans_are_exact_in_any_text(seed: int) -> None:
    """Every name that a grammar finds is the text at its span, whatever stands before it."""
    some = random.Random(seed)
    for language, (text, _, _) in SYMBOLS.items():
        mark = {"python": "#", "ruby": "#", "lua": "--"}.get(language, "//")
        for _ in range(5):
            noise = "".join(some.choices("é🎉𝔘a ", k=some.randrange(1, 30)))
            moved = parse(f"{mark} {noise}\n{text}", language)
            shift = len(mark) + len(noise) + 2
            plain = parse(text, language)
            assert moved.names() == plain.names()
            assert [s.named.start for s in moved.symbols] == [
                s.named.start + shift for s in plain.symbols
            ]


def test_damaged_texts_never_fail(seed: int) -> None:
    some = random.Random(seed)
    for language, (text, _, _) in SYMBOLS.items():
        for _ in range(10):
            damaged = list(text)
            for _ in range(some.randrange(1, 12)):
                damaged[some.randrange(len(damaged))] = some.choice("(){}\"'\n\r\t🎉 x\0")
            _read_all(parse("".join(damaged), language))


def test_what_is_too_large_or_too_deep_is_read_by_its_looks() -> None:
    large = "def f():\n    return 1\n" * 250_000
    tree = parse(large, "python")
    assert len(large) > 5_000_000
    assert not tree.parsed
    symbol = tree.symbol_at(Span(len(large) - 3, len(large) - 3))
    assert symbol is not None
    assert symbol.name == "f"
    _read_all(tree)
    hostile = ("[{" * 100_000, "[{\n" * 100_000, "a<\n" * 20_000, "x => " * 9_000, "a +\n" * 20_000)
    for deep in hostile:
        for language in ("go", "java", "javascript", "python", "cpp"):
            _read_all(parse(deep, language))


def test_what_would_keep_or_crash_a_parser_is_not_given_to_it() -> None:
    assert is_parseable("(" * 400 + "\n" + "a < b\n" * 2_000, "python")
    assert is_parseable("a < b;\n" * 2_000, "java")
    assert not is_parseable("(\n" * 600, "python")
    assert not is_parseable("a <\n" * 600, "java")
    assert not is_parseable("x" * 5_000, "python")


@pytest.mark.parametrize(
    ("text", "searchable"),
    [
        ("a = [\n" + "1,\n" * 50_000 + "]\n", True),
        ("a = (\n" + "    b +\n" * 20_000 + "    c)\n", False),
        ("(\n" * 30_000, False),
    ],
    ids=["wide", "deep", "wide error"],
)
def test_what_would_keep_a_query_is_not_searched(text: str, searchable: bool) -> None:
    known = grammar("python")
    assert known is not None
    assert is_searchable(Parser(known.grammar).parse(text.encode()).root_node) == searchable


def _read_all(tree: Tree) -> None:
    spans = list(tree.errors) + [s.span for s in tree.symbols]
    spans += [i.span for i in tree.imports] + [s for s, _ in tree.literals] + tree.identifiers()
    assert all(0 <= span.start <= span.end <= len(tree.text) for span in spans)
    tree.symbol_at(Span(len(tree.text) // 2, len(tree.text) // 2))
