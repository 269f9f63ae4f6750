"""What a user sees and what a provider receives, end to end: a real process, a real repository."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.acting import until
from support.booked import booked
from support.editor import CAPABILITIES, Editor
from support.repository import git
from support.upstream import Upstream
from support.upstream_wire import Call, Held

CODE = '''\
"""Small helpers."""

import json

KEY = "AKIAIOSFODNN7EXAMPLE"


def ratio(a, b):
    return a / b


def load(path):
    return json.load(open(path))
'''
TESTS = """\
from core.x import load


def test_load(tmp_path):
    (tmp_path / "a").write_text("1")
    assert load(tmp_path / "a") == 1
"""
SETTINGS = """\
[providers.cheap]
dialect = "openai-chat"
base_url = "URL/v1"
key = "none"
[providers.dear]
dialect = "anthropic-messages"
base_url = "URL"
key = "none"
[models."cheap/small"]
price = { input = 0.5, output = 2.0 }
[models."dear/big"]
price = { input = 5.0, output = 25.0 }
[routes]
default = ["cheap/small", "dear/big"]
review = ["dear/big"]
tests = { try = ["cheap/small"], escalate = "dear/big" }
"""
SECRET = "AKIAIOSFODNN7EXAMPLE"


def finding(quote: str, explanation: str) -> str:
    value = {"severity": "error", "category": "bug", "quote": quote, "explanation": explanation}
    return json.dumps(value) + "\n"


def said(call: Call) -> str:
    """All text of a request, the parts of a message as a model reads them: one after the other."""
    body = call.body
    texts = [body.get("system", ""), *(one["content"] for one in body["messages"])]
    return "\n".join(
        text if isinstance(text, str) else "".join(part["text"] for part in text) for text in texts
    )


@dataclass(frozen=True)
class Desk:
    """A user's machine: settings, a repository, a provider."""

    home: Path
    folder: Path
    upstream: Upstream
    environ: dict[str, str]

    def editor(self) -> AbstractAsyncContextManager[Editor]:
        capabilities = {**CAPABILITIES, "experimental": {"turnout": {"document": True}}}
        command = [sys.executable, "-m", "turnout", "--stdio", "--log-level", "DEBUG"]
        command += ["--log-file", str(self.home / "log.txt"), "--config", str(self.config)]
        return Editor.spawn(
            command, env=self.environ, cwd=self.folder, folders=[self.folder],
            capabilities=capabilities,
        )  # fmt: skip

    @property
    def config(self) -> Path:
        return self.home / "turnout.toml"

    @property
    def file(self) -> str:
        return (self.folder / "core" / "x.py").as_uri()

    async def do(self, editor: Editor, command: str, **arguments: Any) -> Any:
        params = {"command": f"turnout.{command}", "arguments": [arguments]}
        return await editor.request("workspace/executeCommand", params)

    def shell(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "turnout", *arguments], cwd=self.folder, text=True,
            env={**os.environ, **self.environ}, capture_output=True, timeout=120, check=False,
        )  # fmt: skip


def place(quote: str, text: str = CODE) -> dict[str, Any]:
    """The lines of a quote."""
    first = text[: text.index(quote)].count("\n")
    last = first + quote.rstrip("\n").count("\n")
    ends = {"line": last, "character": len(text.split("\n")[last])}
    return {"start": {"line": first, "character": 0}, "end": ends}


RATIO = place("def ratio(a, b):\n    return a / b")


