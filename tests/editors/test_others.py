"""Editors that are not driven here: their snippets are whole, their pages say what was run."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from support.driven import OTHERS, ROOT

COMMAND = ["turnout", "--stdio"]


def test_kate() -> None:
    servers = json.loads((OTHERS / "kate" / "settings.json").read_text())["servers"]
    assert {tuple(server["command"]) for server in servers.values()} == {tuple(COMMAND)}
    modes = {name: re.compile(server["highlightingModeRegex"]) for name, server in servers.items()}
    for mode, language in {
        "Python": "python",
        "C++": "cpp",
        "C": "c",
        "Bash": "shellscript",
    }.items():
        assert [name for name, pattern in modes.items() if pattern.search(mode)] == [language]


def test_helix() -> None:
    tree = tomllib.loads((OTHERS / "helix" / "languages.toml").read_text())
    server = tree["language-server"]["turnout"]
    assert [server["command"], *server["args"]] == COMMAND
    assert all(language["language-servers"][-1] == "turnout" for language in tree["language"])


def test_zed() -> None:
    tree = json.loads((OTHERS / "zed" / "settings.json").read_text())
    binary = tree["lsp"]["pylsp"]["binary"]
    assert [binary["path"], *binary["arguments"]] == COMMAND
    assert "pylsp" in tree["languages"]["Python"]["language_servers"]


def test_sublime() -> None:
    tree = json.loads((OTHERS / "sublime" / "LSP.sublime-settings").read_text())
    assert tree["clients"]["turnout"]["command"] == COMMAND


PAGES = [ROOT / "editors" / "README.md", *sorted((ROOT / "editors").glob("[jo]*/**/README.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)", page.read_text()):
        assert link.startswith("https://") or (page.parent / link).exists(), link


@pytest.mark.parametrize("editor", ["helix", "zed", "sublime"])
def test_what_was_not_run_says_so(editor: str) -> None:
    assert "***Not run***" in (OTHERS / editor / "README.md").read_text()
