"""Tasks that change files, under way: shown first, applied when the user says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from turnout.edits.plain import plain
from turnout.edits.unified import render
from turnout.engine.ask import Answer
from turnout.lsp.client import path_of
from turnout.lsp.features.choosing import choose
from turnout.lsp.features.deciding import carry_out, discard
from turnout.lsp.features.findings import SOURCE
from turnout.lsp.features.pending import Proposal, pending_of
from turnout.lsp.features.remedies import say
from turnout.lsp.features.running import Running
from turnout.lsp.features.status import status_of
from turnout.tasks.editing import Edits, Progress
from turnout.tasks.refactor import PRESETS, Preset

if TYPE_CHECKING:
    from turnout.edits.outcome import EditSet
    from turnout.lsp.features.slots import Result

_LONGEST_DIFF: Final = 1_000_000  # characters


class Editing(Running):
    """Brings an edit before the user."""

    async def prepare(self) -> bool:
        """Ask for what a refactoring is to do, where nobody has said."""
        if not await super().prepare():
            return False
        if self.ask.task != "refactor" or (self.ask.instruction and not self.order.preset):
            return True
        preset = await self._preset()
        if preset is not None:
            self.ask = replace(self.ask, instruction=preset.with_words(self.ask.instruction))
        return preset is not None

    async def _preset(self) -> Preset | None:
        if not self.order.preset:
            titles = {preset.title: preset for preset in PRESETS.values()}
            question = f"what is to be done with {self.order.name}?"
            chosen = await choose(self.server, question, titles)
            return chosen if self.server.client.asks else PRESETS["simplify"]
        if self.order.preset not in PRESETS:
            raise JsonRpcInvalidParams(f"the presets are {', '.join(PRESETS)}")
        return PRESETS[self.order.preset]

    def show(self, value: Edits | Progress, model: str) -> None:
        """Say how many edits there are so far. None of them can be applied yet."""
        if isinstance(value, Progress):
            self.progress.report(f"{model}: {_count(value.edits)} so far")

    async def conclude(self, answer: Answer) -> Result:
        """Show the whole edit and let the user decide, if it passed its check."""
        value: Edits = answer.value
        files = [file.subject.path for file in value.edit_set.files]
        failures = list(answer.verdict.failures) if answer.verdict else []
        failures = failures or [refusal.sentence for refusal in value.refused]
        diff = render(value.edit_set)
        result = {"summary": value.summary, "files": files, "failures": failures, "diff": diff}
        if failures:
            diff = plain(diff, _LONGEST_DIFF)  # what failed may hide something, or steer a terminal
            state = self._refused(answer.model, failures, diff)
            return result | {"diff": diff, "state": state}
        if not files:
            return result | {"state": self._nothing(answer.model, value.summary)}
        folder = self._folder()
        mends = frozenset(one.message for one in self.ask.diagnostics if one.source == SOURCE)
        proposal = Proposal(value.edit_set, answer.model, answer.call, self.uri, folder, mends)
        pending_of(self.server).add(proposal)
        state = await self._offer(proposal, _line(value), diff)
        return result | {"state": state, "id": proposal.id}

    def _refused(self, model: str, failures: list[str], diff: str) -> str:
        """Show what did not pass its check. It can not be applied."""
        self.closing = f"{model}: not applied. {failures[0]}"
        if self.server.client.shows_documents:
            reasons = "\n".join(failures)
            self.stream(f"{plain(reasons, _LONGEST_DIFF)}\n\n{diff}", model, done=True)
        say(self.server, types.MessageType.Warning, self.closing)
        return "refused"

    def _nothing(self, model: str, summary: str) -> str:
        self.closing = f"{model}: nothing to change. {summary}".strip()
        say(self.server, types.MessageType.Info, self.closing)
        return "nothing"

    def _folder(self) -> Path | None:
        """Return the innermost workspace folder of the document: new files are named from there."""
        path = path_of(self.uri)
        folders = [one for one in self.server.folders if path and path.is_relative_to(one)]
        return max(folders, key=lambda folder: len(folder.parts), default=None)

    async def _offer(self, proposal: Proposal, line: str, diff: str) -> str:
        """Show it by the best means of the client; nothing changes before the user says so."""
        self.closing = f"{proposal.model}: {line}"
        # The model is done; what is left takes the user's time.
        self.progress.end(self.closing)
        status_of(self.server).done(self.order)
        client = self.server.client
        if client.change_annotations and client.document_changes:
            return await self._apply(proposal, confirm=True)
        if client.shows_documents:
            self.stream(diff, proposal.model, done=True, proposal=proposal.id)
            return "proposed"
        choices = {"Apply": "apply", "Discard": "discard"}
        decision = await choose(self.server, self.closing, choices) if client.apply_edit else None
        if decision == "apply":
            return await self._apply(proposal)
        if decision == "discard":
            discard(self.server, proposal)
            return "discarded"
        if not (client.apply_edit and self.server.client.asks):
            self._tell_how(proposal)
        return "proposed"

    def _tell_how(self, proposal: Proposal) -> None:
        """Say how an edit is applied by an editor that cannot ask, or takes no edits."""
        how = 'To apply it, choose "Apply" among the actions of the file.'
        if not self.server.client.apply_edit and any(file.new for file in proposal.edits.files):
            how = "Your editor makes no files for a server: use `turnout tests --apply`."
        say(self.server, types.MessageType.Info, f"{self.closing} {how}")

    async def _apply(self, proposal: Proposal, *, confirm: bool = False) -> str:
        outcome = await carry_out(self.server, proposal, confirm=confirm)
        return "applied" if outcome.applied else "proposed"


def _line(value: Edits) -> str:
    """Say in a line what would change."""
    extent = _extent(value.edit_set)
    return f"{value.summary} ({extent})" if value.summary else extent


def _extent(edits: EditSet) -> str:
    count = sum(len(file.changes) for file in edits.files)
    paths = [f"{file.subject.path}{' (new)' * file.new}" for file in edits.files]
    return f"{_count(count)}: {', '.join(paths)}"


def _count(edits: int) -> str:
    return "1 edit" if edits == 1 else f"{edits} edits"