@pytest.fixture
async def desk(home: Path) -> AsyncIterator[Desk]:
    folder = home / "project"
    (folder / "core").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / "core" / "x.py").write_text(CODE)
    (folder / "tests" / "test_x.py").write_text(TESTS)
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "Begin"]):
        git(folder, *words)
    async with Upstream() as upstream:
        (home / "turnout.toml").write_text(SETTINGS.replace("URL", upstream.url))
        yield Desk(
            home, folder, upstream, {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
        )


async def test_the_second_model_is_told_what_was_said_and_what_became_of_it(desk: Desk) -> None:
    desk.upstream.script(text=finding("    return a / b", "It fails for 0.") + '{"done": true}\n')
    async with desk.editor() as editor:
        await editor.open(desk.file, CODE)
        await desk.do(editor, "review", uri=desk.file)
        [found] = editor.notifications("textDocument/publishDiagnostics")[-1]["diagnostics"]
        await desk.do(editor, "dismiss", uri=desk.file, id=found["data"]["id"])
        desk.upstream.script(text=f"It divides. {SECRET} is bad.\n")
        await desk.do(editor, "ask", uri=desk.file, range=place(CODE), instruction="What is it?")
        desk.upstream.script(text="No.\n")
        await desk.do(
            editor, "ask", uri=desk.file, range=RATIO, instruction="Sure?", model="dear/big"
        )
    first, second = map(said, desk.upstream.calls[-2:])
    for told in (first, second):
        assert "Review: core/x.py." in told, "a file goes by its path below the workspace"
        assert "It fails for 0." in told
        assert "```\n\n<" in told, "what became of the review stands apart from the question"
    assert "from core/x.py (language python)" in second
    assert "What is it?" in second
    assert "It divides." in second
    assert SECRET not in first + second
    assert str(desk.folder) not in first + second


async def test_a_dismissed_finding_stays_away_and_nothing_is_asked_twice(desk: Desk) -> None:
    answer = finding("    return a / b", "It fails for 0.")
    answer += finding("    return json.load(open(path))", "It stays open.") + '{"done": true}\n'
    desk.upstream.script(text=answer)
    async with desk.editor() as editor:
        await editor.open(desk.file, CODE)
        await desk.do(editor, "review", uri=desk.file)
        found = editor.notifications("textDocument/publishDiagnostics")[-1]["diagnostics"]
        await desk.do(editor, "dismiss", uri=desk.file, id=found[0]["data"]["id"])
    async with desk.editor() as editor:
        await editor.open(desk.file, CODE)
        for _ in range(2):
            result = await desk.do(editor, "review", uri=desk.file)
            assert (result["findings"], result["cost"]) == (1, 0.0)
            assert "Review with" in result["note"], "it says how to have it asked again"
        assert len(desk.upstream.calls) == 1
        desk.upstream.script(text='{"done": true}\n', delay=0.5)
        await editor.change(desk.file, (8, 17, 8, 18), "(b or 1)")
        seen = len(editor.received)
        await desk.do(editor, "review", uri=desk.file)
        during = [
            message["params"]["diagnostics"]
            for message in editor.received[seen:]
            if message.get("method") == "textDocument/publishDiagnostics"
        ]
    assert during
    assert max(map(len, during)) == 1, "what is known is not shown twice while the rest is asked"
    assert "json.load" not in said(desk.upstream.calls[-1]).partition("The code in question")[2]


async def test_tests_are_shown_once(desk: Desk) -> None:
    """What they are to be added to is sent whole, and no second time as related code."""
    new = "def test_ratio(BAD:\n    assert ratio(1, 2) == 0.5\n"
    form = (
        "It tests.\n\ntests/test_x.py\n```\n<<<<<<< SEARCH\n=======\n\n\nNEW>>>>>>> REPLACE\n```\n"
    )
    desk.upstream.script(text=form.replace("NEW", new), times=1)
    desk.upstream.script(text=form.replace("NEW", new.replace("BAD", ")")))
    async with desk.editor() as editor:
        await editor.open(desk.file, CODE)
        where = place("def load(path):\n    return json.load(open(path))")
        result = await desk.do(editor, "tests", uri=desk.file, range=where)
    assert (result["model"], result["failures"]) == ("dear/big", [])
    for call in desk.upstream.calls:
        assert said(call).count("def test_load(tmp_path)") == 1
    assert "did not pass its check" in said(desk.upstream.calls[1])


async def test_an_answer_in_no_form_ends_with_what_can_be_done(desk: Desk) -> None:
    desk.upstream.script(text="I would rather not.")
    async with desk.editor() as editor:
        await editor.open(desk.file, CODE)
        result = await desk.do(
            editor, "refactor", uri=desk.file, range=RATIO, instruction="Make it short."
        )
    assert result["outcome"] == "unanswered"
    assert "form that was asked for" in result["why"]
    assert result["remedy"]
    assert result["cost"] > 0, "what failed was paid for too"
    reports = [one["value"].get("message", "") for one in editor.notifications("$/progress")]
    [told] = [report for report in reports if "did not pass" in report]
    assert told.lower().count("asking") == 1, "who is asked is said once"


async def test_a_commit_message_of_many_files_is_about_their_lines(desk: Desk) -> None:
    for number in range(30):
        (desk.folder / f"part{number}.py").write_text(f"def part{number}(a):\n    return a\n")
    git(desk.folder, "add", ".")
    desk.upstream.script(text="Add thirty parts\n")
    async with desk.editor() as editor:
        await editor.open(desk.file, CODE)
        assert (await desk.do(editor, "commitMessage", uri=desk.file))["text"] == "Add thirty parts"
        await desk.do(editor, "ask", instruction="And now?")
    first, second = map(said, desk.upstream.calls)
    assert all(f"+def part{number}(a):" in first for number in range(30))
    assert "\nindex 0000000" not in first
    assert "Commit message.\nGiven with it: The change; The subjects of recent commits." in second


async def test_a_secret_and_the_code_are_kept_nowhere_in_the_open(desk: Desk) -> None:
    desk.upstream.script(text=f"It is {SECRET}.\n")
    async with desk.editor() as editor:
        await editor.open(desk.file, CODE)
        await desk.do(editor, "ask", uri=desk.file, range=place(CODE), instruction="What is KEY?")
        await editor.open((desk.folder / ".env").as_uri(), f"TOKEN={SECRET}\n", "plaintext")
        result = await desk.do(
            editor, "ask", uri=(desk.folder / ".env").as_uri(), instruction="What is it?"
        )
    assert result["outcome"] == "unanswered"
    assert "excluded" in result["why"]
    assert len(desk.upstream.calls) == 1
    assert SECRET.encode() not in desk.upstream.calls[0].raw
    outside = [path for path in desk.home.rglob("*") if desk.folder not in path.parents]
    texts = {path: path.read_bytes() for path in outside if path.is_file()}
    assert any(b"What is KEY?" in text for text in texts.values()), "the session is among them"
    assert not [path for path, text in texts.items() if SECRET.encode() in text]
    log = (desk.home / "log.txt").read_text()
    assert "def ratio" not in log
    assert "What is KEY?" not in log


async def test_a_budget_that_is_used_up_makes_no_call(desk: Desk) -> None:
    desk.upstream.script(text="Fine.\n")
    async with desk.editor() as editor:
        await editor.open(desk.file, CODE)
        await desk.do(editor, "explain", uri=desk.file, range=RATIO)
        await until(booked)  # what is still to be written may be lost where the end takes too long
    desk.config.write_text(f"{desk.config.read_text()}[budget]\nday = 0.0001\n")
    async with desk.editor() as editor:
        await editor.open(desk.file, CODE)
        result = await desk.do(editor, "explain", uri=desk.file, range=RATIO)
        assert (result["outcome"], result["remedy"]) == (
            "unanswered", "raise budget.day in turnout.toml",
        )  # fmt: skip
        route = await desk.do(editor, "explainRoute", task="explain", uri=desk.file)
        assert route["models"] == [], "also where the provider is a gateway on this machine"
    assert len(desk.upstream.calls) == 1


async def test_paths_of_this_machine_are_not_sent(desk: Desk) -> None:
    there, library = desk.folder / "core" / "x.py", desk.home / "lib" / "json.py"
    trace = f'  File "{there}", line 9, in ratio\n    return a / b\n  File "{library}", line 1\n'
    desk.upstream.script(text="It is zero.\n")
    async with desk.editor() as editor:
        await editor.open(desk.file, CODE)
        async with asyncio.timeout(60):  # there is little time to look for what a trace names
            traced = ""
            while "Named by the trace" not in traced:
                await desk.do(editor, "debug", materials=[{"kind": "trace", "text": trace}])
                traced = said(desk.upstream.calls[-1])
        report = {"range": RATIO, "message": f"see {there.as_uri()} and {there}", "source": "lint"}
        for command in ("fix", "explain"):
            await desk.do(editor, command, uri=desk.file, range=RATIO, diagnostics=[report])
    assert "Named by the trace, in core/x.py" in traced, "it is read where the trace says"
    assert 'File "core/x.py", line 9' in traced
    assert 'File "~/lib/json.py", line 1' in traced
    told = [said(call) for call in desk.upstream.calls[-2:]]
    assert all("see core/x.py and core/x.py" in one for one in told)
    assert not any(str(desk.home) in call.raw.decode() for call in desk.upstream.calls)


async def test_a_text_without_a_file_is_mended_as_any_other(desk: Desk) -> None:
    uri, code = "untitled:Untitled-1", "def g():\n    return 1\n"
    new = code.replace("\n", '\n    """Return one."""\n', 1)
    desk.upstream.script(text=f"It says so.\n\n````\n{new}````\n")
    async with desk.editor() as editor:
        await editor.open(uri, code)
        result = await desk.do(editor, "docs", uri=uri, range=place("def g():\n    return 1", code))
        assert (result["state"], result["files"]) == ("proposed", ["Untitled-1"])
        assert (await desk.do(editor, "apply", id=result["id"]))["applied"]
        assert editor.text(uri) == new
    assert len(desk.upstream.calls) == 1


async def test_two_editors_share_a_conversation(desk: Desk) -> None:
    desk.upstream.script(text="Fine.\n")
    async with desk.editor() as one, desk.editor() as other:
        for editor in (one, other):
            await editor.open(desk.file, CODE)
        for editor, words in ((one, "First?"), (other, "Second?"), (one, "Third?")):
            await desk.do(editor, "ask", uri=desk.file, range=RATIO, instruction=words)
            shown = await editor.request("turnout/session", {"action": "show"})
            assert words in shown["text"], "it is stored by now: this is read from the disk"
    assert "First?" in said(desk.upstream.calls[1])
    assert "Second?" in said(desk.upstream.calls[2])


async def test_an_editor_that_is_closed_in_mid_answer_loses_nothing_of_it(desk: Desk) -> None:
    text = "It divides.\nAnd then it goes on and on and on.\n"
    desk.upstream.script(text=text, held=Held(after=4))
    async with desk.editor() as editor:
        await editor.open(desk.file, CODE)
        asked = asyncio.create_task(
            desk.do(editor, "ask", uri=desk.file, range=RATIO, instruction="Why so?")
        )
        await until(lambda: "It divides." in str(editor.notifications("turnout/document")))
    with pytest.raises(Exception, match="cancelled"):
        await asked
    desk.upstream.script(text="Fine.\n")
    async with desk.editor() as editor:
        await editor.open(desk.file, CODE)
        await desk.do(editor, "ask", uri=desk.file, range=RATIO, instruction="And?")
    told = said(desk.upstream.calls[-1])
    assert "Why so?" in told
    assert "It divides." in told
    assert "(stopped before the end)" in told


async def test_words_for_those_who_have_configured_nothing(desk: Desk) -> None:
    desk.config.write_text("")
    shown = await asyncio.to_thread(desk.shell, "session", "show")
    assert (shown.returncode, shown.stderr) == (1, "turnout: There are no sessions yet.\n")
    unknown = await asyncio.to_thread(desk.shell, "route", "reviw")
    assert unknown.returncode == 2
    assert "there is no task reviw; there are" in unknown.stderr
    assert "second_opinion" not in unknown.stderr, "what there is not yet is not offered"
