"""From what was typed to what is asked: one ask a file, or one for a question or an intent."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from turnout.document import Document, Span
from turnout.engine.ask import Ask, Material
from turnout.headless.report import seen_from_here
from turnout.headless.targets import LeftOut, Place, Target, Usage, place, targets
from turnout.tasks import asking
from turnout.tasks.suggest import surroundings
from turnout.vocabulary import Task

_NOWHERE: Final = Document("untitled:turnout", 0, "", ("",))
"""The document of what is about no file."""
_EXAMPLES: Final = {
    "ask": ("question", "Who closes the file?"),
    "suggest": ("intent", "find the ten largest files"),
}
_MOST_MATERIAL: Final = 400_000  # characters of the files that a question is about


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be asked, and what not."""

    asks: list[Ask]
    left_out: list[LeftOut] = field(default_factory=list)
    notes: tuple[str, ...] = ()  # for the user, each a sentence


async def wanted(
    task: Task, options: Namespace, roots: Sequence[Path], allowed: Callable[[str], str | None]
) -> Wanted:
    """Return what the options ask for; raises `Usage`."""
    places = [place(path) for path in options.paths]
    if task in ("suggest", "ask") and not " ".join(options.words).strip():
        what, example = _EXAMPLES[task]
        raise Usage(f'the {what} is empty; for example `turnout {task} "{example}"`')
    if task in ("suggest", "ask") and not places:
        ask = _ask(task, Target(_NOWHERE, Span(0, 0)), options)
        told = (surroundings(os.environ, sys.platform),) if task == "suggest" else ()
        return Wanted([replace(ask, instruction=" ".join(options.words), materials=told)])
    if task == "commit_message" or _names_changes(options) or not places:
        return await _of_changes(task, options, places, roots, allowed)
    found, left_out = await asyncio.to_thread(targets, places, allowed)
    if task == "ask":
        return Wanted([_question(found, options)], left_out)
    if task == "dependency":
        return Wanted(await asyncio.to_thread(_adaptations, found, options), left_out)
    return Wanted([_ask(task, target, options) for target in found], left_out)


def _ask(task: Task, target: Target, options: Namespace) -> Ask:
    return Ask(task, target.document, target.span, model=options.model, explicit=True)


def _question(found: Sequence[Target], options: Namespace) -> Ask:
    """Ask one question about all that was named: the first is its document, the others come too."""
    first, *others = found
    materials = tuple(_material(target) for target in others)
    if sum(len(material.text) for material in materials) > _MOST_MATERIAL:
        raise Usage(f"{len(found)} files are too much for one question; name fewer")
    ask = _ask("ask", first, options)
    return replace(ask, instruction=" ".join(options.words), materials=materials)


def _adaptations(found: Sequence[Target], options: Namespace) -> list[Ask]:
    """Ask about each file that names the package; raises `Usage`."""
    [title] = options.words
    changelog = Material("changelog", title, _changelog(options.changelog))
    package = (title.split() or [""])[0]
    spelled = "[-_.]".join(map(re.escape, re.split("[-_.]+", package)))  # tree-sitter, tree_sitter
    names = re.compile(rf"(?<!\w){spelled}(?!\w)", re.IGNORECASE)
    using = [target for target in found if names.search(target.document.text)]
    if not package or not using:
        raise Usage(f"none of these files names {package or 'a package'}")
    asks = [_ask("dependency", target, options) for target in using]
    return [replace(ask, materials=(changelog,)) for ask in asks]


def _changelog(name: str) -> str:
    """Read it; raises `Usage`."""
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise Usage(f"the changelog {name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Usage(f"the changelog {name} is not text in UTF-8") from None
    if not text.strip():
        raise Usage(f"the changelog {name} is empty")
    if len(text) > _MOST_MATERIAL:
        raise Usage(f"the changelog {name} is too long; keep the versions in question")
    return text


def _material(target: Target) -> Material:
    document, span = target.document, target.span
    line = document.line_column(span.start)[0] + 1
    title = f"{seen_from_here(document.path)}, from line {line}"
    return Material("text", title, document.text[span.start : span.end])


async def _of_changes(
    task: Task,
    options: Namespace,
    places: Sequence[Place],
    roots: Sequence[Path],
    allowed: Callable[[str], str | None],
) -> Wanted:
    """Ask about what changed; raises `Usage`."""
    if named := next((one.path for one in places if one.first is not None), None):
        raise Usage(f"of what changed in {named} all is looked at; leave its lines out")
    if len(roots) > 1:
        raise Usage("these paths lie in several repositories; name those of one")
    work = asking.Work(roots[0], allowed, only=[one.path for one in places])
    try:
        asked = await _asked(task, options, work)
    except asking.GitError as error:
        raise Usage(f"{str(error).rstrip('.')}; {_hint(task, options, error)}") from None
    return Wanted([replace(ask, task=_task(task, ask)) for ask in asked.asks], notes=asked.notes)


async def _asked(task: Task, options: Namespace, work: asking.Work) -> asking.Asked:
    if task == "commit_message" and options.diff:
        return await asking.pull_request(work, options.diff, options.model)
    if task == "commit_message":
        return await asking.commit_message(work, options.model)
    against = "staged" if options.staged else options.diff or "uncommitted"
    return await asking.review_changes(work, against, options.model)


def _hint(task: Task, options: Namespace, error: asking.GitError) -> str:
    """Say what mends a command that git had no answer to."""
    if options.diff and Path(options.diff).exists():
        return f"for files, write `--diff -- {options.diff}`"
    if task != "commit_message" and not _names_changes(options):
        return "name files or folders to look at"
    return error.remedy or "name files instead"


def _names_changes(options: Namespace) -> bool:
    return options.staged or options.diff is not None


def _task(task: Task, ask: Ask) -> Task:
    """A message is what its own ask says; the others look at the same places of a change."""
    return ask.task if task == "commit_message" else task
