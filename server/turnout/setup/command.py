"""`turnout setup`: what there is, what would be done; done on the user's word."""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Callable

from turnout.setup.editors import EDITORS
from turnout.setup.machine import Machine
from turnout.setup.plan import Editor, Plan, Wish
from turnout.terminal import agreed, complain, fail, say, table

_MODELS = (
    "`turnout provider list` shows whom you could ask, `turnout provider enable NAME` sets one up."
)


def add_parser(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    setup = add("setup", help="set up an editor; without its name, say which are here")
    setup.add_argument("editor", nargs="?", choices=tuple(EDITORS), metavar="EDITOR", default=None)
    setup.add_argument("--yes", action="store_true", help="do what is shown without asking")
    setup.add_argument(
        "--print",
        dest="only_print",
        action="store_true",
        help="print what it needs; change nothing",
    )
    setup.add_argument("--vsix", metavar="FILE", default="", help="the extension of VS Code")
    setup.add_argument("--to", metavar="FOLDER", default="", help="where JetBrains' template goes")
    setup.set_defaults(yes=False, only_print=False, vsix="", to="")


def main(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    machine, wish = Machine.this(), Wish(options.vsix, options.to)
    if options.editor is None:
        return _list(machine, wish)
    editor = EDITORS[options.editor]
    if not options.only_print and not editor.where(machine):
        return fail(_not_here(editor))
    try:
        plan = editor.plan(machine, wish)
    except (OSError, ValueError) as error:
        return fail(f"What {editor.title} needs cannot be found out: {error}.")
    if options.only_print:
        say(plan.snippet.rstrip())
        return 0
    return _set_up(editor, plan, unasked=options.yes)


def _list(machine: Machine, wish: Wish) -> int:
    """Say of each editor whether it is here, and what would be done."""
    table([(editor.name, *_state(editor, machine, wish)) for editor in EDITORS.values()])
    say("\n`turnout setup EDITOR` shows what it would do and asks; --print only prints it.")
    return 0


def _state(editor: Editor, machine: Machine, wish: Wish) -> tuple[str, str]:
    where = editor.where(machine)
    if not where:
        return "not found", ""
    try:
        plan = editor.plan(machine, wish)
    except (OSError, ValueError) as error:
        return where, f"cannot be set up: {error}"
    if plan.obstacle:
        return where, plan.obstacle.splitlines()[0]
    if plan.command:
        return where, "would install its extension"
    files = [str(change.path) for change in plan.needed]
    if not files:
        return where, "set up"
    return where, f"would {'add to' if plan.needed[0].before else 'write'} {files[0]}"


def _set_up(editor: Editor, plan: Plan, *, unasked: bool) -> int:
    if plan.obstacle:
        return fail(plan.obstacle)
    if not plan.needed and not plan.command:
        say(f"{editor.title} is set up: {plan.done or 'everything is there already'}.")
        say(plan.then)
        return 0
    for change in plan.needed:
        say(change.diff())
    if plan.command:
        say(f"This would run:\n\n    {' '.join(plan.command)}\n")
    if not unasked and not agreed("Do it?"):
        say("Nothing was changed; --yes does it without asking.")
        return 1
    return _carry_out(editor, plan)


def _carry_out(editor: Editor, plan: Plan) -> int:
    for change in plan.needed:
        try:
            change.write()
        except (OSError, ValueError) as error:
            why = f"{change.path} was not changed: {error}."
            return fail(f"{why} Add this to it yourself:\n\n{plan.snippet}")
        say(f"{change.path} is written.")
    if plan.command and (code := _run(plan.command)):
        return fail(f"{editor.title} did not install it (exit code {code}).")
    say(f"\n{plan.then}\n\n{_MODELS}")
    return 0


def _run(command: tuple[str, ...]) -> int:
    """Have the editor install its extension; it says itself how that goes."""
    try:
        done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL)  # noqa: S603 - shown
    except OSError as error:
        complain(f"{command[0]}: {error.strerror}")
        return 127
    return done.returncode


def _not_here(editor: Editor) -> str:
    programs = ", ".join(name for name in editor.programs if "/" not in name)
    return (
        f"{editor.title} was not found: none of {programs} is on the PATH, and it has no settings "
        f"here. `turnout setup --print {editor.name}` prints what it needs."
    )
