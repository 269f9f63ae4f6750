"""What is asked about changes: each file at the places where it changed, and what is left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support.repository import git
from turnout.context.git import GitError
from turnout.document import Document, split_lines
from turnout.engine.ask import Ask
from turnout.tasks import change_reviews
from turnout.tasks.asking import Asked, Work, commit_message, pull_request, review_changes
from turnout.tasks.commit_message import SUBJECTS
from turnout.tasks.review_places import Places

SHELF = '''import os

LIMIT = 10


def first(items):
    return items[0]


class Shelf:
    """Holds things."""

    def ratio(self, a, b):
        return a / b

    def clean(self, path):
        os.remove(path)
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    git(folder, "init", "--initial-branch=main")
    (folder / "shelf.py").write_text(SHELF)
    (folder / "data.txt").write_text("".join(f"line {n}\n" for n in range(2_000)))
    git(folder, "add", ".")
    git(folder, "commit", "-m", "feat: begin")
    return folder


def work(
    folder: Path,
    *documents: Document,
    only: tuple[Path, ...] = (),
    excluded: tuple[str, ...] = (),
) -> Work:
    def allowed(path: str) -> str | None:
        return "excluded" if Path(path).name in excluded else None

    return Work(folder, allowed, documents, only)


def change(folder: Path, edit: Callable[[str], str], name: str = "shelf.py") -> None:
    path = folder / name
    path.write_text(edit(path.read_text()))


def texts(ask: Ask) -> list[str]:
    return [ask.document.text[part.start : part.end] for part in ask.parts or (ask.span,)]


def only(asked: Asked) -> Ask:
    (ask,) = asked.asks
    return ask


def line_of(ask: Ask, quote: str) -> int | None:
    place = Places(ask).find(quote)
    return None if place is None else ask.document.line_column(place[0])[0] + 1


async def test_the_symbols_around_the_changed_lines_are_asked_about(folder: Path) -> None:
    change(folder, lambda text: text.replace("items[0]", "items[1]").replace("a / b", "b / a"))
    asked = await review_changes(work(folder / "shelf.py"), model="mine/big")
    ask = only(asked)
    assert asked.notes == ()
    assert (ask.task, ask.model, ask.explicit) == ("review", "mine/big", True)
    assert ask.document.path == str(folder / "shelf.py")
    assert ask.document.language == "python"
    assert [text.split("(")[0] for text in texts(ask)] == ["def first", "def ratio"]
    assert texts(ask)[0].endswith("return items[1]")
    (diff,) = ask.materials
    assert diff.kind == "diff"
    assert "+    return items[1]" in diff.text
    assert line_of(ask, "return items[1]") == 7
    assert line_of(ask, "os.remove(path)") is None  # changed by nobody, in another symbol


async def test_what_stands_outside_of_symbols(folder: Path) -> None:
    change(folder, lambda text: text.replace("LIMIT = 10", "LIMIT = 11"))
    assert texts(only(await review_changes(work(folder)))) == ["import os\n\nLIMIT = 11"]


async def test_where_lines_were_only_taken_away(folder: Path) -> None:
    change(folder, lambda text: text.replace('    """Holds things."""\n', ""))
    ask = only(await review_changes(work(folder)))
    assert any("class Shelf:" in text for text in texts(ask))


async def test_of_a_long_piece_only_what_is_near(folder: Path) -> None:
    change(folder, lambda text: text.replace("line 1000\n", "line one\n"), "data.txt")
    (text,) = texts(only(await review_changes(work(folder))))
    assert text.startswith("line 960\n")
    assert text.endswith("\nline 1040\n")
    assert len(text.splitlines()) == 81


async def test_changes_near_each_other_are_one_part(folder: Path) -> None:
    change(folder, lambda text: text.replace("100", "one"), "data.txt")
    found = texts(only(await review_changes(work(folder))))
    assert [len(text.splitlines()) for text in found] == [81, 90, 81]  # 100, 1000 to 1009, 1100


async def test_a_new_file_is_reviewed_as_it_is(folder: Path) -> None:
    (folder / "neu ö.py").write_text("x = 1\r\ny = 2")
    ask = only(await review_changes(work(folder)))
    assert ask.document.text == "x = 1\r\ny = 2"
    assert (ask.parts, ask.materials) == ((), ())
    assert texts(ask) == ["x = 1\r\ny = 2"]


async def test_the_open_text_counts_before_the_disk(folder: Path) -> None:
    change(folder, lambda text: text.replace("items[0]", "items[1]"))
    now = "# not saved\n" + (folder / "shelf.py").read_text().replace("a / b", "b / a")
    uri = (folder / "shelf.py").as_uri()
    document = Document(uri, 7, "python", tuple(split_lines(now)))
    ask = only(await review_changes(work(folder, document)))
    assert ask.document is document
    assert ask.documents == (document,)
    first, second = texts(ask)
    assert first.startswith("# not saved\nimport os")
    assert first.endswith("return items[1]")
    assert second.startswith("def ratio")
    assert line_of(ask, "return items[1]") == 8
    assert line_of(ask, "return b / a") == 15


async def test_a_change_that_is_undone_in_the_editor_is_none(folder: Path) -> None:
    change(folder, lambda text: text.replace("items[0]", "items[1]"))
    document = Document((folder / "shelf.py").as_uri(), 7, "python", tuple(split_lines(SHELF)))
    asked = await review_changes(work(folder, document))
    assert not asked.asks
    assert "once what is open is saved" in asked.notes[0]


async def test_staged_changes_are_reviewed_as_they_are_staged(folder: Path) -> None:
    change(folder, lambda text: text.replace("items[0]", "items[1]"))
    git(folder, "add", ".")
    change(folder, lambda text: "# later\n" + text.replace("a / b", "b / a"))
    ask = only(await review_changes(work(folder), "staged"))
    assert ask.document.text == SHELF.replace("items[0]", "items[1]")
    assert line_of(ask, "return items[1]") == 7


async def test_a_branch_and_a_revision(folder: Path) -> None:
    git(folder, "checkout", "-b", "topic")
    change(folder, lambda text: text.replace("items[0]", "items[1]"))
    git(folder, "commit", "-am", "topic")
    for against in ("branch", "main", "HEAD~1"):
        assert [
            t.split("(")[0] for t in texts(only(await review_changes(work(folder), against)))
        ] == ["def first"]
    assert not (await review_changes(work(folder), "HEAD")).asks


async def test_what_is_left_out_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_reviews, "LARGEST_PATCH", 1_000)
    for name in ("secret.py", "hidden.py"):
        (folder / name).write_text("x = 1\n")
    (folder / "package-lock.json").write_text("{}\n")
    (folder / "latin.py").write_bytes(b"x = '\xe9'\n")
    (folder / "shelf.py").unlink()
    (folder / "large.py").write_text("x = 1\n" * 40_000)
    change(folder, lambda text: text.replace("line 1", "row 1"), "data.txt")
    asked = await review_changes(work(folder, excluded=("secret.py", "hidden.py")))
    assert [ask.document.path for ask in asked.asks] == [str(folder / "large.py")]
    notes = "\n".join(asked.notes)
    assert "2 changed files are excluded and left out." in notes
    assert "1 changed file is written by a program or by others: not reviewed." in notes
    assert "1 changed file is deleted or no text: there is nothing to review." in notes
    assert "1 changed file is changed too much to be reviewed as a change" in notes
    assert "secret" not in notes


async def test_only_what_was_named(folder: Path) -> None:
    (folder / "sub").mkdir()
    for name in ("a.py", "sub/b.py", "subtle.py"):
        (folder / name).write_text("x = 1\n")
    asked = await review_changes(work(folder, only=(folder / "sub",)))
    assert only(asked).document.path == str(folder / "sub" / "b.py")
    assert asked.notes == ()


KEY = [f"{number:02}" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6" for number in range(12)]
PEM = "\n".join(["-----BEGIN RSA PRIVATE KEY-----", *KEY, "-----END RSA PRIVATE KEY-----", ""])


@pytest.mark.parametrize("above", [3, 2_000], ids=["short", "long"])
async def test_a_hunk_with_half_a_key_does_not_tell_it(folder: Path, above: int) -> None:
    text = "x = 1\n" * above + f'KEY = """{PEM}"""\n' + "y = 2\n" * 60
    (folder / "key.py").write_text(text)
    git(folder, "add", ".")
    git(folder, "commit", "-m", "key")
    change(folder, lambda text: text.replace('"""\ny', '"""  # here\ny'), "key.py")
    for asked in (await review_changes(work(folder)), await commit_message(work(folder))):
        ask = only(asked)
        (diff,) = (material.text for material in ask.materials if material.kind == "diff")
        assert "# here" in diff
        assert not any(line in diff for line in KEY)
        shown = "".join(texts(ask))
        assert PEM[:-1] in shown or not any(line in shown for line in KEY)
    assert line_of(only(await review_changes(work(folder))), "# here") == above + 15


async def test_what_is_near_a_change_does_not_end_within_a_key(folder: Path) -> None:
    (folder / "key.py").write_text("x = 1\n" * 2_000 + f'KEY = """{PEM}"""\n' + "y = 2\n" * 90)
    git(folder, "add", ".")
    git(folder, "commit", "-m", "key")
    changed = "y = 2\n" * 30 + "z = 2\n"
    change(folder, lambda text: text.replace("y = 2\n" * 60, changed, 1), "key.py")
    (shown,) = texts(only(await review_changes(work(folder))))
    assert shown.startswith(f'KEY = """{PEM}')
    assert "z = 2" in shown


