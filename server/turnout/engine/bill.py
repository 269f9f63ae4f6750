"""What a call costs in tokens: the most before it leaves, and what is booked when it has ended."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Final

from turnout.ledger.entry import Ending, Entry, Relation, Source
from turnout.settings.offers import offer_name
from turnout_clients import tokens
from turnout_clients.catalog.models import facts
from turnout_clients.types import Chat, Model, Prompt, ToolCall, Usage

if TYPE_CHECKING:
    from turnout.engine.record import Tried
    from turnout.routing.route import Route
    from turnout.settings.model import Provider

MARGIN: Final = 1.5
"""By which a prompt may be longer than estimated, for what is set aside."""
_TURN_TOKENS: Final = 8  # that a turn of a conversation takes beside its text


@dataclass(frozen=True, slots=True)
class Bill:
    """What is known of a call before it leaves: enough to set its cost aside, and to book it."""

    id: str
    at: float
    source: Source
    size: int  # of the prompt, in tokens of o200k
    max_tokens: int
    usual: float  # tokens of the model for one of o200k, as far as its tokenizer is known
    learnt: float  # the same, as far as its provider counted

    @classmethod
    def of(
        cls,
        call: str,
        model: Model,
        provider: Provider,
        prompt: Prompt,
        correction: tokens.Correction,
    ) -> Bill:
        """Make the bill of a call that is about to leave."""
        source = Source.of(model, provider)
        usual = tokens_per_token(model, provider)
        learnt = correction.factor(model.name, usual)
        return cls(call, time.time(), source, size(prompt), prompt.max_tokens, usual, learnt)

    def most(self) -> Usage:
        """Return the most tokens that the call may take.

        A provider that counts too little must not make the budget hold less.
        """
        prompt = ceil(self.size * max(self.usual, self.learnt) * MARGIN)
        return Usage(prompt, self.max_tokens)

    def opening(self, route: Route, parent: str, relation: Relation) -> Entry:
        """Return the line as far as it is known before the call."""
        reasons = (one.reason for one in route.candidates if one.name == self.source.name)
        return Entry(
            id=self.id,
            at=self.at,
            task=route.task,
            layer=route.layer,
            route=" > ".join(one.name for one in route.candidates),
            reason=next(reasons, ""),
            source=self.source,
            parent=parent,
            relation=relation if parent else "",
        )

    def closing(self, opening: Entry, tried: Tried) -> Entry:
        """Return the whole line of a call that has ended, however it did."""
        usage = self._usage(tried)
        return replace(
            opening,
            usage=usage,
            estimated=usage != tried.usage,
            first_ms=None if tried.first_text is None else tried.first_text * 1000,
            total_ms=tried.elapsed * 1000,
            ending=_ending(opening, tried),
            error=tried.error,
            aborted=tried.closed or not (tried.whole or tried.error),
        )

    def _usage(self, tried: Tried) -> Usage:
        """Return what the provider counted; what it did not live to count is estimated."""
        told = tried.usage
        if told is None and not tried.billed:
            return Usage(0, 0)
        heard = round(tried.heard / tokens.BYTES_PER_TOKEN * self.learnt)
        heard = min(heard, self.max_tokens)
        if told is None:
            return Usage(round(self.size * self.learnt), heard)
        cut_off = bool(tried.error) and not tried.whole
        return replace(told, output=max(told.output, heard)) if cut_off else told


def tokens_per_token(model: Model, provider: Provider) -> float:
    """Return how many tokens a model makes of what is one of o200k, as far as it is known."""
    known = facts(offer_name(provider), model.id)
    return known.tokenizer.factor if known else 1.0


def size(prompt: Prompt) -> int:
    """Estimate the tokens of a prompt, in tokens of o200k."""
    if isinstance(prompt, Chat):
        turns_parts = (part for turn in prompt.messages for part in turn.content)
        texts = [p.arguments if isinstance(p, ToolCall) else p.text for p in turns_parts]
        texts += [f"{tool.name}{tool.description}{tool.schema}" for tool in prompt.tools]
        turns = len(prompt.messages)
    else:
        texts = [prompt.prefix, prompt.suffix, *(snippet.text for snippet in prompt.snippets)]
        turns = 1
    return sum(map(tokens.estimate, texts)) + turns * _TURN_TOKENS


def _ending(opening: Entry, tried: Tried) -> Ending:
    if tried.error:
        return "failed"
    if tried.answered:
        return "answered"
    return "superseded" if opening.layer == "instant" else "cancelled"
