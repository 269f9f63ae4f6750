"""What the checks of edit tasks know of languages: comments, tests, where tests go and by what."""

from __future__ import annotations

from pathlib import Path

import pytest

from turnout.context.exclude import Exclusion
from turnout.context.frameworks import FRAMEWORKS, USUAL, framework, telling_lines
from turnout.context.gather import Context, Sources, Target, gather
from turnout.context.uses import spellings
from turnout.context.workspace import Workspace
from turnout.document import Document, Span, split_lines
from turnout.tasks.docs import CONVENTIONS
from turnout.tasks.new_tests import new_test_path
from turnout.tasks.syntax_checks import only_comments, parses

# language: code, the same documented, the same with other code
CODES: dict[str, tuple[str, str, str]] = {
    "python": (
        "def f(a):\n    return a\n",
        'def f(a):\n    """Return it."""\n    # as it is\n    return a  # here\n',
        'def f(a):\n    """Return it."""\n    return b\n',
    ),
    "javascript": (
        "function f(a) {\n  return a;\n}\n",
        "/**\n * Returns it.\n * @param a\n */\nfunction f(a) {\n  return a; // here\n}\n",
        "/** Returns it. */\nfunction f(a) {\n  return b;\n}\n",
    ),
    "typescript": (
        "export const f = (a: string) => a;\n",
        "/** Returns it. */\nexport const f = (a: string) => a;\n",
        "/** Returns it. */\nexport const f = (a: number) => a;\n",
    ),
    "go": (
        "package p\n\nfunc F(a int) int {\n\treturn a\n}\n",
        "// Package p is one.\npackage p\n\n// F returns it.\nfunc F(a int) int {\n\treturn a\n}\n",
        "package p\n\n// F returns it.\nfunc F(a int) int {\n\treturn 1\n}\n",
    ),
    "rust": (
        "pub fn f(a: u8) -> u8 {\n    a\n}\n",
        "//! One.\n\n/// Returns it.\n///\n/// # Panics\npub fn f(a: u8) -> u8 {\n    a\n}\n",
        "/// Returns it.\npub fn f(a: u8) -> u8 {\n    a + 1\n}\n",
    ),
    "java": (
        "class A {\n  int f(int a) {\n    return a;\n  }\n}\n",
        "/** One. */\nclass A {\n  /** Returns it. */\n  int f(int a) {\n    return a;\n  }\n}\n",
        "class A {\n  /** Returns it. */\n  int f(int b) {\n    return a;\n  }\n}\n",
    ),
    "c": (
        "int f(int a) {\n  return a;\n}\n",
        "/* Returns it. */\nint f(int a) {\n  return a; /* here */\n}\n",
        "/* Returns it. */\nint f(int a) {\n  return -a;\n}\n",
    ),
    "cpp": (
        "int f(int a) {\n  return a;\n}\n",
        "/// Returns it.\nint f(int a) {\n  return a;\n}\n",
        '/// Returns it.\nint f(int a) {\n  return "a // b"[a];\n}\n',
    ),
    "ruby": (
        "def f(a)\n  a\nend\n",
        "# Returns it.\n# @param a [Integer]\ndef f(a)\n  a\nend\n",
        "# Returns it.\ndef f(a)\n  a.b\nend\n",
    ),
    "lua": (
        "function f(a)\n  return a\nend\n",
        "-- Returns it.\nfunction f(a)\n  return a\nend\n",
        "-- Returns it.\nfunction f(a)\n  return b\nend\n",
    ),
}


@pytest.mark.parametrize("language", CODES)
def test_documentation_is_no_code(language: str) -> None:
    code, documented, other = CODES[language]
    assert only_comments(code, documented, language)
    assert only_comments(documented, code, language)
    assert not only_comments(code, other, language)
    assert language == "lua" or language in CONVENTIONS


