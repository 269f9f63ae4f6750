"""What leaves the machine: hidden characters are taken out of it and secrets replaced."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from secrets import token_bytes
from typing import TYPE_CHECKING

from turnout.context.redact import Redactor
from turnout.edits.plain import without_invisible
from turnout.vocabulary import LAYER_OF
from turnout_clients.types import Fill, Model, Prompt

if TYPE_CHECKING:
    from turnout.engine.ask import Ask


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


def cache_key(ask: Ask, model: Model, folders: Sequence[str]) -> str:
    """Name the calls that begin alike, for providers that keep them together for their cache.

    While typing a file begins as it did a key before; elsewhere it is the task that is told first.
    The name means nothing to anyone else, and nothing in the next run of the server.
    """
    where = [ask.document.uri] if LAYER_OF[ask.task] == "instant" else sorted(folders)
    told = "\0".join([ask.task, model.name, *where]).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, key=_salt(), digest_size=8).hexdigest()


@cache
def _salt() -> bytes:
    return token_bytes(32)
