"""The tests of a source file and the source of a test, by the names they customarily have."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from turnout.context.languages import Language, languages

_FAMILIES: Final = (("c", "cpp"), ("javascript", "typescript", "typescriptreact"))


def is_test(path: str) -> bool:
    """Whether a file is a test, by its name."""
    return bool(_tested(path))


def form_of_test(path: str) -> str:
    """Return the form of a test's name, with ``NAME`` for what it tests; "" for what is none."""
    whole = "/" + path.replace("\\", "/")
    forms = (
        (text, form)
        for table in _family(path)
        for text, form in zip(table.tests, _forms(table), strict=True)
    )
    return next((text for text, form in forms if form.search(whole)), "")


def siblings(path: str, files: Iterable[str]) -> list[str]:
    """Return the tests of a source file, or the sources of a test, the nearest first."""
    path = path.replace("\\", "/")
    tested = _tested(path)
    ends = set(_source_ends(path, tested)) if tested else set(_test_ends(path))
    found = [
        file
        for file in files
        if (plain := file.replace("\\", "/")) != path and _has_end(plain, ends)
    ]
    return sorted(found, key=lambda file: (-closeness(path, file), file))


def header_or_source(path: str, files: Iterable[str]) -> list[str]:
    """Return the header of a C or C++ file, or the other way round, the nearest first."""
    family = _family(path)
    if "c" not in [table.name for table in family]:
        return []
    stem, _, extension = path.replace("\\", "/").rpartition(".")
    head = extension.startswith("h")
    ends = {
        f"/{stem.rpartition('/')[2]}.{other}"
        for table in family
        for other in table.extensions
        if other.startswith("h") != head
    }
    found = [file for file in files if _has_end(file.replace("\\", "/"), ends)]
    return sorted(found, key=lambda file: (-closeness(path, file), file))


def closeness(one: str, other: str) -> int:
    """Return how many names of folders two paths have in common, whatever lies between them."""
    return len(_folders(one) & _folders(other))


def _folders(path: str) -> set[str]:
    return set(path.replace("\\", "/").split("/")[:-1])


def _has_end(path: str, ends: set[str]) -> bool:
    parts = path.split("/")
    return any("/" + "/".join(parts[-count:]) in ends for count in (1, 2))


def _test_ends(path: str) -> Iterable[str]:
    stem = path.rpartition("/")[2].rpartition(".")[0]
    for table in _family(path):
        for pattern in table.tests:
            yield "/" + pattern.replace("NAME", stem)


def _source_ends(path: str, tested: Iterable[str]) -> Iterable[str]:
    for stem in tested:
        for table in _family(path):
            for extension in table.extensions:
                yield f"/{stem}.{extension}"


def _tested(path: str) -> list[str]:
    """Return the stems of the source that a test may be of."""
    path = "/" + path.replace("\\", "/")
    found = [form.search(path) for table in _family(path) for form in _forms(table)]
    return list(dict.fromkeys(match[1] for match in found if match))


def _family(path: str) -> list[Language]:
    """Return the languages that a file's counterpart may be written in."""
    extension = path.rpartition(".")[2].lower()
    own = [table.name for table in languages() if extension in table.extensions]
    names = next((family for family in _FAMILIES if own and own[0] in family), tuple(own))
    return [table for table in languages() if table.name in names]


@cache
def _forms(table: Language) -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile("/" + re.escape(pattern).replace("NAME", r"([^/]+?)", 1) + "$")
        for pattern in table.tests
    )
