"""Questions to the user, by `window/showMessageRequest`, which every client can show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcMethodNotFound

from turnout.edits.plain import plain
from turnout.engine.ask import Ask
from turnout.lsp.features.naming import name_and_price
from turnout.lsp.features.remedies import say
from turnout.vocabulary import RECALL

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer

T = TypeVar("T")

_MOST_MODELS: Final = 8
_CANNOT_ASK: Final = "your editor cannot ask which model; name one in [routes] of turnout.toml."
_LONGEST: Final = 500  # characters of a question


async def choose(server: TurnoutServer, question: str, choices: Mapping[str, T]) -> T | None:
    """Let the user choose; None where they do not, or the client can not ask."""
    if not server.client.asks:
        return None  # some clients leave the question lie, and the action would wait for ever
    params = types.ShowMessageRequestParams(
        type=types.MessageType.Info,
        message=plain(f"Turnout: {question}", _LONGEST),
        actions=[types.MessageActionItem(title=title) for title in choices],
    )
    try:
        chosen = await server.window_show_message_request_async(params)
    except JsonRpcMethodNotFound:
        server.client = replace(server.client, asks=False)
        return None
    except JsonRpcException:
        return None
    return None if chosen is None else choices.get(chosen.title)


async def choose_model(server: TurnoutServer, ask: Ask) -> str | None:
    """Let the user say which model answers: one of the route, or another that is enabled."""
    choices = {}
    for name, title in _models(server, ask):
        choices[title if title not in choices else f"{title} ({name})"] = name
        if len(choices) == _MOST_MODELS:
            break
    chosen = await choose(server, "which model is to answer?", choices)
    if not server.client.asks:
        say(server, types.MessageType.Warning, _CANNOT_ASK)
    return chosen


def _models(server: TurnoutServer, ask: Ask) -> Iterator[tuple[str, str]]:
    engine, settings = server.app.engine, server.app.settings
    first = [candidate.name for candidate in engine.route(ask).candidates]
    for name in dict.fromkeys([*first, *settings.models]):
        route = engine.route(replace(ask, model=name))
        if name != RECALL and route.candidates:
            yield name, name_and_price(server, route.candidates[0])
