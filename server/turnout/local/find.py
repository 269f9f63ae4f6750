"""`turnout local find`: which model servers run on this machine, and what would enable them."""

from __future__ import annotations

import asyncio
from argparse import Namespace

from turnout.local.enabling import address, agreed, offer, same_server, say, settings_of
from turnout.local.probe import Found, ports, probe


def main(options: Namespace) -> int:
    """Ask, look, show, offer; return the exit code."""
    listed = ", ".join(map(str, ports()))
    say(f"Looks for Ollama, llama.cpp, vLLM and LM Studio at 127.0.0.1, ports {listed}.")
    if not options.yes and not agreed("Nothing leaves this machine. Look?"):
        say("Not looked; --yes looks without asking.")
        return 0
    found = asyncio.run(probe())
    if not found:
        say("None answers.")
    for server in found:
        _show(server, options)
    return 0


def _show(server: Found, options: Namespace) -> None:
    file, settings = settings_of(options)  # anew: what was added for the last one counts
    models = ", ".join(server.models[:5]) + (", ..." if server.models[5:] else "")
    say(f"\n{server.name} answers at {server.base_url}: {models or 'no model yet'}")
    for provider in settings.providers.values():
        if same_server(provider, server.base_url):
            say(f"It is enabled in {file}, as {provider.name}.")
            return
    if server.name in settings.providers:
        other = settings.providers[server.name].base_url
        say(f"[providers.{server.name}] in {file} has another address, {other}.")
        return
    tables = {("providers", server.name): address(server.name, server.base_url)}
    if offer(file, tables, unasked=options.enable):
        model = server.models[0] if server.models else "MODEL"
        say(f'It is asked once [routes] names a model of it: review = ["{server.name}/{model}"]')
