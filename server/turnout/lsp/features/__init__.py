"""One module a method, or a few that belong together; each has `register(server)`."""

from __future__ import annotations

from typing import Final

from turnout.lsp.features import (
    acceptance,
    actions,
    code_action,
    code_lens,
    completion,
    configuration,
    copilot,
    doctor,
    findings,
    inline_completion,
    notes,
    onboarding,
    recall_feed,
    report,
    session,
    sessions,
    status,
    trust,
    workspace,
)

FEATURES: Final = (
    session,
    configuration,
    workspace,
    recall_feed,
    inline_completion,
    completion,
    acceptance,
    copilot,
    findings,
    actions,
    code_action,
    code_lens,
    notes,
    onboarding,
    status,
    report,
    sessions,
    doctor,
    trust,
)
