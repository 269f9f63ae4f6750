"""What is known of models, as dated data. It is read when it is first asked for.

What the user says of a model wins; one that is not here works with the defaults of `Model`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from turnout_clients.catalog import OFFERED
from turnout_clients.types import Effort, Model


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """How many tokens a family of models makes of a text, against o200k."""

    name: str
    factor: float
    measured: bool  # False: assumed
    encoding: str = ""  # of tiktoken, where counts are exact


@dataclass(frozen=True, slots=True)
class CacheRules:
    """How a provider keeps prompts. Multipliers are of the price of a fresh input token."""

    usage: Literal["additive", "inclusive"]  # whether cached tokens stand beside the input
    minimum: int  # tokens of a prompt that is kept
    read: float
    write: Mapping[str, float] = field(default_factory=dict, hash=False)  # by time to live
    breakpoints: int = 0  # marks that a request may set; 0 where it is all automatic
    lookback: int = 0  # how far behind a mark an earlier one is found; 0: not told
    step: int = 1  # what is kept is a multiple of so many tokens
    automatic: bool = False  # kept without being marked


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One model. 0 and empty stand for what is not known."""

    id: str  # as its maker calls it
    tokenizer: Tokenizer
    cache: CacheRules
    title: str = ""  # as people call it
    context: int = 0
    max_output: int = 0
    fim: Mapping[str, str] = field(default_factory=dict, hash=False)  # by provider
    fim_max_output: int = 0  # where it is less than `max_output`
    edits: bool = False  # made to foresee the next edit
    input: tuple[str, ...] = ("text",)  # modalities
    tools: bool = False
    efforts: tuple[Effort, ...] = ()  # of thinking, weakest first
    budget: bool = False  # effort is told as a number of tokens
    prefill: bool = False  # takes the start of its own answer
    temperature: bool = True
    stop: bool = True
    ends: date | None = None  # the day it is shut down
    successor: str = ""
    layers: tuple[str, ...] = ()  # for which it is a sensible choice
    note: str = ""
    seen: date = date.min

    def ending(self, today: date) -> str:
        """Say that it is shut down, or soon will be; "" if nothing is announced."""
        if self.ends is None:
            return ""
        instead = f": use {self.successor}" if self.successor else ""
        verb = "was shut down" if self.ends <= today else "shuts down"
        return f"{verb} {self.ends}{instead}"


def facts(provider: str, model: str) -> ModelFacts | None:
    """What is known of a model under the id that it has at a provider of the catalogue."""
    return _read().get((provider, model)) if provider else None


def served_by(provider: str) -> dict[str, ModelFacts]:
    """The models that are known of a provider, by the ids they have there."""
    return {model: row for (owner, model), row in _read().items() if owner == provider}


def display_name(model: Model) -> str:
    """What people call a model; for one that is not in the catalogue, its name in settings."""
    return model.title or model.name.partition("/")[2] or model.name


def fill_in(model: Model, provider: str, said: Mapping[str, Any]) -> Model:
    """The model with what the catalogue knows of it, except for the fields that the user said."""
    offered = next((row for row in OFFERED if row.name == provider), None)
    found: dict[str, Any] = {"inline_context": offered.inline_context} if offered else {}
    if known := facts(provider, model.id):
        found |= _known(known, model, provider)
    return replace(model, **{name: value for name, value in found.items() if name not in said})


def _known(known: ModelFacts, model: Model, provider: str) -> dict[str, Any]:
    fim = known.fim.get(provider)
    most = known.fim_max_output if fim and known.fim_max_output else known.max_output
    return {
        "context": known.context or model.context,
        "max_output": most or model.max_output,
        "fim": fim or model.fim,
        "efforts": known.efforts,
        "thinking_budget": known.budget,
        "takes_temperature": known.temperature,
        "takes_stop": known.stop,
        "takes_breakpoints": known.cache.breakpoints > 0,
        "edits": known.edits,
        "tools": known.tools,
        "title": known.title,
    }


@cache
def _read() -> Mapping[tuple[str, str], ModelFacts]:
    source = files(__package__).joinpath("models.toml").read_text(encoding="utf-8")
    tree = tomllib.loads(source)
    tokenizers = {name: Tokenizer(name, **row) for name, row in tree["tokenizers"].items()}
    rules = {name: CacheRules(**row) for name, row in tree["caches"].items()}
    found = {}
    for name, row in tree["models"].items():
        places = row.pop("at")
        known = _facts(name, row, tokenizers, rules)
        for place in places:
            provider, _, other = place.partition(":")
            found[provider, other or name] = known
    return found


def _facts(
    name: str,
    row: dict[str, Any],
    tokenizers: Mapping[str, Tokenizer],
    rules: Mapping[str, CacheRules],
) -> ModelFacts:
    own = dict(row.pop("cache"))
    kept = replace(rules[own.pop("rules")], **own)
    lists = {key: tuple(value) for key, value in row.items() if isinstance(value, list)}
    wrong = set(lists.get("efforts", ())) - set(get_args(Effort))
    if wrong:
        raise ValueError(f"{name}: unknown efforts {sorted(wrong)}")
    return ModelFacts(name, tokenizers[row.pop("tokenizer")], kept, **{**row, **lists})
