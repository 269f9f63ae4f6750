"""A review, asked for in the editor by the code action, as a user does."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.neovim import Neovim

SEVERITIES = {1: "error", 2: "warning", 3: "info", 4: "hint"}

# Every action at the cursor, asked for and waited for.
ACTIONS = """
local client = vim.lsp.get_clients({ name = 'turnout', bufnr = 0 })[1]
local parameters = vim.lsp.util.make_range_params(0, client.offset_encoding)
parameters.context = { diagnostics = {} }
local answer = client:request_sync('textDocument/codeAction', parameters, 5000, 0)
return answer and answer.result or {}
"""
# `apply` takes the only action that is left without a menu: the first review.
REVIEW = """
local first
vim.lsp.buf.code_action({
  apply = true,
  filter = function(action)
    first = first or action.title:find('^Review') and action.title
    return action.title == first
  end,
})
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding as the editor shows it."""

    line: int
    severity: str
    message: str


def refusal(editor: Neovim) -> str:
    """Return why the action Review is disabled."""
    actions = editor.lua(ACTIONS)
    reasons = [
        action["disabled"]["reason"]
        for action in actions
        if action["title"].startswith("Review") and "disabled" in action
    ]
    assert reasons, f"no disabled Review among {[action['title'] for action in actions]}"
    return str(reasons[0])


def review(editor: Neovim, seconds: float = 40) -> tuple[float, list[Finding]]:
    """Choose the action Review; return the seconds it took and what it found."""
    editor.type("<Esc>")
    start = time.monotonic()
    editor.lua(REVIEW)
    editor.until("end of the review", lambda: "end" in editor.progress, seconds)
    assert "Turnout:" not in editor.messages, editor.messages
    findings = [
        Finding(found["lnum"] + 1, SEVERITIES[found["severity"]], found["message"])
        for found in editor.diagnostics()
    ]
    return time.monotonic() - start, findings
