"""Words as a comment of a language: whatever they say, no line of them can become code."""

from __future__ import annotations

import textwrap
from typing import Final

_WIDTH: Final = 88
_LEADERS: Final = {
    "#": "python ruby shellscript sh bash zsh fish perl r yaml toml make makefile cmake dockerfile"
    " elixir julia powershell ps1 coffeescript nix terraform tcl gdscript nim crystal",
    "//": "c cpp cuda-cpp objective-c objective-cpp csharp cs java javascript javascriptreact"
    " typescript typescriptreact go rust swift kotlin scala dart php groovy zig proto proto3"
    " solidity fsharp v glsl",
    "--": "sql lua haskell elm ada vhdl",
    ";;": "lisp commonlisp scheme clojure racket emacs-lisp",
    "%": "tex latex erlang matlab octave prolog",
}
_LEADER_OF: Final = {
    language: leader for leader, languages in _LEADERS.items() for language in languages.split()
}


def can_comment(language: str) -> bool:
    """Whether comments of this language are known."""
    return language in _LEADER_OF


def as_comment(text: str, language: str, indent: str) -> str:
    """Return whole lines of comment, each with its end."""
    leader = _LEADER_OF[language]
    width = max(40, _WIDTH - len(indent.expandtabs(4)) - len(leader) - 1)
    lines = []
    for line in text.strip().splitlines():
        # In C and its kin a backslash at the end draws the next line into the comment.
        wrapped = [part.rstrip("\\ ") for part in textwrap.wrap(line, width)]
        lines += [f"{indent}{leader} {part}".rstrip() for part in wrapped or [""]]
    return "".join(f"{line}\n" for line in lines)
