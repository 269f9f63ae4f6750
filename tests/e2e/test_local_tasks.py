"""Explicit tasks with a real small model: the whole path, whatever the quality of its answers.

See `support.local_model`.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.local_model import NEEDED, Served, served
from support.patience import patient
from support.repository import git
from turnout.app import App
from turnout.document import Document, Span, split_lines
from turnout.edits.change import changed
from turnout.engine.ask import Answer, Ask, Event, Trying, Unanswered
from turnout.tasks import TASKS
from turnout.tasks.asking import Work, commit_message
from turnout.tasks.editing import Edits
from turnout.tasks.prose import Prose
from turnout_clients.types import Deadlines

__all__ = ["patient", "served"]

pytestmark = [*NEEDED, pytest.mark.usefixtures("patient", "unhurried")]

CODE = "import json\n\n\ndef load(path):\n    with open(path) as f:\n        return json.load(f)\n"
AFTER = CODE.replace("open(path)", 'open(path, encoding="utf-8")')
FUNCTION = Span(CODE.index("def"), len(CODE))


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model reads slowly, on a machine that may have much else to do."""
    for name in ("commit_message", "docs"):
        monkeypatch.setattr(type(TASKS[name]), "deadlines", Deadlines(30, 240, 480))


async def answered(app: App, ask: Ask) -> tuple[list[Event], Event]:
    async with aclosing(app.engine.run(ask)) as stream:
        found = [event async for event in stream]
    return found, found[-1]


def repository(root: Path) -> Path:
    """A repository with two commits' subjects to learn from, and a change."""
    root.mkdir()
    file = root / "load.py"
    git(root, "init", "-q")
    for subject, text in (("Load what was saved", CODE), ("Say more", CODE + "# more\n")):
        file.write_text(text)
        git(root, "add", "load.py")
        git(root, "commit", "-q", "-m", subject)
    file.write_text(AFTER)
    return root


async def test_a_commit_message(served: Served, tmp_path: Path) -> None:
    root = repository(tmp_path / "ws")
    app = served.app()
    app.start([root], None)
    try:
        asked = await commit_message(Work(root, app.exclusion.check))
        (ask,) = asked.asks
        found, last = await answered(app, replace(ask, max_tokens=120))
        calls = [event for event in found if isinstance(event, Trying)]
        assert 1 <= len(calls) <= 2, "one call, and one more where the form was not kept"
        assert isinstance(last, Answer), last
        assert last.final
        assert last.model == calls[-1].model
        assert isinstance(last.value, Prose)
        subject, _, body = last.value.text.partition("\n")
        assert subject.strip()
        assert not body or body[0] == "\n"
        assert last.verdict is not None
        assert last.verdict.ok or len(calls) == 2
        assert not await served.busy()
    finally:
        await app.aclose()


async def test_docs(served: Served, tmp_path: Path) -> None:
    """Its edits are judged like anybody's: what would pass is nothing but documentation."""
    path = tmp_path / "load.py"
    path.write_text(CODE)
    app = served.app()
    app.start([tmp_path], None)
    document = Document(path.as_uri(), 1, "python", tuple(split_lines(CODE)))
    try:
        ask = Ask("docs", document, FUNCTION, explicit=True, max_tokens=200)
        found, last = await answered(app, ask)
        calls = [event for event in found if isinstance(event, Trying)]
        assert 1 <= len(calls) <= 2
        if isinstance(last, Unanswered):
            assert len(calls) == 2, "what cannot be read is asked for once more"
            assert "no answer in the form" in last.why
        else:
            _is_documentation_or_refused(last)
        assert path.read_text() == CODE, "nothing is applied"
        assert not await served.busy()
    finally:
        await app.aclose()


def _is_documentation_or_refused(last: Any) -> None:
    assert isinstance(last, Answer)
    assert isinstance(last.value, Edits)
    assert last.verdict is not None
    if not last.verdict.ok:
        assert all(last.verdict.failures)
        return
    for file in last.value.edit_set.files:
        after = changed(CODE, file.changes)
        code = [line for line in CODE.split("\n") if line.strip()]
        assert [line for line in after.split("\n") if line in code] == code
