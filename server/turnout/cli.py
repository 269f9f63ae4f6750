"""The command line. `turnout` alone serves an editor over stdin and stdout.

The way to the first answer is kept light: the reader starts before anything else is imported, and
each other command imports its work when it is chosen.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import NoReturn

    from turnout.lsp.early import EarlyReply
    from turnout.lsp.pump import Pump

_IMPORTED = 2.0
"""Seconds until the modules that are loaded after the start are loaded too."""

_SERVE = {"config": None, "log_file": None, "log_level": "WARNING", "client_process_id": None}
_HEADLESS = (
    *("review", "tests", "docs", "dependency", "explain", "ask", "suggest", "commit-message"),
)
_UNANSWERED = 3
_INTERRUPTED = 130
_UNREAD = 141  # as shells say of a program whose output nobody reads
_PLACES = {
    "doctor": "turnout.doctor",
    "models": "turnout.models_command",
    "report": "turnout.ledger.report",
    "route": "turnout.route_command",
    "session": "turnout.session.command",
    "local": "turnout.local.command",
    "schema": "turnout.settings.schema_command",
    "setup": "turnout.setup.command",
    "key": "turnout.onboarding.key_command",
    "provider": "turnout.onboarding.command",
    **dict.fromkeys(_HEADLESS, "turnout.headless.command"),
}
"""Where the work of a command is: a module with a function `main`."""
_NOT_SERVING = {*_PLACES, "-h", "--help", "--version"}


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    if not _NOT_SERVING.intersection(arguments):
        _serve(arguments)
    try:
        try:
            return _command(arguments)
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # `| head` has read enough
        _leave_output()
        return _UNREAD
    except OSError as error:
        _leave_output()
        what = "the output could not be written" if error.filename is None else error.filename
        _tell(f"turnout: {what}: {error.strerror or error}\n")
        command = next((word for word in arguments if word in _PLACES), "")
        return _UNANSWERED if command in _HEADLESS else 1


def _command(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    if options.command == "serve":
        _serve(arguments)
    from importlib import import_module

    code: int = import_module(_PLACES[options.command]).main(options)
    return code


def _leave_output() -> None:
    """Have nothing more tried with an output that takes no more."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError:  # it is no file
        return


def _tell(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        return


def _serve(arguments: list[str]) -> NoReturn:
    """Serve over stdin and stdout, then end the process.

    Both are taken for the protocol alone: whatever prints from now on prints to stderr, and no
    program started from here reads the client's messages.
    """
    from turnout.lsp.early import EarlyReply
    from turnout.lsp.pump import Pump

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy is used for sorting alone
    in_fd, out_fd = os.dup(0), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    early = EarlyReply(out_fd)
    pump = Pump(in_fd, first=early.answer)
    pump.start()
    try:
        code = _run(_serving(arguments), in_fd, out_fd, pump, early)
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except SystemExit as stop:  # argparse has said why
        code = stop.code if isinstance(stop.code, int) else 1
    except Exception as error:
        print(f"turnout: the server could not start: {error!r}", file=sys.stderr)
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that read, index or look up a key do not keep a client waiting that has gone.
    os._exit(code)


def _run(
    options: argparse.Namespace, in_fd: int, out_fd: int, pump: Pump, early: EarlyReply
) -> int:
    import gc

    # Importing makes a million objects that stay; looking for garbage among them is lost time.
    gc.disable()
    import asyncio
    from pathlib import Path

    from turnout.app import App
    from turnout.lsp.faults import report_from_loop
    from turnout.lsp.types_import import import_types

    import_types()
    from turnout.lsp.server import create_server, serve

    _set_up_logging(options.log_file, options.log_level)
    if os.isatty(in_fd):
        print("turnout: waiting for an editor on stdin; see `turnout --help`", file=sys.stderr)
    server = create_server(App(options.config and Path(options.config)))
    loop = asyncio.new_event_loop()
    loop.call_later(_IMPORTED, gc.freeze)
    loop.call_later(_IMPORTED, gc.enable)
    loop.set_exception_handler(report_from_loop)
    serving = serve(server, in_fd, out_fd, pump=pump, early=early, parent=options.client_process_id)
    return loop.run_until_complete(serving)


def _set_up_logging(file: str | None, level: str) -> None:
    """Log our own lines, and of libraries only warnings: theirs may hold requests."""
    import logging

    handler: logging.Handler = logging.StreamHandler()
    if file is not None:
        try:
            handler = logging.FileHandler(file, encoding="utf-8")
        except OSError as error:
            print(f"turnout: logging to stderr: {error}", file=sys.stderr)
    layout = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.WARNING, handlers=[handler], format=layout)
    for name in ("turnout", "turnout_clients"):
        logging.getLogger(name).setLevel(level)