async def test_a_mark_at_the_start_of_a_file_is_no_change(folder: Path) -> None:
    path = folder / "mark.py"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n\r\n\r\ndef f():\r\n    pass\r\n")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "mark")
    path.write_bytes(path.read_bytes().replace(b"b = 2", b"b = 3"))
    text = path.read_bytes().decode("utf-8-sig")
    document = Document(path.as_uri(), 7, "python", tuple(split_lines(text.replace("1", "5"))))
    for documents in ((), (document,)):
        ask = only(await review_changes(work(folder, *documents)))
        assert ask.document.text.startswith("a = ")
        assert ("\n+a = " in ask.materials[0].text) == bool(documents)
        assert line_of(ask, "b = 3") == 2
        assert not any("def f" in text for text in texts(ask))


async def test_so_many_files_and_no_more(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_reviews, "MOST_FILES", 3)
    for number in range(5):
        (folder / f"{number}.py").write_text("x = 1\n")
    asked = await review_changes(work(folder))
    assert len(asked.asks) == 3
    (note,) = asked.notes
    assert note.startswith("5 files changed: only the first 3 are reviewed. Name files")


async def test_no_change_is_said(folder: Path) -> None:
    for ask in (review_changes, commit_message, pull_request):
        asked = await ask(work(folder))
        assert not asked.asks
        assert "There is no change to" in asked.notes[0]


