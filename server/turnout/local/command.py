"""`turnout local`: the options of its two actions."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from turnout.local import PORT


def add_parser(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    local = add("local", help="serve a model on this machine, or find servers that do")
    actions = local.add_subparsers(dest="action", metavar="ACTION", required=True)
    serve = actions.add_parser("serve", help="serve a GGUF file with llama.cpp until Ctrl-C")
    serve.add_argument("model", metavar="MODEL.gguf")
    serve.add_argument("--port", type=_port, default=PORT, help=str(PORT))
    serve.add_argument("--context", type=_count, default=4096, metavar="N", help="tokens; 4096")
    serve.add_argument(
        "--threads", type=_count, default=None, metavar="N", help="one less than there are cores"
    )
    serve.add_argument("--name", default="local", help="of the provider in turnout.toml; local")
    find = actions.add_parser("find", help="look for Ollama, llama.cpp, vLLM and LM Studio")
    find.add_argument("--yes", action="store_true", help="look without asking first")
    for action in (serve, find):
        action.add_argument("--enable", action="store_true", help="add it to turnout.toml unasked")
        action.add_argument("--config", metavar="FILE", default=None, help="instead of that file")


def main(options: argparse.Namespace) -> int:
    """Run the action; return the exit code."""
    if options.action == "serve":
        from turnout.local import serve

        return serve.main(options)
    from turnout.local import find

    return find.main(options)


def _count(text: str) -> int:
    return _whole(text, 10_000_000)


def _port(text: str) -> int:
    return _whole(text, 65_535)


def _whole(text: str, most: int) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= most:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to {most}")