def _serving(arguments: list[str]) -> argparse.Namespace:
    """Read the options of `serve`; the parser of all commands takes longer to make."""
    import argparse

    parser = argparse.ArgumentParser(prog="turnout", add_help=False)
    _add_serve_options(parser)
    parser.set_defaults(**_SERVE)
    options, rest = parser.parse_known_args(arguments)
    return options if rest in ([], ["serve"]) else _parser().parse_args(arguments)


def _parser() -> argparse.ArgumentParser:
    import argparse
    import functools

    from turnout import __version__, route_command
    from turnout.arguments import AnyOrder
    from turnout.headless import command as headless
    from turnout.local import command as local
    from turnout.session import command as session
    from turnout.setup import command as setup

    parser = AnyOrder(
        prog="turnout",
        description="Serve an editor over stdin and stdout, or run a command.",
    )
    parser.add_argument("--version", action="version", version=f"turnout {__version__}")
    _add_serve_options(parser)
    parser.set_defaults(command="serve", **_SERVE)
    # What stands before the command holds unless it is given again after it.
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    add = functools.partial(commands.add_parser, argument_default=argparse.SUPPRESS)
    _add_serve_options(add("serve", help="serve an editor (the default)"))
    doctor = add("doctor", help="say what is on, what is not, and what mends it")
    doctor.add_argument("--json", action="store_true", help="for programs")
    doctor.add_argument("--probe", action="store_true", help="look for servers on this machine")
    _add_config(doctor)
    models = add("models", help="list the models you can use, and what they cost")
    models.add_argument("--json", action="store_true", help="for programs")
    _add_config(models)
    report = add("report", help="say what was spent, on what, and what was saved")
    report.add_argument("--since", default="7d", metavar="TIME", help="24h, 7d (default), 4w, all")
    report.add_argument("--by", choices=("task", "model", "day", "session"), default="task")
    report.add_argument("--against", metavar="MODEL", help="compare with it for everything")
    report.add_argument("--json", action="store_true", help="for programs")
    report.set_defaults(json=False, against=None)
    _add_config(report)
    route_command.add_parser(add)
    headless.add_parsers(add)
    session.add_parser(add)
    local.add_parser(add)
    setup.add_parser(add)
    schema = add("schema", help="print the JSON Schema of the settings")
    schema.add_argument("of", nargs="?", choices=("user", "editor", "vscode"), default="user")
    key = add("key", help="keep the keys of providers")
    key.add_argument("action", choices=("set", "list", "rm"))
    key.add_argument("provider", nargs="*", default=[], metavar="PROVIDER")
    key.add_argument(
        "--no-check",
        dest="check",
        action="store_false",
        default=True,
        help="set: store it without asking the provider whether it takes it",
    )
    _add_config(key)
    provider = add("provider", help="list providers, or enable one")
    provider.add_argument("action", choices=("list", "enable"))
    provider.add_argument("name", nargs="?", default=None)
    provider.add_argument("--probe", action="store_true", help="ask whether they answer")
    _add_config(provider)
    return parser


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="the settings file to read")


def _add_serve_options(parser: argparse.ArgumentParser) -> None:
    _add_config(parser)
    parser.add_argument("--stdio", action="store_true", help="the default, and all there is")
    parser.add_argument(
        "--clientProcessId",
        dest="client_process_id",
        metavar="PID",
        type=int,
        help="end when this process ends",
    )
    parser.add_argument("--log-file", metavar="FILE", help="log there, not to stderr")
    parser.add_argument(
        "--log-level", type=str.upper, choices=("DEBUG", "INFO", "WARNING", "ERROR")
    )
