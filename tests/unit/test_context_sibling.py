"""The file that tests a source, and the source that a file tests, by customary names."""

from __future__ import annotations

import pytest

from turnout.context.sibling import header_or_source, is_test, siblings

# source, its test, and others that are neither
PAIRS = [
    ("a/store.py", "tests/unit/test_store.py", ["a/restore.py", "tests/test_store2.py"]),
    ("a/store.py", "a/store_test.py", ["a/store.txt"]),
    ("src/x.js", "src/x.test.js", ["src/y.test.js"]),
    ("src/x.js", "src/__tests__/x.js", ["src/x.css"]),
    ("src/x.tsx", "src/x.spec.tsx", ["src/xx.spec.tsx"]),
    ("src/x.ts", "test/x.test.ts", ["test/x.ts.snap"]),
    ("p/srv.go", "p/srv_test.go", ["p/srv2_test.go"]),
    ("src/shape.rs", "tests/shape.rs", ["src/shapes.rs"]),
    ("src/shape.rs", "src/shape/tests.rs", ["src/tests.rs"]),
    ("main/p/Cart.java", "test/p/CartTest.java", ["test/p/CartTestData.java"]),
    ("src/list.c", "tests/test_list.c", ["tests/list.txt"]),
    ("src/box.cpp", "src/box_unittest.cc", ["src/box.md"]),
    ("src/box.h", "tests/box_test.cpp", ["tests/box_tests.md"]),
    ("lib/cart.rb", "spec/cart_spec.rb", ["spec/art_spec.rb"]),
]


@pytest.mark.parametrize(("source", "test", "others"), PAIRS)
def test_both_ways(source: str, test: str, others: list[str]) -> None:
    files = [f"/w/{name}" for name in (source, test, *others)]
    assert siblings(f"/w/{source}", files) == [f"/w/{test}"]
    assert siblings(f"/w/{test}", files) == [f"/w/{source}"]
    assert is_test(f"/w/{test}")
    assert not is_test(f"/w/{source}")


def test_the_nearest_comes_first() -> None:
    files = ["/w/b/tests/test_x.py", "/w/a/tests/test_x.py", "/w/a/x.py", "/w/b/x.py"]
    assert siblings("/w/a/x.py", files)[0] == "/w/a/tests/test_x.py"
    assert siblings("/w/b/tests/test_x.py", files)[0] == "/w/b/x.py"


def test_headers() -> None:
    files = ["/w/inc/box.h", "/w/src/box.cpp", "/w/src/other.h"]
    assert header_or_source("/w/src/box.cpp", files) == ["/w/inc/box.h"]
    assert header_or_source("/w/inc/box.h", files) == ["/w/src/box.cpp"]
    assert header_or_source("/w/src/box.py", files) == []


def test_names_without_a_language() -> None:
    assert siblings("/w/Makefile", ["/w/test_Makefile", "/w/Makefile"]) == []
    assert not is_test("/w/README")
