"""llama.cpp in this process, by the `xllamacpp` wheel. The only module that knows it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from turnout.local import HOST
from turnout.local.model_file import Unusable, free_memory

if TYPE_CHECKING:
    from types import ModuleType

INSTALL: Final = "pip install 'turnout[local]'"

_SLOTS: Final = 2  # a suggestion does not wait for a chat to end, which holds the other slot
_BATCH: Final = 64  # tokens read at a time: a request that was given up is noticed between two
_PING: Final = 1  # seconds after which a silent stream is looked at, also when we end
_KEPT: Final = 512  # MB of prompts that are kept beside those in the slots


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to serve a model."""

    file: Path
    id: str
    port: int
    context: int
    threads: int

    @property
    def url(self) -> str:
        """Where it will answer."""
        return f"http://{HOST}:{self.port}"


def usual_threads() -> int:
    """All cores but one: with all of them, any other busy program slows every step down."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        cores = os.cpu_count() or 1
    return max(1, cores - 1)


def library() -> ModuleType:
    """Load the wheel; raises `Unusable` with the command that installs it."""
    try:
        return import_module("xllamacpp")
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError)
        why = "is not installed" if missing else f"cannot be loaded ({error})"
        raise Unusable(f"The engine for local models {why}. Run: {INSTALL}") from None


def start(wanted: Wanted) -> Any:
    """Load the model and serve it from threads of this process, until the value is let go."""
    module = library()
    parameters = _parameters(module, wanted)
    try:
        return module.Server(parameters)
    except (RuntimeError, MemoryError):
        raise Unusable(_why_not(wanted)) from None


def _parameters(module: ModuleType, wanted: Wanted) -> Any:
    parameters = module.CommonParams()
    parameters.model.path = str(wanted.file)
    parameters.model_alias = {wanted.id}
    parameters.hostnames = [HOST]
    parameters.port = wanted.port
    parameters.n_ctx = wanted.context
    parameters.n_parallel = _SLOTS
    parameters.kv_unified = True  # each slot may use the whole context
    parameters.n_batch = parameters.n_ubatch = _BATCH
    parameters.cache_ram_mib = _KEPT
    parameters.cpuparams.n_threads = wanted.threads
    parameters.cpuparams_batch.n_threads = wanted.threads
    parameters.sse_ping_interval = _PING
    parameters.offline = True
    parameters.cors_origins = ""  # no web page may ask it
    parameters.ui = False
    parameters.verbosity = 1  # errors alone: more would show prompts
    return parameters


def _why_not(wanted: Wanted) -> str:
    size, free = wanted.file.stat().st_size, free_memory()
    if free is not None and size > free * 0.8:
        return (
            f"There is not enough memory for {wanted.file.name}: it takes {_gigabytes(size)} and"
            f" more, and {_gigabytes(free)} are free. Use a smaller model or quantization."
        )
    return (
        f"llama.cpp could not load {wanted.file.name}. Where it says above that it got no memory,"
        f" a smaller --context (now {wanted.context}) needs less. Otherwise the file is damaged, or"
        " of a kind that this version does not know."
    )


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
