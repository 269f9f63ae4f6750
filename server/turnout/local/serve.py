"""`turnout local serve`: llama.cpp serves the user's own file, in this process, until Ctrl-C.

The language server starts no program and opens no socket for listening; whoever runs this command
has a server on loopback, and the language server speaks to it as to any other.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from argparse import Namespace
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Final, NoReturn

from turnout.local import HOST, engine
from turnout.local.enabling import offer, same_server, settings_of
from turnout.local.model_file import Unusable, check, model_id
from turnout.local.probe import ask
from turnout.settings.add import Value
from turnout.settings.checks import Unfit, provider_name
from turnout.terminal import complain, fail, say
from turnout_clients import errors
from turnout_clients.client import Client
from turnout_clients.types import Call, Deadlines, Endpoint, Fill, Model, Usage

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LINES: Final = 16  # of code, some 200 tokens, by which it is measured how quickly prompts are read
_IN_TIME: Final = 0.75  # seconds; a suggestion is waited for 1.2, and has to be written too
_FEWEST: Final = 64
_ENOUGH: Final = 3_300  # tokens; more is never shown for a suggestion


def main(options: Namespace) -> int:
    """Serve until Ctrl-C; return the exit code."""
    try:
        provider_name(options.name)
        wanted = _wanted(options)
        engine.library()
        check(wanted.file)
        _check_port(wanted.port)
        say(f"Loading {wanted.file.name} ...")
        server = engine.start(wanted)
    except Unfit as unfit:
        return fail(f'--name "{options.name}" is not {unfit}.')
    except Unusable as error:
        return fail(str(error))
    for number in _SIGNALS:
        signal.signal(number, _interrupt)
    try:
        say(f"{wanted.id} answers at {wanted.url}, from {_threads(wanted)}. Ctrl-C ends it.")
        _enable(options, wanted)
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)  # a second Ctrl-C does not wait
    del server
    say("Stopped.")
    return 0


def _wanted(options: Namespace) -> engine.Wanted:
    file = Path(options.model).expanduser()
    threads = options.threads or engine.usual_threads()
    return engine.Wanted(file, model_id(file), options.port, options.context, threads)


def _threads(wanted: engine.Wanted) -> str:
    return "one thread" if wanted.threads == 1 else f"{wanted.threads} threads"


def _check_port(port: int) -> None:
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            held.bind((HOST, port))
        except OSError as error:
            why = f"Port {port} cannot be used ({error.strerror})."
            raise Unusable(f"{why} Stop what uses it, or choose one with --port.") from None


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _enable(options: Namespace, wanted: engine.Wanted) -> None:
    """Add the provider and its model to the user's settings, as far as they are not there."""
    file, settings = settings_of(options)
    tables: dict[tuple[str, ...], Mapping[str, Value]] = {}
    known = settings.providers.get(options.name)
    if known is None:
        row: dict[str, Value] = {"dialect": "llamacpp", "base_url": wanted.url, "key": "none"}
        tables["providers", options.name] = row
    elif not same_server(known, wanted.url):
        complain(
            f"[providers.{options.name}] in {file} has the address {known.base_url}, so it was left"
            f" alone. Correct it there, or take another name with --name."
        )
        return
    model = f"{options.name}/{wanted.id}"
    if model not in settings.models:
        tables["models", model] = _model_row(wanted)
    if not tables:
        say(f"It is enabled in {file}, as {model}.")
    elif offer(file, tables, unasked=options.enable):
        say(f"{model} answers from now on where [routes] names no other.")


def _model_row(wanted: engine.Wanted) -> dict[str, Value]:
    context = _context(wanted)
    fim = "native" if asyncio.run(_fills_in(wanted)) else "continue"
    row: dict[str, Value] = {
        "context": context, "max_output": max(128, context // 4), "fim": fim
    }  # fmt: skip
    if quick := asyncio.run(_read_in_time(wanted)):
        row["inline_context"] = quick
    return row


def _context(wanted: engine.Wanted) -> int:
    """Tokens of a prompt: as many as were asked for, but no more than the model takes."""
    try:
        said = ask(wanted.port, "/props", seconds=5) or {}
    except OSError:
        return wanted.context
    settings = said.get("default_generation_settings")
    found = settings.get("n_ctx") if isinstance(settings, dict) else None
    return min(found, wanted.context) if isinstance(found, int) else wanted.context


async def _fills_in(wanted: engine.Wanted) -> bool:
    """Whether the model has the markers for filling in; one without just continues the text."""
    try:
        await _answered(wanted, Fill("x = ", "\n", 1), fim=None)
    except errors.EmptyAnswer:
        return True
    except errors.ProviderError:
        return False
    return True


async def _read_in_time(wanted: engine.Wanted) -> int | None:
    """Measure how many tokens are read before a suggestion is too late; None if it is enough."""
    text = "".join(f"total_{n} = sum(row[{n}] for row in table)\n" for n in range(_LINES))
    try:
        usage, seconds = await _answered(wanted, Fill(text, "", 4), fim="continue")
    except errors.ProviderError:
        return None
    if usage is None:
        return None
    read = round(usage.input / seconds * _IN_TIME)
    return max(_FEWEST, read) if read < _ENOUGH else None


async def _answered(
    wanted: engine.Wanted, prompt: Fill, fim: str | None
) -> tuple[Usage | None, float]:
    """Ask for a completion; what it took, and how many seconds."""
    endpoint = Endpoint("local", "llamacpp", wanted.url)
    model = Model(f"local/{wanted.id}", "local", wanted.id, fim=fim)
    call = Call(endpoint, model, prompt, Deadlines(5, 60, 60), heal=False)
    client = Client()
    try:
        await client.warm(endpoint)  # what the first call takes is not the model's time
        began = time.perf_counter()
        async with aclosing(client.stream(call)) as chunks:
            async for _ in chunks:
                pass
        return call.meter.usage, time.perf_counter() - began
    finally:
        await client.aclose()
