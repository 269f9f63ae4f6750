"""The headless face: what the command line means, and what its reports say."""

from __future__ import annotations

import argparse
import functools
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from turnout.arguments import AnyOrder
from turnout.cli import _parser
from turnout.document import Document, Span, split_lines
from turnout.edits.change import TextChange
from turnout.edits.findings import Finding, Severity
from turnout.edits.outcome import EditSet, FileEdit, Subject
from turnout.engine.ask import Ask
from turnout.headless.command import COMMANDS, add_parsers, main
from turnout.headless.report import Report, Result
from turnout.headless.sarif import RULES, as_sarif, fingerprint
from turnout.headless.targets import Place, Usage, place, targets, workspaces
from turnout.headless.text import as_text, spelled_out
from turnout.headless.write import NotWrittenError, write
from turnout.tasks.review import CATEGORIES, Review

CODE = "import os\n\n\nclass Ratio:\n    def of(self, a, b):\n        return a / b\n"


def options(*arguments: str) -> argparse.Namespace:
    parser = AnyOrder()
    parser.set_defaults(config=None)
    commands = parser.add_subparsers(dest="command")
    add_parsers(functools.partial(commands.add_parser, argument_default=argparse.SUPPRESS))
    return parser.parse_args(arguments)


@pytest.fixture
def folder(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository, and settings whose only provider cannot be reached."""
    settings = home / ".config" / "turnout" / "turnout.toml"
    settings.parent.mkdir()
    settings.write_text(
        '[providers.fake]\ndialect = "openai-chat"\nbase_url = "http://127.0.0.1:9/v1"\n'
        'key = "none"\n[models."fake/big"]\nid = "big"\n[routes]\ndefault = ["fake/big"]\n'
    )
    folder = tmp_path / "project"
    (folder / "empty").mkdir(parents=True)
    (folder / "a.py").write_text(CODE)
    (folder / ".env").write_text("KEY=canary\n")
    (folder / ".gitignore").write_text("ignored.py\n")
    (folder / "ignored.py").write_text("canary = 1\n")
    (folder / "empty.md").touch()
    (folder / "zeros.py").write_bytes(b"x = 1\0\n")
    (folder / "picture.png").write_bytes(b"\x89PNG\xff\xfe")
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for arguments in (["init", "-q"], ["add", "a.py"], [*who, "commit", "-qm", "Begin"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["review", "nope.py"], "there is no file or folder nope.py"),
        (["review", "a.py:0"], "lines are counted from 1"),
        (["review", "a.py:5-4"], "the last is not before the first"),
        (["review", "a.py:7"], "a.py has 6 lines, and no line 7"),
        (["review", "empty:1"], "empty is a folder, which has no lines"),
        (["review", "empty"], "there is nothing to look at: no source file"),
        (["review", ".env"], ".env is excluded: `*.env` is on the built-in list"),
        (["explain", "ignored.py:1"], "ignored.py is excluded"),
        (["review", "picture.png"], "picture.png is not text in UTF-8"),
        (["review", "--diff", "nowhere"], "Git knows no nowhere"),
        (["review", "--diff", "--output=x"], "unrecognized arguments: --output"),
        (["review", "--diff=--output=x"], "is not the name of a revision"),
        (["review", "--diff", "a.py"], "for files, write `--diff -- a.py`"),
        (["review", "--diff", "--", "a.py:3"], "leave its lines out"),
        (["review", "--fail-on", "bad", "a.py"], "invalid choice: 'bad'"),
        (["review", "--max-cost", "-1", "a.py"], "-1 is not an amount in USD"),
        (["review", "--max-cost", "nan", "a.py"], "nan is not an amount in USD"),
        (["review", "--staged", "--diff"], "not allowed with"),
        (["review", "--json", "--sarif"], "not allowed with"),
        (["review", ""], "a path is empty; the folder you are in is `.`"),
        (["review", "a" * 5000], "a cannot be read: File name too long"),
        (["review", "zeros.py"], "zeros.py is not text"),
        (["review", "empty.md"], "there is nothing to look at: empty.md is empty"),
        (["ask"], "QUESTION"),
        (["ask", " "], "the question is empty; for example `turnout ask "),
        (["ask", "", "a.py"], "the question is empty"),
        (["suggest", ""], "the intent is empty; for example `turnout suggest "),
        (["docs", "--sarif", "a.py"], "unrecognized arguments: --sarif"),
        (["explain", "--apply", "a.py"], "unrecognized arguments: --apply"),
        (["dependency", "x", "a.py"], "required: --changelog"),
        (["dependency", "x", "--changelog", "a.py"], "required: PATH"),
        (["dependency", "nope", "--changelog", "a.py", "a.py"], "none of these files names nope"),
        (["dependency", "x", "--changelog", "gone.md", "."], "changelog gone.md cannot be read"),
        (["dependency", "x", "--changelog", "empty.md", "."], "changelog empty.md is empty"),
    ],
)
def test_usage(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    try:
        code = main(options(*arguments))
    except SystemExit as end:
        code = end.code
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert why in err
    assert "Asking" not in err


def test_a_provider_that_cannot_be_reached(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(options("review", "a.py", "--fail-on", "hint")) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err


def test_every_command_has_its_options() -> None:
    for name in COMMANDS:
        words = ["words"] if name in ("ask", "suggest", "dependency") else []
        words += [".", "--changelog", "-"] if name == "dependency" else []
        found = options(name, *words, "--model", "m", "--max-cost", "$0.50", "--quiet", "--json")
        assert (found.model, found.max_cost, found.quiet, found.json) == ("m", 0.5, True, True)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ask words --model m a b", (["words"], ["a", "b"])),
        ("ask --model m words a --json b --quiet c", (["words"], ["a", "b", "c"])),
        ("review --json a --anew b --fail-on hint c", ([], ["a", "b", "c"])),
        ("review --json a --anew -- -b c", ([], ["a", "-b", "c"])),
        ("review a --diff main b", ([], ["a", "b"])),
        ("tests a --apply b", ([], ["a", "b"])),
        ("docs --apply a --quiet b", ([], ["a", "b"])),
        ("explain a --model m b", ([], ["a", "b"])),
        ("commit-message a --quiet b", ([], ["a", "b"])),
        ("dependency x a --changelog - b", (["x"], ["a", "b"])),
        ("dependency --changelog - x --json a b", (["x"], ["a", "b"])),
        ("suggest find --model m the files", (["find", "the", "files"], [])),
    ],
)
def test_options_and_paths_stand_in_any_order(
    line: str, expected: tuple[list[str], list[str]]
) -> None:
    found = options(*line.split())
    assert (found.words, found.paths) == expected
    assert options("review").paths == [], "a list of its own for every run"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("route tests --model m a.py", {"task": "tests", "place": "a.py"}),
        ("session rm a --yes b", {"action": "rm", "ids": ["a", "b"]}),
        ("key set --config f openai", {"action": "set", "config": "f"}),
        ("provider enable --probe x", {"action": "enable", "name": "x"}),
        ("setup --yes vscode", {"editor": "vscode", "yes": True}),
        ("local serve --port 9 m.gguf --name x", {"model": "m.gguf", "port": 9, "name": "x"}),
    ],
)
def test_so_they_do_for_every_command(line: str, expected: dict[str, Any]) -> None:
    found = vars(_parser().parse_args(line.split()))
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("line", "usage", "rest"),
    [
        ("review a --bogus b", "usage: turnout review", "--bogus"),
        ("route tests a --json b", "usage: turnout route", "b"),
        ("local serve m --port 9 n", "usage: turnout local serve", "n"),
        ("doctor x", "usage: turnout doctor", "x"),
    ],
)
def test_what_a_command_does_not_know_is_said_with_its_usage(
    line: str, usage: str, rest: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        _parser().parse_args(line.split())
    err = capsys.readouterr().err
    assert ended.value.code == 2
    assert err.startswith(usage)
    assert err.endswith(f"unrecognized arguments: {rest}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.py", Place(Path("a.py"))),
        ("a.py:5", Place(Path("a.py"), 5)),
        ("a.py:5-6", Place(Path("a.py"), 5, 6)),
        ("b:7", Place(Path("b:7"))),  # a file that is called so
        ("b:7:1", Place(Path("b:7"), 1)),
    ],
)
def test_places(folder: Path, text: str, expected: Place) -> None:
    (folder / "b:7").write_text("x = 1\n")
    assert place(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.py", CODE),
        ("a.py:1", "import os\n"),
        ("a.py:6", "    def of(self, a, b):\n        return a / b"),
        ("a.py:4", CODE[CODE.index("class") :].rstrip("\n")),
        ("a.py:1-2", "import os\n\n"),
        ("a.py:6-99", "        return a / b\n"),
    ],
)
def test_what_a_place_means(folder: Path, text: str, expected: str) -> None:
    [target], left_out = targets([place(text)], lambda _: None)
    found = target.document.text[target.span.start : target.span.end]
    assert (found.rstrip("\n"), left_out) == (expected.rstrip("\n"), [])
    assert target.document.language == "python"


def test_a_folder_means_its_source_files(folder: Path) -> None:
    (folder / "b.go").write_text("package b\n")
    (folder / "notes.txt").write_text("words\n")

    def allowed(path: str) -> str | None:
        return "it is excluded" if path.endswith("ignored.py") else None

    found, _ = targets([place("."), place("a.py")], allowed)
    assert [Path(target.document.path or "").name for target in found] == ["a.py", "b.go"]


def test_too_many_files_are_not_asked_about(folder: Path) -> None:
    for number in range(101):
        (folder / "empty" / f"m{number}.py").write_text("x = 1\n")
    with pytest.raises(Usage, match="empty has 101 source files: more than 100"):
        targets([place("empty")], lambda _: None)


def test_the_workspace_is_the_repository(folder: Path, tmp_path: Path) -> None:
    loose = tmp_path / "loose"
    loose.mkdir()
    (loose / "c.py").write_text("")
    assert workspaces([]) == [folder]
    os.chdir(folder / "empty")
    assert workspaces(["../a.py:3", "."]) == [folder]
    assert workspaces([str(loose / "c.py")]) == [loose]
    os.chdir(tmp_path)
    assert workspaces(["loose/c.py"]) == [tmp_path]


def finding(severity: Severity = "error", quote: str = "a / b", **more: Any) -> Finding:
    start = CODE.index(quote)
    return Finding(start, start + len(quote), quote, severity, "bug", "It fails.", "m", **more)


def result(*findings: Finding, complete: bool = True, text: str = CODE, **more: Any) -> Result:
    document = Document(f"{Path.cwd().as_uri()}/a.py", 0, "python", tuple(split_lines(text)))
    ask = Ask("review", document, Span(0, len(text)))
    return Result(ask, Review(findings, complete=complete), "fake/big", **more)


def unanswered() -> Result:
    return Result(result().ask, why="Nobody answered.")


@pytest.mark.parametrize(
    ("results", "fail_on", "code"),
    [
        ([], None, 0),
        ([result(finding("error"))], None, 0),
        ([result(finding("error"))], "error", 1),
        ([result(finding("warning"))], "error", 0),
        ([result(finding("warning"))], "warning", 1),
        ([result(finding("info"))], "warning", 0),
        ([result(finding("info"))], "hint", 1),
        ([result(finding("hint"))], "info", 0),
        ([result(), unanswered()], None, 3),
        ([result(finding("error")), unanswered()], "error", 1),
        ([result(complete=False)], None, 3),
        ([result(failures=("It does not parse.",))], None, 3),
    ],
)
def test_exit_codes(results: list[Result], fail_on: Severity | None, code: int) -> None:
    report = Report("review", results)
    assert report.exit_code(fail_on) == code
    report.signal = 2
    assert report.exit_code(fail_on) == 130


def test_findings_stand_in_the_order_of_the_text() -> None:
    late, early = finding(), finding("info", "import os")
    assert [line.partition(" ")[0] for line in as_text(result(late, early)).splitlines()] == [
        "a.py:1:1:", "a.py:6:16:",
    ]  # fmt: skip


def test_nothing_steers_a_terminal() -> None:
    text = "x\x1b]0;t\x07\u202e\u2066y\tz\r\n\x0cend\rgone\x00"
    shown = spelled_out(text)
    names = ["001B", "0007", "202E", "2066", "000D", "0000"]
    assert re.findall(r"<U\+(....)>", shown) == names
    assert re.sub(r"<U\+.{4}>", "", shown) == "x]0;ty\tz\n\x0cendgone"


def test_every_category_has_its_rule() -> None:
    assert set(RULES) == {*CATEGORIES, "other"}


def test_a_fingerprint_is_made_of_content() -> None:
    one = finding(symbol="of")
    moved = Finding(0, 7, "a  /\n b", "info", "bug", "Otherwise said.", "other", symbol="of")
    assert fingerprint(one) == fingerprint(moved)
    assert fingerprint(one) != fingerprint(finding(symbol="to"))
    assert fingerprint(one) != fingerprint(finding(quote="import os", symbol="of"))


def test_the_same_finding_twice_has_two_fingerprints() -> None:
    [run] = as_sarif(Report("review", [result(finding(), finding())]), [Path.cwd()])["runs"]
    keys = [found["partialFingerprints"]["turnout/v1"] for found in run["results"]]
    assert [re.sub(r".*:", "", key) for key in keys] == ["1", "2"]


def edit(path: str, text: str = "x = 1\n", *, new: bool = False) -> EditSet:
    change = TextChange(0, 0, "import os\n")
    return EditSet("", (FileEdit(Subject(path, "", None, "" if new else text), (change,), new),))


@pytest.mark.parametrize(
    ("edits", "why"),
    [
        (edit("b.py"), "b.py cannot be read"),
        (edit("a.py"), "a.py has changed meanwhile"),
        (edit("a.py", new=True), "a.py is there already"),
        (edit("../b.py", new=True), "leads out of project"),
        (edit("link/b.py", new=True), "leads out of project"),
        (edit("ignored.py", "canary = 1\n"), "ignored.py is excluded: so"),
    ],
)
def test_what_is_not_written(folder: Path, edits: EditSet, why: str) -> None:
    (folder / "link").symlink_to(folder.parent)
    before = {path: path.read_bytes() for path in folder.parent.rglob("*") if path.is_file()}
    with pytest.raises(NotWrittenError, match=why):
        write(edits, folder, lambda path: "so" if "ignored" in path else None)
    after = {path: path.read_bytes() for path in folder.parent.rglob("*") if path.is_file()}
    assert after == before


def test_all_of_an_edit_is_written_or_nothing(folder: Path) -> None:
    both = EditSet("", (*edit("a.py", CODE).files, *edit("b.py").files))
    with pytest.raises(NotWrittenError, match=r"b\.py cannot be read"):
        write(both, folder, lambda _: None)
    assert (folder / "a.py").read_text() == CODE
    (folder / "b.py").write_bytes(b"x = 1\r\n")
    assert write(both, folder, lambda _: None) == ("a.py", "b.py")
    assert (folder / "a.py").read_text() == "import os\n" + CODE
    assert (folder / "b.py").read_bytes() == b"import os\r\nx = 1\r\n"
    assert sorted(p.name for p in folder.glob(".*.py.*")) == []


def test_what_was_written_is_taken_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk refuses the last of three files: the first two are as they were."""
    (folder / "b.py").write_bytes(b"x = 1\r\n")
    new = edit("deep/er/new.py", new=True).files
    edits = EditSet("", (*edit("a.py", CODE).files, *new, *edit("b.py").files))
    place = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.name == "b.py":
            raise OSError(28, "No space left on device")
        return place(self, target)

    monkeypatch.setattr(Path, "replace", full)
    before = {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}
    with pytest.raises(NotWrittenError, match=r"b\.py cannot be written: No space left"):
        write(edits, folder, lambda _: None)
    assert {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")} == before
    monkeypatch.undo()
    assert len(write(edits, folder, lambda _: None)) == 3
    assert (folder / "deep/er/new.py").read_text() == "import os\n"
