"""`turnout local find`: which model servers run on this machine, and what would enable them."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from turnout.local.enabling import offer, same_server, settings_of
from turnout.local.probe import Found, ports, probe
from turnout.settings.add import has_table
from turnout.settings.enabling import Plan, plan
from turnout.settings.model import Settings
from turnout.settings.offers import offers
from turnout.terminal import agreed, say


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
    planned = _plan(server, file, settings)
    if not offer(file, planned.tables, unasked=options.enable):
        return
    model = f"{server.name}/{server.models[0] if server.models else 'MODEL'}"
    if planned.routes:
        say(f"{model} answers from now on where [routes] names no other.")
    else:
        say(f'It is asked once [routes] names a model of it: review = ["{model}"]')


def _plan(server: Found, file: Path, settings: Settings) -> Plan:
    return plan(
        offers()[server.name],
        settings,
        {},
        datetime.now(UTC).date(),
        found=server.models,
        base_url=server.base_url,
        routed=has_table(file, "routes"),
    )
