"""Files that start programs, steer editors or instruct agents: no answer ever changes them."""

from __future__ import annotations

import unicodedata
from typing import Final

_ANYWHERE: Final = {
    "belongs to git": (
        ".git .gitmodules .gitattributes .gitconfig .gitignore .hg .svn .jj .bzr"
    ),
    "runs by itself on commits": (
        ".husky .githooks .git-hooks .hooks lefthook.yml lefthook.yaml .lefthook .lefthook.yml"
        " .pre-commit-config.yaml .pre-commit-hooks.yaml .lintstagedrc .overcommit.yml"
    ),
    "runs in continuous integration": (
        ".gitlab-ci.yml .gitlab-ci.yaml .gitlab .travis.yml .circleci azure-pipelines.yml"
        " azure-pipelines.yaml .azure-pipelines jenkinsfile .jenkins .drone.yml .woodpecker"
        " .woodpecker.yml .woodpecker.yaml bitbucket-pipelines.yml appveyor.yml .appveyor.yml"
        " .buildkite .teamcity cloudbuild.yaml cloudbuild.yml .semaphore .cirrus.yml .cirrus.star"
        " .forgejo .gitea .builds .build.yml buildspec.yml buildspec.yaml codemagic.yaml"
        " wercker.yml .dagger .earthly"
    ),
    "is a setting of an editor": (
        ".vscode .vscode-server .idea .fleet .vs .zed .helix .nvim .nvim.lua .nvimrc .exrc .vim"
        " .vimrc .lvimrc .local.vim .emacs .emacs.d .dir-locals.el .dir-locals-2.el .sublime"
        " .kakrc .kak .neoconf.json .lazy.lua .nova .devcontainer .devcontainer.json .editorconfig"
        " .projectile"
    ),
    "instructs an agent": (
        ".claude .claude.json claude.md claude.local.md .mcp.json mcp.json .cursor .cursorrules"
        " .cursorignore .windsurf .windsurfrules .continue .continuerc.json .continueignore .aider"
        " .aider.conf.yml .aiderignore .codex .gemini gemini.md .roo .roomodes .roorules .cline"
        " .clinerules .kiro .amazonq .augment .augment-guidelines .junie .goose .goosehints"
        " .opencode opencode.json .crush .qwen .trae .zencoder .tabnine .copilot .agents agents.md"
        " agents.override.md .github-copilot copilot-instructions.md .aiignore .aiexclude"
        " .turnout turnout.toml"
    ),
    "holds secrets or starts programs": (
        ".env .envrc .npmrc .yarnrc .yarnrc.yml .yarn .pnpmfile.cjs .pypirc .netrc .ssh .gnupg .aws"
        " .docker .kube .bashrc .bash_profile .zshrc .zprofile .zshenv .profile .tool-versions"
        " mise.toml .mise.toml .mise .direnv .bazelrc .cargo .gdbinit .lldbinit .pdbrc .irbrc"
        " .pryrc .inputrc .curlrc .wgetrc sitecustomize.py usercustomize.py"
    ),
}  # fmt: skip
_NAMES: Final = {name: why for why, names in _ANYWHERE.items() for name in names.split()}
_STARTS: Final = {
    ".env.": "holds secrets or starts programs",
    ".aider.": "instructs an agent",
    ".gitlab-ci": "runs in continuous integration",
    ".cursor": "instructs an agent",
    ".clinerules": "instructs an agent",
    "jenkinsfile.": "runs in continuous integration",
}
_ENDS: Final = {
    ".code-workspace": "is a setting of an editor",
    ".sublime-project": "is a setting of an editor",
    ".sublime-workspace": "is a setting of an editor",
    ".iml": "is a setting of an editor",
    ".pth": "holds secrets or starts programs",
}
_TEXT_FOR_PEOPLE: Final = (".md", ".txt")  # all that .github has beside


def protected(path: str) -> str:
    """Return why a path is never changed, or nothing."""
    folded = unicodedata.normalize("NFKC", path).casefold().replace("ı", "i")
    names = folded.split("/")
    for name in names:
        if why := _why(name.rstrip(" .")):
            return why
    if ".github" in names and not names[-1].endswith(_TEXT_FOR_PEOPLE):
        return "runs in continuous integration"
    return ""


def _why(name: str) -> str:
    if name in _NAMES:
        return _NAMES[name]
    starts = next((why for start, why in _STARTS.items() if name.startswith(start)), "")
    return starts or next((why for end, why in _ENDS.items() if name.endswith(end)), "")
