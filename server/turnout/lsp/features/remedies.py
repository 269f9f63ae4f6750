"""What the user is told, and what mends it: by a key press, where the client shows such problems.

A remedy is a sentence that names one command or setting. For people at a shell that is enough; an
editor does the same by an action, which is read off the sentence here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types

from turnout.edits.plain import plain
from turnout.settings.offers import offers

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer
    from turnout.settings.model import Problem, Settings

PROBLEM: Final = "turnout/problem"

Action = dict[str, str]

_MOST_SHOWN: Final = 500  # characters of a message box
_SET_KEY: Final = re.compile(r"`?turnout key set ([A-Za-z0-9][\w.-]*)")
_ENABLE: Final = re.compile(r"`turnout provider enable ([A-Za-z0-9][\w.-]*)`")
_CHOOSE: Final = "`turnout provider list`"
_DOCTOR: Final = "`turnout doctor`"
_SETTING: Final = re.compile(r"\[(providers|models|routes)\b|turnout\.toml|\bin \S+\.toml")
_LEVELS: Final = {types.MessageType.Error: "error", types.MessageType.Warning: "warning"}


def mended(why: str, remedy: str) -> str:
    """Join what is wrong and what mends it."""
    return f"{why} To mend it: {remedy.rstrip('.')}." if remedy else why


def say(server: TurnoutServer, kind: types.MessageType, text: str) -> None:
    """Show one sentence to the user."""
    message = plain(f"Turnout: {text}", _MOST_SHOWN)
    server.window_show_message(types.ShowMessageParams(type=kind, message=message))


def tell(server: TurnoutServer, kind: types.MessageType, why: str, remedy: str = "") -> None:
    """Tell the user of a problem: with what mends it from the editor, or in words alone."""
    found = problem(server.app.settings, why, remedy, _LEVELS.get(kind, "warning"))
    if server.client.shows_problems and found["actions"]:
        server.protocol.notify(PROBLEM, found)
    else:
        say(server, kind, mended(why, remedy))


def show_problem(server: TurnoutServer, found: Problem) -> None:
    """Tell the user of what is wrong with the settings, and where."""
    settings = server.app.settings
    told = settings_problem(settings, found)
    if server.client.shows_problems:
        server.protocol.notify(PROBLEM, told)
    else:
        params = types.ShowMessageParams(type=types.MessageType.Warning, message=in_words(found))
        server.window_show_message(params)


def in_words(found: Problem) -> str:
    """Write a problem with the settings as one sentence."""
    return f"Turnout: {found}"


def settings_problem(settings: Settings, found: Problem) -> dict[str, Any]:
    """Describe a problem with the settings; the file that it stands in can be opened.

    Of a file that comes with a repository nothing else is believed.
    """
    own = settings.places[0]
    file = next((place for place in settings.places if found.where.startswith(place)), own)
    level = "warning" if found.severity == "error" else "info"
    told = problem(settings, f"{found.where}: {found.what}.", found.remedy, level)
    believed = told["actions"] if found.where.startswith(own) else []
    others = [one for one in believed if one["kind"] != "openSettings"]
    return told | {"actions": [*others, open_settings(file)]}


def problem(settings: Settings, why: str, remedy: str, level: str) -> dict[str, Any]:
    """Describe a problem as plugins are told of it."""
    return {
        "text": plain(why, _MOST_SHOWN),
        "remedy": plain(remedy, _MOST_SHOWN),
        "level": level,
        "actions": actions(settings, remedy or why),
    }


def actions(settings: Settings, remedy: str) -> list[Action]:
    """Return what an editor can do in place of what the remedy says, the best first."""
    return list(_actions(settings, remedy))


def open_settings(file: str) -> Action:
    """Return the action that opens a settings file."""
    return {"title": "Open the settings", "kind": "openSettings", "file": file}


def _actions(settings: Settings, remedy: str) -> Iterator[Action]:
    def named(pattern: re.Pattern[str], known: Callable[[str], bool]) -> str:
        found = pattern.search(remedy)
        return found[1] if found and known(found[1]) else ""

    if name := named(_ENABLE, lambda name: name in offers()):
        yield {"title": f"Enable {name}...", "kind": "consent", "provider": name}
    if name := named(_SET_KEY, lambda name: name in settings.providers):
        yield {"title": f"Set the key of {name}", "kind": "setKey", "provider": name}
    if _CHOOSE in remedy:
        yield {"title": "Choose a provider...", "kind": "consent"}
    if settings.places and _SETTING.search(remedy):
        yield open_settings(settings.places[0])
    if _DOCTOR in remedy:
        yield {"title": "Run the doctor", "kind": "doctor"}
