"""Where the first test of a source file goes: as the project has it, else as the language does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from turnout.context.sibling import form_of_test

# How tests are called, and the folder they are in: beside their source, or with one part of its
# path in the place of another; a folder that is not in the path is put before the file.
_CUSTOMS: Final[Mapping[str, tuple[str, str, str]]] = {
    "python": ("test_NAME", "", "tests"),
    "javascript": ("NAME.test", "", ""),
    "javascriptreact": ("NAME.test", "", ""),
    "typescript": ("NAME.test", "", ""),
    "typescriptreact": ("NAME.test", "", ""),
    "go": ("NAME_test", "", ""),
    "rust": ("NAME", "src", "tests"),
    "java": ("NAMETest", "src/main", "src/test"),
    "c": ("test_NAME", "", "tests"),
    "cpp": ("NAME_test", "", "tests"),
    "ruby": ("NAME_spec", "lib", "spec"),
}
_ELSEWHERE: Final = ("test_NAME", "", "tests")
_FOLDERS: Final = frozenset({"test", "tests", "spec", "specs", "__tests__", "testing", "unit"})
_HEADERS: Final[Mapping[str, str]] = {"h": "c", "hpp": "cpp", "hh": "cc", "hxx": "cxx"}
_MOST: Final = 100


def new_test_path(source: str, language: str, example: str, taken: Callable[[str], bool]) -> str:
    """Return a free path for the tests of a source; ``example`` is another test, if there is one.

    All paths are below the workspace folder.
    """
    form, was, becomes = _CUSTOMS.get(language, _ELSEWHERE)
    folder, _, name = source.rpartition("/")
    stem, _, end = name.rpartition(".")
    if language in ("c", "cpp"):
        end = ("cpp" if language == "cpp" and end == "h" else "") or _HEADERS.get(end, end)
    if example:
        form = form_of_test(example).rpartition("/")[2].rpartition(".")[0] or form
        folder = _as_example(folder, example, was, becomes)
    else:
        folder = _by_custom(folder, was, becomes)
    for number in range(1, _MOST):
        tested = stem if number == 1 else f"{stem}_{number}"
        path = "/".join(filter(None, (folder, f"{form.replace('NAME', tested)}.{end}")))
        if not taken(path):
            return path
    return ""


def _by_custom(folder: str, was: str, becomes: str) -> str:
    if not becomes:
        return folder
    if was:
        return _swapped(folder, was, becomes)
    return becomes


def _as_example(folder: str, example: str, was: str, becomes: str) -> str:
    """Follow another test: beside the source, in a folder of tests beside it, or where it is."""
    its = example.rpartition("/")[0]
    last = its.rpartition("/")[2]
    if last == "__tests__":
        return "/".join(filter(None, (folder, "__tests__")))
    if was and becomes and f"/{becomes}/" in f"/{its}/":
        return _swapped(folder, was, becomes)
    return its if _FOLDERS.intersection(its.split("/")) else folder


def _swapped(folder: str, was: str, becomes: str) -> str:
    """Put one part of a path in the place of another: src/main/java/p -> src/test/java/p."""
    before, found, after = f"/{folder}/".partition(f"/{was}/")
    if not found:
        return f"{becomes}/{folder.partition('/')[2]}".strip("/")
    if "/" not in becomes and was == "src":
        after = ""  # a crate's tests are one folder
    return f"{before}/{becomes}/{after}".strip("/")