@pytest.mark.parametrize(
    ("before", "after", "language"),
    [
        ("x = [\n    'a',\n]\n", "x = [\n    'a'\n]\n", "python"),
        ("f(\n    'a'\n)\n", "f(\n    'b'\n)\n", "python"),
        ("f(\n    'a'\n)\n", "f(\n)\n", "python"),
        ("if a:\n    b\nc\n", "if a:\n    b\n    c\n", "python"),
        ("def f():\n    pass\n", 'def f():\n    """F."""\n', "python"),
        ("x = 1\n", "x = 1  # type: str\n", "python"),
        ("x = 1\n", "x = 1  # noqa\n", "python"),
        ("package p\n", "//go:generate rm -rf /\npackage p\n", "go"),
        ("let a = 1\n", "// @ts-nocheck\nlet a = 1\n", "typescript"),
        ("a = 1\n", "#!/bin/sh\na = 1\n", "ruby"),
        ("let s = '// a';\n", "let s = '// b';\n", "javascript"),
    ],
)
def test_code_that_looks_like_documentation(before: str, after: str, language: str) -> None:
    assert not only_comments(before, after, language)


def test_errors_that_were_there_before_are_no_new_ones() -> None:
    assert parses("def f(:\n", "def f(:\nx = 1\n", "python")
    assert not parses("x = 1\n", "x = (1\n", "python")
    assert parses("x", "x (", "brainfuck")


# source, language, another test, where its tests go
PLACES = [
    ("shop/cart.py", "python", "", "tests/test_cart.py"),
    ("shop/cart.py", "python", "tests/unit/test_page.py", "tests/unit/test_cart.py"),
    ("shop/cart.py", "python", "shop/page_test.py", "shop/cart_test.py"),
    ("src/cart.js", "javascript", "", "src/cart.test.js"),
    ("src/cart.tsx", "typescriptreact", "src/page.spec.ts", "src/cart.spec.tsx"),
    ("src/a/cart.ts", "typescript", "src/b/__tests__/page.ts", "src/a/__tests__/cart.ts"),
    ("pkg/cart.go", "go", "", "pkg/cart_test.go"),
    ("pkg/cart.go", "go", "cmd/page_test.go", "pkg/cart_test.go"),
    ("core/src/util/cart.rs", "rust", "", "core/tests/cart.rs"),
    ("src/main/java/p/Cart.java", "java", "", "src/test/java/p/CartTest.java"),
    ("src/main/java/p/A.java", "java", "src/test/java/q/TestB.java", "src/test/java/p/TestA.java"),
    ("src/cart.c", "c", "", "tests/test_cart.c"),
    ("src/cart.h", "cpp", "", "tests/cart_test.cpp"),
    ("src/cart.cc", "cpp", "src/page_unittest.cc", "src/cart_unittest.cc"),
    ("lib/shop/cart.rb", "ruby", "", "spec/shop/cart_spec.rb"),
    ("app/models/cart.rb", "ruby", "spec/models/page_spec.rb", "spec/models/cart_spec.rb"),
    ("lib/cart.rb", "ruby", "test/test_page.rb", "test/test_cart.rb"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "language", "example", "wanted"), PLACES)
def test_where_tests_go(source: str, language: str, example: str, wanted: str) -> None:
    assert new_test_path(source, language, example, lambda _: False) == wanted
    other = new_test_path(source, language, example, lambda path: path == wanted)
    assert other not in ("", wanted)
    assert "_2" in other
    assert new_test_path(source, language, example, lambda _: True) == ""


# language, tests, manifest, framework
FOUND = [
    ("python", "def test_a(tmp_path):\n    pass\n", "", "pytest"),
    ("python", "import unittest\n\nclass A(unittest.TestCase):\n", "", "unittest"),
    ("python", "", 'dev = ["pytest>=8"]\n', "pytest"),
    ("javascript", 'test("a", () => { expect(f()).toBe(1); });\n', "", "Jest"),
    ("typescript", 'import { it } from "vitest";\n', '"jest": "29"', "Vitest"),
    ("typescript", "", '    "vitest": "^2"\n', "Vitest"),
    ("javascript", 'const test = require("node:test");\n', "", "node:test"),
    ("go", 'import "testing"\n', "", "testing"),
    ("go", 'import "github.com/stretchr/testify/assert"\n', "", "testing with testify"),
    ("rust", "#[tokio::test]\nasync fn a() {}\n", "", "Rust's own #[test]"),
    ("java", "import org.junit.jupiter.api.Test;\n", "", "JUnit 5"),
    ("java", "import org.junit.Test;\n", "", "JUnit 4"),
    ("java", "", "<artifactId>junit-jupiter</artifactId>", "JUnit 5"),
    ("c", "#include <cmocka.h>\n", "", "CMocka"),
    ("cpp", "#include <gtest/gtest.h>\n", "", "GoogleTest"),
    ("cpp", "", "find_package(GTest REQUIRED)\n", "GoogleTest"),
    ("ruby", "RSpec.describe Cart do\n", "", "RSpec"),
    ("ruby", "", "gem 'minitest'\n", "Minitest"),
    ("lua", "x", "y", ""),
]  # fmt: skip