@pytest.mark.parametrize(
    ("against", "why"), [("no-such", "git knows no|Git knows no"), ("--all", "not the name")]
)
async def test_faults_of_git_are_sentences_with_a_remedy(
    folder: Path, against: str, why: str
) -> None:
    with pytest.raises(GitError, match=why) as fault:
        await review_changes(work(folder), against)
    assert fault.value.remedy
    assert str(fault.value).endswith(".")


async def test_a_folder_without_a_repository(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="in no git repository") as fault:
        await review_changes(work(tmp_path))
    assert fault.value.remedy


async def test_a_message_is_asked_for_what_is_staged(folder: Path) -> None:
    change(folder, lambda text: text.replace("items[0]", "items[1]"))
    (folder / "new.py").write_text("x = 1\n")
    ask = only(await commit_message(work(folder)))
    assert ask.task == "commit_message"
    diff, subjects = ask.materials
    assert (diff.kind, subjects.kind) == ("diff", SUBJECTS)
    assert "new.py" in diff.text
    assert "shelf.py" in diff.text
    assert subjects.text == "feat: begin"
    git(folder, "add", "new.py")
    diff, _ = only(await commit_message(work(folder))).materials
    assert "shelf.py" not in diff.text


async def test_a_message_about_excluded_files_is_not_about_others(folder: Path) -> None:
    (folder / "secret.py").write_text("x = 1\n")
    git(folder, "add", "secret.py")
    change(folder, lambda text: text.replace("items[0]", "items[1]"))
    asked = await commit_message(work(folder, excluded=("secret.py",)))
    assert not asked.asks
    assert asked.notes[0] == "1 changed file is excluded and left out."


async def test_a_pull_request_knows_branch_and_template(folder: Path) -> None:
    git(folder, "checkout", "-b", "topic")
    (folder / ".github").mkdir()
    (folder / ".github" / "pull_request_template.md").write_text("## Why\n")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "topic")
    ask = only(await pull_request(work(folder)))
    assert ask.task == "pull_request"
    told = {material.title: material.text for material in ask.materials}
    assert told["The name of the branch"] == "topic"
    assert told["The template to fill in"] == "## Why\n"
    assert told["The subjects of recent commits"] == "topic\nfeat: begin"
