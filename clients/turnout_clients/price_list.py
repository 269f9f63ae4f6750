"""The price list of `genai-prices`: data of an installed package, nothing is fetched.

Loading it takes a tenth to half a second of processor time, so it belongs in a thread. Meanwhile
it lets go of the interpreter every millisecond or so: the event loop hardly notices.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.abc import InspectLoader
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo, Provider

_SWITCH: Final = 0.001  # seconds after which another thread may run
_PIECES: Final = ("Provider(", "ModelInfo(")
_DATA: Final = "genai_prices.data"
_HEAD: Final = "import datetime\nfrom decimal import Decimal\nfrom .types import *\n"

_loading = Lock()
_loaded: list[DataSnapshot] = []  # none or one


def loaded() -> bool:
    """Whether the list is at hand: then a look into it takes microseconds."""
    return bool(_loaded)


def load() -> None:
    """Have the list at hand. From the second time on it returns at once."""
    if _loaded:
        return
    with _loading, _gently():
        if not _loaded:
            _loaded.append(_snapshot())


@cache
def listed(provider: str, model: str) -> tuple[Provider, ModelInfo] | None:
    """The model in the list; with no provider, whoever made a model of this name."""
    load()
    try:
        return _loaded[0].find_provider_model(model, None, provider or None, None)
    except (LookupError, ValueError):
        return None


@contextmanager
def _gently() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, _SWITCH))
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _snapshot() -> DataSnapshot:
    from genai_prices.data_snapshot import DataSnapshot, get_snapshot

    if source := _without_byte_code():
        with suppress(Exception):  # of another shape than we know: the plain way is slow, not wrong
            return DataSnapshot(providers=_in_pieces(source), from_auto_update=False)
    return get_snapshot()


def _without_byte_code() -> str:
    """The source of the data where Python would have to compile it; "" elsewhere."""
    spec = find_spec(_DATA)
    if _DATA in sys.modules or spec is None or not isinstance(spec.loader, SourceFileLoader):
        return ""
    if spec.cached and Path(spec.cached).exists():
        return ""
    return spec.loader.get_data(spec.loader.path).decode()


class _Lines(InspectLoader):
    """Some lines of a module, run as the import of it would run them."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_source(self, fullname: str) -> str:  # noqa: ARG002
        """The lines."""
        return self._text


def _in_pieces(source: str) -> list[Provider]:
    """Import the data one model at a time: compiled whole, it would stop every thread for long."""
    module: Any = ModuleType(_DATA)
    module.__package__ = _DATA.rpartition(".")[0]
    module.made = []
    _Lines(_HEAD).exec_module(module)
    texts: list[tuple[str, list[str]]] = [("-", [])]  # what is open: its last line, lines so far
    for line in source.splitlines(keepends=True):
        word = line.strip()
        if word in _PIECES:
            indent = line[: len(line) - len(line.lstrip())]
            texts.append((f"{indent})", [word]))
        elif line.rstrip(",\n") == texts[-1][0]:
            _, piece = texts.pop()
            texts[-1][1].append(f"made[{len(module.made)}],\n")
            _Lines("".join(("made.append(", *piece, "))"))).exec_module(module)
        else:
            texts[-1][1].append(line)
    _Lines("".join(texts[0][1])).exec_module(module)
    found: list[Provider] = module.providers
    return found
