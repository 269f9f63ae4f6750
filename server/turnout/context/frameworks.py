"""By what a project is tested: told by its tests, else by the file that lists what it needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Framework:
    """One way of writing tests."""

    name: str
    in_tests: re.Pattern[str]  # what only its tests have
    in_manifest: re.Pattern[str]  # how it is asked for


def _framework(name: str, in_tests: str, in_manifest: str = "") -> Framework:
    return Framework(
        name,
        re.compile(in_tests, re.MULTILINE),
        re.compile(in_manifest or r"(?!)", re.MULTILINE),
    )


_OF_JAVASCRIPT: Final = (
    _framework("Vitest", r"from ['\"]vitest['\"]", r'"vitest"'),
    _framework("node:test", r"['\"]node:test['\"]", r"node (?:\S+ )*--test\b"),
    _framework("Mocha with Chai", r"['\"]chai['\"]", r'"mocha"'),
    _framework("AVA", r"from ['\"]ava['\"]", r'"ava"'),
    _framework("Playwright", r"['\"]@playwright/test['\"]", r'"@playwright/test"'),
    _framework("Bun's own", r"from ['\"]bun:test['\"]", r"\bbun test\b"),
    _framework("Jest", r"\bjest\.|@jest/globals|\bexpect\(.*\)\.\w+", r'"(?:ts-)?jest"'),
)
_OF_C: Final = (
    _framework("Unity", r"unity\.h|\bTEST_ASSERT_", r"\b[Uu]nity\b"),
    _framework("Check", r"<check\.h>|START_TEST", r"\bcheck\b"),
    _framework("CMocka", r"cmocka\.h", r"\bcmocka\b"),
    _framework("plain assert", r"<assert\.h>"),
)
FRAMEWORKS: Final[Mapping[str, tuple[Framework, ...]]] = {
    "python": (
        _framework("pytest", r"\bpytest\b|^def test_|^    def test_\w+\(self, ", r"\bpytest\b"),
        _framework("unittest", r"\bunittest\b"),
    ),
    "javascript": _OF_JAVASCRIPT,
    "javascriptreact": _OF_JAVASCRIPT,
    "typescript": _OF_JAVASCRIPT,
    "typescriptreact": _OF_JAVASCRIPT,
    "go": (
        _framework("testing with testify", r"stretchr/testify", r"stretchr/testify"),
        _framework("Ginkgo", r"onsi/ginkgo", r"onsi/ginkgo"),
        _framework("testing", r'"testing"', r"^module "),
    ),
    "rust": (
        _framework("rstest", r"\brstest\b", r"^rstest\b"),
        _framework("Rust's own #[test]", r"#\[(?:\w+::)*test\]", r"^\[package\]"),
    ),
    "java": (
        _framework("TestNG", r"org\.testng", r"\btestng\b"),
        _framework("JUnit 5", r"org\.junit\.jupiter", r"junit-jupiter|junit-bom"),
        _framework("JUnit 4", r"org\.junit\.(?:Test|Assert|\*)", r"\bjunit:junit\b|>junit<"),
        _framework("Spock", r"spock\.lang", r"\bspock\b"),
    ),
    "c": _OF_C,
    "cpp": (
        _framework("GoogleTest", r"\bg(?:test|mock)/", r"\b(?:GoogleTest|GTest|gtest)\b"),
        _framework("Catch2", r"catch2?/|catch\.hpp", r"\bCatch2\b"),
        _framework("doctest", r"doctest", r"\bdoctest\b"),
        _framework("Boost.Test", r"boost/test", r"unit_test_framework"),
        *_OF_C,
    ),
    "ruby": (
        _framework("RSpec", r"\bRSpec\b|^describe |spec_helper", r"\brspec\b"),
        _framework("Minitest", r"\b[Mm]initest\b", r"\bminitest\b"),
        _framework("test-unit", r"test/unit", r"\btest-unit\b"),
    ),
}  # fmt: skip

_BY_LANGUAGE: Final[Mapping[str, tuple[str, ...]]] = {
    "python": ("pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini", "requirements-dev.txt"),
    "javascript": ("package.json",),
    "go": ("go.mod",),
    "rust": ("Cargo.toml",),
    "java": ("pom.xml", "build.gradle", "build.gradle.kts"),
    "c": ("CMakeLists.txt", "meson.build", "Makefile"),
    "ruby": ("Gemfile", ".rspec"),
}
MANIFESTS: Final[Mapping[str, tuple[str, ...]]] = {
    **_BY_LANGUAGE,
    "javascriptreact": _BY_LANGUAGE["javascript"],
    "typescript": _BY_LANGUAGE["javascript"],
    "typescriptreact": _BY_LANGUAGE["javascript"],
    "cpp": _BY_LANGUAGE["c"],
}
"""Files that say what a project needs, by language; the most telling first."""

USUAL: Final[Mapping[str, str]] = {
    "python": "pytest",
    "javascript": "Jest",
    "javascriptreact": "Jest",
    "typescript": "Jest",
    "typescriptreact": "Jest",
    "go": "testing",
    "rust": "Rust's own #[test]",
    "java": "JUnit 5",
    "c": "plain assert",
    "cpp": "GoogleTest",
    "ruby": "RSpec",
}
"""What is taken where nothing tells."""


def framework(language: str, tests: str, manifest: str = "") -> str:
    """Return the name of the framework that tests, or else a manifest, speak of; "" for none."""
    known = FRAMEWORKS.get(language, ())
    seen = next((one.name for one in known if one.in_tests.search(tests)), "")
    return seen or next((one.name for one in known if one.in_manifest.search(manifest)), "")


def telling_lines(language: str, manifest: str) -> str:
    """Return the lines of a manifest that name a framework."""
    known = FRAMEWORKS.get(language, ())
    lines = manifest.split("\n")
    return "\n".join(line for line in lines if any(one.in_manifest.search(line) for one in known))
