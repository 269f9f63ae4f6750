# ruff: noqa: E501 - one case a line
"""The definition around the cursor, in several languages. `|` marks the cursor,« » the symbol."""

from __future__ import annotations

import time

import pytest

from turnout.context.symbol import enclosing
from turnout.document import Document, split_lines

CASES = {
    "python function": ("python", "f", "import x\n\n«def f(a):\n    b = a|\n\n    return b»\n\n\ny = 1\n"),
    "python on the name": ("python", "f", "«def |f(a):\n    return a»\n"),
    "python decorated": ("python", "f", "«@cache\n@other(1)\nasync def f():\n    |pass»\nx = 1\n"),
    "python header over lines": ("python", "f", "«def f(\n    a,\n) -> int:\n    return a|»\n\nx\n"),
    "python method": ("python", "g", "class A:\n    def f(self):\n        pass\n\n«    def g(self):\n        |x»\n"),
    "python class body": ("python", "A", "«class A:\n    |x = 1\n\n    def f(self):\n        pass»\n"),
    "python blank line inside": ("python", "f", "«def f():\n    a\n|\n    b»\n"),
    "go method": ("go", "Serve", "package x\n\n«func (s *Server) Serve(a int) error {\n\t|return nil\n}»\n\nvar y = 1\n"),
    "go type": ("go", "Server", "«type Server struct {\n\t|a int\n}»\n"),
    "rust impl": ("rust", "Foo", "«impl Foo for Bar {\n    |const X: u8 = 1;\n}»\n"),
    "rust fn": ("rust", "run", "«#[test]\npub(crate) async fn run<T>(a: T) {\n    |a\n}»\n"),
    "javascript function": ("javascript", "go", "«export default async function go(a) {\n  |return a;\n}»\n"),
    "javascript arrow": ("javascript", "go", "«export const go = async (a, b) => {\n  |return a;\n};»\n"),
    "typescript method": ("typescript", "get", "class A {\n«  get(a: string): number {\n    |return 1;\n  }»\n}\n"),
    "c function": ("c", "main", "#include <x.h>\n\n«int main(int argc, char **argv)\n{\n    |return 0;\n}»\n"),
    "c++ method": ("cpp", "A::go", "«std::string A::go(const B& b) const {\n    |return b;\n}»\n"),
    "java method": ("java", "go", "class A {\n«    public static void go(int a) {\n        if (a > 1) {\n            |x();\n        }\n    }»\n}\n"),
    "ruby": ("ruby", "go", "class A\n«  def go\n    |x\n  end»\nend\n"),
    "lua": ("lua", "M.go", "«function M.go(a)\n  |return a\nend»\n"),
    "tabs": ("python", "f", "class A:\n«\tdef f(self):\n\t\tif x:\n\t\t\t|y»\n"),
    "crlf": ("python", "f", "«def f():\r\n    |a»\r\nb\r\n"),
    "top level": ("python", None, "def f():\n    pass\n\n|x = 1\n"),
    "a call is no definition": ("c", None, "go(1);\n|x = 2;\n"),
    "prose": ("markdown", None, "The function f does this.\n|And that.\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_definition_around_the_cursor(name: str) -> None:
    language, wanted, marked = CASES[name]
    plain = marked.replace("«", "").replace("»", "")
    line = plain[: plain.index("|")].count("\n")
    text = plain.replace("|", "")
    document = Document("file:///x", 1, language, tuple(split_lines(text)))
    found = enclosing(document, line)
    if wanted is None:
        assert found is None
        return
    assert found is not None
    assert found.name == wanted
    assert (
        text[found.start : found.end] == marked.replace("|", "").partition("«")[2].partition("»")[0]
    )


def test_long_files_and_lines_cost_little() -> None:
    text = "def f():\n" + "    x = 1\n" * 50_000 + "y" * 1_000_000 + "\n"
    document = Document("file:///x", 1, "cpp", tuple(split_lines(text)))
    began = time.process_time()
    for line in (0, 4_000, 30_000, 50_001):
        enclosing(document, line)
    assert time.process_time() - began < 3
