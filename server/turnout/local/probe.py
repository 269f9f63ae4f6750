"""Look which model servers run on this machine: loopback, default ports, the user's word first.

A server is recognised by an endpoint that only it has. No proxy is asked and no redirect followed,
so nothing leaves the machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import urlsplit

from turnout.local import HOST, PORT
from turnout.settings.offers import offers
from turnout_clients.text import quote, read_json

_SECONDS: Final = 1.0
_LARGEST: Final = 4 * 1024 * 1024  # bytes of a reply


@dataclass(frozen=True, slots=True)
class Found:
    """A server that answers."""

    name: str  # of its kind in the catalogue
    base_url: str
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sign:
    """What a kind of server is recognised by, and where it lists its models."""

    name: str
    path: str
    shows: Callable[[dict[str, Any]], bool]
    models: str = "/v1/models"


_SIGNS: Final = (
    _Sign("llamacpp", "/props", lambda said: "default_generation_settings" in said),
    _Sign("ollama", "/api/version", lambda said: isinstance(said.get("version"), str), "/api/tags"),
    _Sign("lmstudio", "/api/v0/models", lambda said: all("state" in row for row in _rows(said))),
    _Sign("vllm", "/v1/models", lambda said: _owners(said) == {"vllm"}),
)


def ports() -> tuple[int, ...]:
    """The default ports of the servers that can be found, and our own."""
    known = offers()
    found = (urlsplit(known[sign.name].base_url).port for sign in _SIGNS)
    return (*(port for port in found if port), PORT)


async def probe() -> list[Found]:
    """Look at every default port at once."""
    looks = (asyncio.to_thread(_at, port) for port in ports())
    return [found for found in await asyncio.gather(*looks) if found]


def _at(port: int) -> Found | None:
    try:
        for sign in _SIGNS:
            said = ask(port, sign.path)
            if said is not None and sign.shows(said):
                listed = ask(port, sign.models) or {}
                names = tuple(quote(name) for name in _names(listed))
                return Found(sign.name, _address(sign.name, port), names)
    except OSError:  # nobody is there, or too slow to be of use
        pass
    return None


def ask(port: int, path: str, seconds: float = _SECONDS) -> dict[str, Any] | None:
    """The JSON object that a server on this machine gives, if it gives one.

    Raises `OSError` where nobody answers in that time.
    """
    connection = HTTPConnection(HOST, port, timeout=seconds)
    try:
        connection.request("GET", path, headers={"Accept": "application/json"})
        reply = connection.getresponse()
        value = read_json(reply.read(_LARGEST)) if reply.status == 200 else None
    except (HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return value if isinstance(value, dict) else None


def _address(name: str, port: int) -> str:
    usual = urlsplit(offers()[name].base_url)
    return usual._replace(netloc=f"{usual.hostname}:{port}").geturl()


def _rows(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    rows = said.get("data", said.get("models"))
    if not isinstance(rows, list):
        return iter([{}])
    return (row if isinstance(row, dict) else {} for row in rows)


def _owners(said: dict[str, Any]) -> set[Any]:
    return {row.get("owned_by") for row in _rows(said)}


def _names(said: dict[str, Any]) -> Iterator[str]:
    for row in _rows(said):
        name = row.get("id") or row.get("name")
        if isinstance(name, str) and name:
            yield name
