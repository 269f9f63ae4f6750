"""What changed is read from git; nothing that a repository's own configuration names is run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.repository import git
from turnout.context.git import Change, GitError, Repository


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with one commit on `main`."""
    folder = tmp_path / "work"
    folder.mkdir()
    git(folder, "init", "--initial-branch=main")
    (folder / "kept.py").write_text("one = 1\ntwo = 2\n")
    (folder / "gone.py").write_text("gone = True\n")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "begin")
    return folder


def _repository(folder: Path, *excluded: str) -> Repository:
    def allowed(path: str) -> str | None:
        return "it is excluded" if Path(path).name in excluded else None

    found = Repository.around(folder / "kept.py", allowed)
    assert found is not None
    return found


def _patches(changes: list[Change]) -> dict[str, str]:
    return {change.path.name: change.patch for change in changes}


def test_uncommitted_changes_hold_new_changed_and_deleted_files(folder: Path) -> None:
    (folder / "kept.py").write_text("one = 1\ntwo = 3\n")
    (folder / "gone.py").unlink()
    (folder / "neu ö\t.py").write_text("no newline")
    (folder / "line\u2028end.py").write_text("a\u2028b\n")
    patches = _patches(_repository(folder).uncommitted())
    assert set(patches) == {"kept.py", "gone.py", "neu ö\t.py", "line\u2028end.py"}
    assert "-two = 2\n+two = 3\n" in patches["kept.py"]
    assert "-gone = True\n" in patches["gone.py"]
    assert patches["neu ö\t.py"].endswith(
        "@@ -0,0 +1,1 @@\n+no newline\n\\ No newline at end of file\n"
    )
    assert patches["line\u2028end.py"].endswith("@@ -0,0 +1,1 @@\n+a\u2028b\n")


def test_excluded_files_are_not_even_asked_about(folder: Path) -> None:
    for name in ("kept.py", "gone.py", "new.env"):
        (folder / name).write_text("SECRET")
    changes = _repository(folder, "gone.py", "new.env").uncommitted()
    assert set(_patches(changes)) == {"kept.py"}


def test_staged_changes_are_those_that_a_commit_would_take(folder: Path) -> None:
    (folder / "kept.py").write_text("staged = 1\n")
    git(folder, "add", "kept.py")
    (folder / "gone.py").write_text("not staged\n")
    assert set(_patches(_repository(folder).uncommitted(staged=True))) == {"kept.py"}


def test_a_branch_is_compared_with_where_it_left_the_main_one(folder: Path) -> None:
    git(folder, "checkout", "-b", "topic")
    (folder / "kept.py").write_text("topic = 1\n")
    git(folder, "commit", "-am", "topic")
    git(folder, "checkout", "main")
    (folder / "gone.py").write_text("main moved on\n")
    git(folder, "commit", "-am", "main")
    git(folder, "checkout", "topic")
    repository = _repository(folder)
    assert repository.main_branch() == "main"
    assert repository.branch() == "topic"
    assert repository.subjects() == ["topic", "begin"]
    assert set(_patches(repository.since("main"))) == {"kept.py"}


def test_files_in_conflict_are_left_out_and_cost_nothing_else(folder: Path) -> None:
    git(folder, "checkout", "-b", "topic")
    (folder / "kept.py").write_text("topic = 1\n")
    git(folder, "commit", "-am", "topic")
    git(folder, "checkout", "main")
    (folder / "kept.py").write_text("main = 1\n")
    git(folder, "commit", "-am", "main")
    with pytest.raises(subprocess.CalledProcessError):
        git(folder, "merge", "topic")
    (folder / "gone.py").write_text("changed\n")
    patches = _patches(_repository(folder).uncommitted())
    assert "+changed" in patches["gone.py"]


def test_before_the_first_commit_everything_is_new(tmp_path: Path) -> None:
    git(tmp_path, "init")
    (tmp_path / "kept.py").write_text("first\n")
    (tmp_path / "added.py").write_text("second\n")
    git(tmp_path, "add", "added.py")
    assert set(_patches(_repository(tmp_path).uncommitted())) == {"kept.py", "added.py"}


def test_there_is_no_repository_outside_of_one(tmp_path: Path) -> None:
    assert Repository.around(tmp_path / "a.py", lambda _: None) is None


@pytest.mark.parametrize("revision", ["--output=x", "no-such-branch", "a b", "$(touch x)", ""])
def test_a_revision_that_is_none_is_refused_in_a_sentence(folder: Path, revision: str) -> None:
    with pytest.raises(GitError, match=r"^\S.*\.$"):
        _repository(folder).since(revision)
    assert {path.name for path in folder.iterdir()} == {".git", "kept.py", "gone.py"}


def test_nothing_that_the_configuration_names_is_run(folder: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap.sh"
    sprung = tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\necho $0 $@ >> {sprung}\ncat\n")
    trap.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("post-index-change", "fsmonitor-watchman", "reference-transaction"):
        (hooks / hook).symlink_to(trap)
    more = tmp_path / "more.config"
    more.write_text(f'[filter "included"]\n\tclean = {trap}\n\trequired = true\n')
    for name, value in {
        "core.fsmonitor": str(trap),
        "core.hooksPath": str(hooks),
        "core.pager": str(trap),
        "core.sshCommand": str(trap),
        "core.askPass": str(trap),
        "core.editor": str(trap),
        "core.alternateRefsCommand": str(trap),
        "diff.external": str(trap),
        "diff.mine.command": str(trap),
        "diff.mine.textconv": str(trap),
        "filter.mine.clean": str(trap),
        "filter.mine.smudge": str(trap),
        "filter.long.process": str(trap),
        "filter.long.required": "true",
        "gpg.program": str(trap),
        "log.showSignature": "true",
        "pager.diff": str(trap),
        "include.path": str(more),
        "color.ui": "always",
        "diff.noprefix": "true",
        "remote.origin.url": f"ext::{trap}",
        "remote.origin.promisor": "true",
        "credential.helper": str(trap),
    }.items():
        git(folder, "config", name, value)
    (folder / ".gitattributes").write_text(
        "kept.py filter=mine diff=mine\ngone.py filter=long\nnew.py filter=included\n"
    )
    for name in ("kept.py", "gone.py", "new.py"):
        (folder / name).write_text("changed = 1\n")
    repository = _repository(folder)
    changes = repository.uncommitted()
    repository.subjects()
    assert not sprung.exists(), sprung.read_text()
    patches = _patches(changes)
    assert set(patches) == {".gitattributes", "kept.py", "gone.py", "new.py"}
    assert "+changed = 1" in patches["kept.py"]
    assert "diff --git a/kept.py b/kept.py\n" in patches["kept.py"]
    subprocess.run(["git", "diff"], cwd=folder, check=False, capture_output=True)
    assert sprung.exists(), "the traps work"


def test_another_work_tree_of_the_configuration_is_not_looked_at(
    folder: Path, tmp_path: Path
) -> None:
    private = tmp_path / "private"
    private.mkdir()
    (private / "kept.py").write_text("private key\n")
    git(folder, "config", "core.worktree", str(private))
    (folder / "kept.py").write_text("mine\n")
    patches = _patches(_repository(folder).uncommitted())
    assert "+mine" in patches["kept.py"]
    assert not any("private" in patch for patch in patches.values())


def test_a_symbolic_link_that_is_new_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("private key\n")
    (folder / "link.py").symlink_to(tmp_path / "key")
    patches = _patches(_repository(folder).uncommitted())
    assert "link.py" not in patches
