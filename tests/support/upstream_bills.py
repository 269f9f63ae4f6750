"""The bill of each call to the fake upstream: opened when it comes, closed with its answer."""

from __future__ import annotations

import json

from support.upstream_cache import Automatic, Cache, tokens
from support.upstream_shapes import SHAPES
from support.upstream_wire import Bill, Call, Script


def opened(call: Call, script: Script, cache: Cache) -> Bill | None:
    """Bill the prompt of a call, unless it is none or is refused."""
    shape = SHAPES.get(call.path)
    if shape is None or not call.body or shape.objects(call):
        return None
    prompt, rules = shape.prompt(call)
    return Bill(
        rules.tally(cache, prompt),
        thinking=sum(map(tokens, script.thinking)),
        called=sum(tokens(json.dumps(one.arguments)) for one in script.tools),
        prompt=prompt,
        model=call.body.get("model") or "",
    )


def closed(call: Call, script: Script, cache: Cache) -> None:
    """Keep what a whole answer leaves for the next prompt."""
    shape = SHAPES.get(call.path)
    if shape is None or shape.answer is None or not script.bill.prompt.blocks:
        return
    rules = shape.prompt(call)[1]
    if isinstance(rules, Automatic):
        rules.answered(cache, script.bill.prompt, shape.answer(call, script))
