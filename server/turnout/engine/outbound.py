"""What leaves the machine: hidden characters are taken out of it and secrets replaced."""

from __future__ import annotations

from dataclasses import replace

from turnout.context.redact import Redactor
from turnout.edits.plain import without_invisible
from turnout_clients.types import Fill, Prompt


def outbound(prompt: Prompt, redactor: Redactor) -> Prompt:
    """Return the prompt as it may be sent.

    A conversation loses invisible characters, which can carry instructions that the user never saw.
    Code to be filled in stays as it is, or the answer would not fit it.
    """
    redact = redactor.redact
    if isinstance(prompt, Fill):
        prefix, suffix = redactor.redact_around(prompt.prefix, prompt.suffix)
        snippets = tuple(replace(snippet, text=redact(snippet.text)) for snippet in prompt.snippets)
        return replace(prompt, prefix=prefix, suffix=suffix, snippets=snippets)
    messages = tuple(
        message.rewritten(lambda text: redact(without_invisible(text)))
        for message in prompt.messages
    )
    return replace(prompt, messages=messages)
