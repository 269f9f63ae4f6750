"""A run: everything is asked by the one path of the engine, a few files at a time."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, cast

from turnout.app import App
from turnout.engine.ask import Ask
from turnout.headless.answering import Answering
from turnout.headless.asks import wanted
from turnout.headless.json_report import as_json
from turnout.headless.progress import Progress
from turnout.headless.report import USAGE, Report, Result
from turnout.headless.sarif import as_sarif
from turnout.headless.targets import Usage, workspaces
from turnout.headless.text import as_text, remarks, summary
from turnout.vocabulary import Task

AT_ONCE: Final = 4
_ENDING: Final = (signal.SIGINT, signal.SIGTERM)


def main(options: argparse.Namespace) -> int:
    """Run a command; return the exit code."""
    progress = Progress(sys.stderr, quiet=options.quiet)
    try:
        return asyncio.run(_main(options, progress))
    except Usage as error:
        progress.fault(f"{error}.")
        return USAGE


async def _main(options: argparse.Namespace, progress: Progress) -> int:
    app = App(Path(options.config) if options.config else None)
    app.on_problem = lambda problem: progress.fault(str(problem))
    app.on_word = progress.say
    try:
        code = await _run(app, options, progress)
    finally:
        await app.aclose()
    if code > 128:
        os._exit(code)  # a key store that waits in its thread holds up nobody who wants to go
    return code


async def _run(app: App, options: argparse.Namespace, progress: Progress) -> int:
    """Ask, and write what came of it; raises `Usage`."""
    task = cast("Task", options.command.replace("-", "_"))
    roots = workspaces(options.paths)
    app.reconfigure(workspaces=roots)
    want = await wanted(task, options, roots, app.exclusion.check)
    for one in want.left_out:
        progress.fault(f"{one.path} is left out: {one.why}.")
    for note in want.notes:
        progress.say(note)
    answering = Answering(app, options, roots, progress)
    report = Report(task, left_out=want.left_out, titles=answering.titles)
    writer = Writer(report, options, progress, several=len(want.asks) > 1)
    progress.of(len(want.asks))
    with progress.moving():
        await _ask_all(want.asks, answering, writer)
        if want.asks:
            report.usd = await asyncio.to_thread(answering.books.spent)
    return writer.finish(roots)


async def _ask_all(asks: Sequence[Ask], answering: Answering, writer: Writer) -> None:
    """Ask everything; a signal ends it early, and what was answered stays."""
    # With a cap the calls come one by one: each may spend what those before have left.
    slots = asyncio.Semaphore(AT_ONCE if writer.options.max_cost is None else 1)

    async def answer(ask: Ask) -> Result:
        async with slots:
            return await answering.answer(ask)

    def stop(number: int) -> None:
        writer.report.signal = number
        for task in tasks:
            task.cancel()

    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(answer(ask)) for ask in asks]
    for number in _ENDING:  # to the end of the process: what was paid for is still booked
        with suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stop, number)
    try:
        for ask, task in zip(asks, tasks, strict=True):
            await asyncio.wait([task])
            ended = Result(ask, why="The run was ended before there was an answer.")
            result = ended if task.cancelled() else task.result()
            writer.show(result)
            if writer.options.apply and not writer.report.signal:
                result = await asyncio.to_thread(answering.written, result)
            writer.take(result)
    finally:  # where nobody reads what is written, nothing more is asked
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Writer:
    """Writes results: for people at once, for programs at the end."""

    def __init__(
        self, report: Report, options: argparse.Namespace, progress: Progress, *, several: bool
    ) -> None:
        self.report = report
        self.options = options
        self._progress = progress
        self._several = several
        self._told: set[tuple[str, str]] = set()

    def show(self, result: Result) -> None:
        """Write a result for people."""
        self._progress.done(result.path)
        if not (self.options.json or self.options.sarif):
            self._progress.wipe()
            _print(as_text(result, titled=self._several))

    def take(self, result: Result) -> None:
        """Add a result to the report, and say why there is no answer: the same reason once."""
        self.report.results.append(result)
        for remark in remarks(result):
            self._progress.fault(remark)
        reason = (result.why, result.remedy)
        if result.why and reason not in self._told:
            self._told.add(reason)
            mends = f" {result.remedy[0].upper()}{result.remedy[1:]}." if result.remedy else ""
            self._progress.fault(f"{result.why}{mends}")

    def finish(self, roots: Sequence[Path]) -> int:
        """Write what is written at the end; return the exit code."""
        code = self.report.exit_code(self.options.fail_on)
        if self.options.json:
            _print(json.dumps(as_json(self.report, code), indent=2) + "\n")
        if self.options.sarif:
            _print(json.dumps(as_sarif(self.report, roots), indent=2) + "\n")
        if self.report.results:
            self._progress.say(f"{summary(self.report)}.")
        return code


def _print(text: str) -> None:
    if not text:
        return
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()