@pytest.mark.parametrize(("language", "tests", "manifest", "wanted"), FOUND)
def test_by_what_a_project_is_tested(language: str, tests: str, manifest: str, wanted: str) -> None:
    assert framework(language, tests, manifest) == wanted
    if manifest and not tests:
        assert telling_lines(language, f"other\n{manifest}").strip() == manifest.strip()


def test_every_language_has_its_frameworks() -> None:
    assert set(FRAMEWORKS) == set(USUAL)
    assert set(CODES) - {"lua"} <= set(USUAL)


@pytest.mark.parametrize(
    ("package", "module"),
    [
        ("PyYAML", "yaml"),
        ("python-dateutil", "dateutil"),
        ("typing-extensions", "typing_extensions"),
        ("@scope/name", "@scope/name"),
        ("com.google.guava:guava", "com.google.guava"),
        ("github.com/a/b", "github.com/a/b"),
    ],
)
def test_what_a_package_is_called_in_imports(package: str, module: str) -> None:
    assert module in spellings(package)


FILES = {
    "a.py": "import pricelib\n\ndef f():\n    return pricelib.now()\n",
    "b.py": "from pricelib import now as at\r\n\r\ndef g():\r\n    x = 1\r\n    return at()\r\n",
    "c.py": "import os\n\npricelib = 1\n",
    "secret/d.py": "import pricelib\n",
    "tests/test_c.py": "import pytest\n\n\ndef test_c():\n    pass\n",
    "pyproject.toml": '[dependency-groups]\ndev = ["pytest"]\n',
}


async def gathered(tmp_path: Path, package: str = "") -> Context:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    path = tmp_path / "a.py"
    document = Document(path.as_uri(), 1, "python", tuple(split_lines(FILES["a.py"])))
    b = tmp_path / "b.py"
    opened = Document(b.as_uri(), 9, "python", tuple(split_lines(FILES["b.py"] + "# more\r\n")))
    workspace = Workspace([tmp_path], lambda _: None)
    sources = Sources(
        Exclusion([tmp_path], ["secret/**"]),
        workspace,
        {opened.uri: opened} if package == "pricelib" else {},
    )
    context = await gather(Target(document, Span(20, 20), package=package), sources, seconds=30)
    workspace.stop()
    return context


async def test_where_a_package_is_used(tmp_path: Path) -> None:
    context = await gathered(tmp_path, "pricelib")
    uses = [piece for piece in context.pieces if piece.kind == "use"]
    assert [piece.path for piece in uses] == ["b.py", "b.py"]
    assert "return at()" in uses[1].text
    (file,) = (one for one in context.files if one.path == "b.py")
    assert (file.version, file.text) == (9, FILES["b.py"] + "# more\r\n")


async def test_files_are_kept_to_the_character(tmp_path: Path) -> None:
    context = await gathered(tmp_path, "python-pricelib")
    assert context.root == str(tmp_path)
    kept = {file.path: file for file in context.files}
    assert kept["b.py"].text == FILES["b.py"]
    assert kept["b.py"].version is None
    assert kept["b.py"].uri == (tmp_path / "b.py").as_uri()
    assert set(kept) == {piece.path for piece in context.pieces} - {"a.py", "pyproject.toml"}
    assert not any("secret" in path for path in kept)


async def test_how_a_project_is_tested(tmp_path: Path) -> None:
    context = await gathered(tmp_path)
    examples = {piece.path: piece.text for piece in context.pieces if piece.kind == "example"}
    assert examples == {
        "pyproject.toml": 'dev = ["pytest"]',
        "tests/test_c.py": FILES["tests/test_c.py"],
    }
