"""What one editor needs: found out, shown, and carried out step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from turnout.setup.change import Change
from turnout.setup.machine import Machine


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user said beside the editor's name."""

    vsix: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done for an editor, and what is left to the user then."""

    changes: tuple[Change, ...] = ()
    command: tuple[str, ...] = ()  # a program of the editor's own, that installs an extension
    then: str = ""
    snippet: str = ""  # what `--print` prints
    done: str = ""  # why there is nothing to do
    obstacle: str = ""  # why nothing can be done here, and what can

    @property
    def needed(self) -> tuple[Change, ...]:
        """The changes that would make a difference."""
        return tuple(change for change in self.changes if change.is_needed)


@dataclass(frozen=True, slots=True)
class Editor:
    """One editor: how it is known that it is here, and what it needs."""

    name: str
    title: str
    programs: tuple[str, ...]
    folders: Callable[[Machine], tuple[Path, ...]]  # of its settings; one that is here shows it
    plan: Callable[[Machine, Wish], Plan]

    def where(self, machine: Machine) -> str:
        """Say what shows that it is here; "" where nothing does."""
        if found := machine.program(self.programs):
            return found
        return next((str(one) for one in self.folders(machine) if one.is_dir()), "")
