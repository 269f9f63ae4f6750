"""The headless face: real processes, asked in a shell's way, answered by the fake upstream."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support import holding
from support.booked import booked
from support.repository import git
from support.sarif import problems
from support.upstream import Upstream
from support.upstream_wire import Held
from turnout.edits.findings import Finding
from turnout.settings.paths import reviews_folder
from turnout.tasks.dismissals import Dismissals

ROOT = Path(__file__).parents[2]
CODE = '''\
def ratio(a, b):
    """The quotient."""
    return a / b


def first(items):
    return items[0]
'''
SETTINGS = """\
[providers.fake]
dialect = "openai-chat"
base_url = "URL/v1"
key = "none"

[models."fake/big"]
id = "big"
price = { input = 30.0, output = 100.0 }

[routes]
default = ["fake/big"]
"""


def finding(quote: str = "a / b", severity: str = "error", **more: str) -> str:
    value = {"severity": severity, "category": "bug", "quote": quote, "explanation": "It fails."}
    return json.dumps({**value, **more}) + "\n"


DONE = '{"done": true}\n'


def block(path: str, search: str, replace: str) -> str:
    edit = f"<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"
    return f"It is mended.\n\n{path}\n```\n{edit}```\n"


DOCS = block("a.py", "def first(items):\n", 'def first(items):\n    """Return the first."""\n')


@dataclass(frozen=True)
class Done:
    """What a process printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """Runs the command in a folder, with settings that name the fake upstream."""

    folder: Path
    config: Path

    def start(self, *arguments: str, **more: Any) -> Any:
        name, *rest = arguments
        command = [sys.executable, "-m", "turnout", name, "--config", str(self.config), *rest]
        pipes: dict[str, Any] = {
            "stdin": asyncio.subprocess.DEVNULL,
            "stdout": asyncio.subprocess.PIPE,
            "stderr": asyncio.subprocess.PIPE,
            "cwd": self.folder,
        }
        return asyncio.create_subprocess_exec(*command, **{**pipes, **more})

    async def run(self, *arguments: str, **more: Any) -> Done:
        process = await self.start(*arguments, **more)
        async with asyncio.timeout(120):
            out, err = await process.communicate()
        return Done(process.returncode, (out or b"").decode(), (err or b"").decode())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "a.py").write_text(CODE)
    return folder


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with Upstream() as upstream:
        yield upstream


@pytest.fixture
def shell(home: Path, folder: Path, upstream: Upstream) -> Shell:
    config = home / "turnout.toml"
    config.write_text(SETTINGS.replace("URL", upstream.url))
    return Shell(folder, config)


@pytest.fixture
def repository(folder: Path) -> Path:
    """Two functions committed, the second changed since."""
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "Add ratio and first")
    (folder / "a.py").write_text(CODE.replace("items[0]", "items[1]"))
    return folder


def files(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def sent(upstream: Upstream) -> str:
    return "".join(call.raw.decode() for call in upstream.calls)


async def test_a_review_is_written_as_compilers_write(shell: Shell, upstream: Upstream) -> None:
    upstream.script(text=finding(replacement="a / b if b else 0") + DONE)
    done = await shell.run("review", "a.py")
    assert done.code == 0
    assert done.out == ("a.py:3:12: error: It fails. [bug]\n    - a / b\n    + a / b if b else 0\n")
    asking, summary = done.err.splitlines()
    assert asking == "turnout: a.py: Asking big"
    assert re.fullmatch(r"turnout: 1 finding in 1 file, big, \$0\.\d\d\.", summary)
    assert (shell.folder / "a.py").read_text() == CODE
    [row] = booked()
    assert (row["task"], row["outcome"]) == ("review", "answered")


async def test_fail_on(shell: Shell, upstream: Upstream) -> None:
    upstream.script(text=finding(severity="warning") + DONE)
    assert (await shell.run("review", "a.py", "--fail-on", "error")).code == 0
    assert (await shell.run("review", "a.py", "--fail-on", "warning")).code == 1


@pytest.mark.parametrize(
    ("arguments", "answer", "out"),
    [
        (["explain", "a.py:6"], "It takes the first.\nOf many.", "It takes the first.\nOf many.\n"),
        (["ask", "Why?", "a.py"], "Because.", "Because.\n"),
        (["ask", "Why?", "--model", "fake/big", "a.py"], "Because.", "Because.\n"),
        (["ask", "Why?"], "Because.", "Because.\n"),
        (["suggest", "list", "files"], "```\nls -la\n```\nLists files.", "ls -la\n"),
        (["commit-message"], "Take the second\n\nAs asked.", "Take the second\n\nAs asked.\n"),
    ],
)  # fmt: skip
async def test_each_command_of_words(
    shell: Shell, repository: Path, upstream: Upstream, arguments: list[str], answer: str, out: str
) -> None:
    upstream.script(text=answer)
    done = await shell.run(*arguments)
    assert (done.code, done.out) == (0, out)
    assert done.err.splitlines()[-1].startswith("turnout: 1 answer, big, $0.")
    assert len(upstream.calls) == 1
    about_code = arguments[-1] in ("a.py", "a.py:6", "commit-message")
    assert ("items[1]" in sent(upstream)) == about_code
    as_json = await shell.run(*arguments, "--json", "--quiet")
    [result] = as_json.json["results"]
    assert result.get("text", result.get("command")).strip() == out.strip()
    assert as_json.err == ("turnout: Lists files.\n" if arguments[0] == "suggest" else "")


@pytest.mark.parametrize(
    ("command", "answer", "path"),
    [
        ("docs", DOCS, "a.py"),
        ("tests", block("tests/test_a.py", "", "from a import first\n\n\ndef test_first():\n"
                        "    assert first([1]) == 1\n"), "tests/test_a.py"),
    ],
)  # fmt: skip
async def test_edits_are_shown_and_written_only_when_that_is_asked(
    shell: Shell, upstream: Upstream, folder: Path, command: str, answer: str, path: str
) -> None:
    upstream.script(text=answer)
    (folder / "a.py").chmod(0o640)
    shown = await shell.run(command, "a.py")
    assert shown.code == 0, shown
    assert f"+++ b/{path}\n" in shown.out
    assert (folder / "a.py").read_text() == CODE
    assert files(folder) == {"a.py"}
    written = await shell.run(command, "a.py", "--apply")
    assert (written.code, written.out) == (0, shown.out)
    assert f"turnout: {path} is written.\n" in written.err
    added = [line[1:] for line in shown.out.splitlines() if re.match(r"\+(?!\+\+ )", line)]
    assert set(added) <= set((folder / path).read_text().splitlines())
    assert (folder / "a.py").stat().st_mode & 0o777 == 0o640
    assert files(folder) == {"a.py", path}


async def test_the_files_that_use_a_package_are_adapted(
    shell: Shell, upstream: Upstream, folder: Path
) -> None:
    """Each that names it, in whatever spelling; by the changelog, of which a pipe will do."""
    (folder / "b.py").write_text("from tiny_lib import old\n")
    changelog = folder.parent / "CHANGES.md"
    changelog.write_text("## 2.0\n- `old` is called `new`.\n")
    upstream.script(text=block("b.py", "from tiny_lib import old\n", "from tiny_lib import new\n"))
    adapt = ("dependency", "tiny-lib 1.9 -> 2.0", "--changelog")
    shown = await shell.run(*adapt, str(changelog), ".")
    assert (shown.code, len(upstream.calls)) == (0, 1), shown
    assert "-from tiny_lib import old\n+from tiny_lib import new\n" in shown.out
    assert "`old` is called `new`" in sent(upstream)
    assert (folder / "b.py").read_text() == "from tiny_lib import old\n"
    with changelog.open() as piped:
        written = await shell.run(*adapt, "-", ".", "--apply", stdin=piped)
    assert (written.code, written.out) == (0, shown.out)
    assert (folder / "b.py").read_text() == "from tiny_lib import new\n"
    assert {row["task"] for row in booked()} == {"dependency"}


async def test_line_ends_stay(shell: Shell, upstream: Upstream, folder: Path) -> None:
    (folder / "a.py").write_bytes(b"\xef\xbb\xbf" + CODE.replace("\n", "\r\n").encode())
    upstream.script(text=DOCS)
    done = await shell.run("docs", "a.py", "--apply")
    assert done.code == 0, done
    expected = CODE.replace("(items):\n", '(items):\n    """Return the first."""\n')
    assert (folder / "a.py").read_bytes() == b"\xef\xbb\xbf" + expected.replace(
        "\n", "\r\n"
    ).encode()
    assert "\r" not in done.out


async def test_what_changed_meanwhile_is_not_overwritten(
    shell: Shell, upstream: Upstream, folder: Path
) -> None:
    upstream.script(text=DOCS)
    may_answer = holding.held(upstream)
    process = await shell.start("docs", "a.py", "--apply")
    await upstream.until(lambda: bool(upstream.calls))
    (folder / "a.py").write_text("# mine\n" + CODE)
    may_answer.set()
    _, err = await process.communicate()
    assert process.returncode == 3
    assert b"a.py: Only shown: a.py has changed meanwhile." in err
    assert (folder / "a.py").read_text() == "# mine\n" + CODE


@pytest.mark.parametrize(
    "answer",
    [
        block("a.py", "def last(items):\n", "def last(items):\n    pass\n"),  # does not apply
        block("a.py", "    return items[0]\n", "    return items[1]\n"),  # no documentation
        block("../b.py", "", "x = 1\n"),
        block(".git/hooks/pre-commit", "", "rm -rf /\n"),
        block("a.py", "def first(items):\n", 'def first(items):\n    """A\x1b[2J B."""\n'),
    ],
)
async def test_what_fails_its_check_is_never_written(
    shell: Shell, upstream: Upstream, folder: Path, answer: str
) -> None:
    upstream.script(text=answer)
    done = await shell.run("docs", "a.py", "--apply")
    assert done.code == 3
    assert len(upstream.calls) == 2  # it was asked once more, and no more
    assert (folder / "a.py").read_text() == CODE
    assert files(folder.parent) == {"project/a.py"}
    assert "\x1b" not in done.out + done.err
    assert "is written" not in done.err


async def test_json_is_as_documented(shell: Shell, upstream: Upstream, folder: Path) -> None:
    upstream.script(text=finding("return a / b", replacement="return a // b") + DONE)
    (folder / ".env").write_text("KEY=1\n")
    done = await shell.run("review", "a.py", ".env", "--json", "--fail-on", "error")
    value = done.json
    assert done.code == value["exit"] == 1
    assert value["usd"] == pytest.approx(value["results"][0]["usd"])
    assert value["usd"] > 0
    [result] = value["results"]
    [found] = result.pop("findings")
    assert re.fullmatch("[0-9a-f]{32}", found.pop("fingerprint"))
    assert found == {
        "line": 3, "column": 5, "end_line": 3, "end_column": 17, "severity": "error",
        "category": "bug", "message": "It fails.", "quote": "return a / b",
        "replacement": "return a // b", "model": "fake/big",
    }  # fmt: skip
    result.pop("usd")
    assert result == {
        "path": "a.py", "outcome": "answered", "model": "fake/big", "complete": True, "note": "",
        "why": "", "remedy": "", "unplaced": 0,
    }  # fmt: skip
    [left_out] = value["left_out"]
    assert left_out["path"] == ".env"
    page = (ROOT / "docs" / "headless.md").read_text()
    for key in {*value, *result, *found, *left_out, "usd", "findings", "fingerprint"}:
        assert f"`{key}`" in page, key


def valid(log: Any) -> Any:
    """Return the run of a log that the published schema accepts."""
    assert problems(log) == []
    [run] = log["runs"]
    return run


def at(text: str, region: dict[str, int]) -> slice:
    """Read a region as a program would that knows SARIF and nothing of us."""
    lines = re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+", text)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]
    start = starts[region["startLine"] - 1] + region["startColumn"] - 1
    return slice(start, starts[region["endLine"] - 1] + region["endColumn"] - 1)


async def test_sarif_is_valid_and_exact(shell: Shell, repository: Path, upstream: Upstream) -> None:
    folder = repository / "src dir"
    folder.mkdir()
    code = 'names = "😀é", len(\n    items)\nx = 1 / 0\n'
    (folder / "b.py").write_text(code)
    bug = finding("len(\n    items)", "warning", replacement="max(\n    items)")
    security = finding("1 / 0", "info").replace('"bug"', '"security"')
    upstream.script(text=bug + security + DONE)
    inside = Shell(folder, shell.config)
    done = await inside.run("review", "b.py", "--sarif", "--fail-on", "error")
    assert done.code == 0
    run = valid(done.json)
    assert run["columnKind"] == "unicodeCodePoints"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["bug", "security"]
    one, two = run["results"]
    assert [(r["ruleId"], r["ruleIndex"], r["level"]) for r in (one, two)] == [
        ("bug", 0, "warning"), ("security", 1, "note"),
    ]  # fmt: skip
    places = [result["locations"][0]["physicalLocation"] for result in (one, two)]
    assert [code[at(code, place["region"])] for place in places] == ["len(\n    items)", "1 / 0"]
    assert places[0]["artifactLocation"] == {"uri": "src%20dir/b.py", "uriBaseId": "SRCROOT"}
    [change] = one["fixes"][0]["artifactChanges"]
    [replacement] = change["replacements"]
    gone = at(code, replacement["deletedRegion"])
    mended = code[: gone.start] + replacement["insertedContent"]["text"] + code[gone.stop :]
    assert mended == code.replace("len(", "max(")
    assert "fixes" not in two

    # What stands above moves the place and not the fingerprint.
    (folder / "b.py").write_text("import os\n\n" + code)
    again = valid((await inside.run("review", "b.py", "--sarif")).json)["results"]
    keys = [[found["partialFingerprints"] for found in log] for log in ((one, two), again)]
    assert keys[0] == keys[1]
    assert again[0]["locations"] != one["locations"]


async def test_sarif_says_what_was_not_reviewed(shell: Shell, upstream: Upstream) -> None:
    upstream.script(status=500, error={"error": {"message": "broken"}})
    done = await shell.run("review", "a.py", "--sarif")
    assert done.code == 3
    [invocation] = valid(done.json)["invocations"]
    assert invocation["executionSuccessful"] is False
    [told] = invocation["toolExecutionNotifications"]
    assert told["message"]["text"] in done.err


async def test_only_what_changed_is_reviewed(
    shell: Shell, repository: Path, upstream: Upstream
) -> None:
    upstream.script(text=finding("a / b") + finding("items[1]") + DONE)
    done = await shell.run("review")
    assert done.out == "a.py:7:12: error: It fails. [bug]\n"
    assert "1 finding left out: the quotes were not found." in done.err
    for asked in (["--diff"], ["--diff", "HEAD"], ["--diff", "--", "a.py"]):
        assert (await shell.run("review", "--anew", *asked)).out == done.out
    nothing = await shell.run("review", "--staged")
    assert (nothing.code, nothing.out) == (0, "")
    assert nothing.err == "turnout: There is no change to look at.\n"
    git(repository, "add", ".")
    assert (await shell.run("review", "--staged", "--anew")).out == done.out


async def test_a_second_review_asks_only_about_what_is_new(
    shell: Shell, upstream: Upstream, folder: Path
) -> None:
    upstream.script(text=finding() + DONE)
    first = await shell.run("review", "a.py")
    again = await shell.run("review", "a.py")
    assert (again.code, again.out, len(upstream.calls)) == (0, first.out, 1)
    assert "Nothing changed since the last review by big; --anew asks again." in again.err
    assert again.err.endswith("1 finding in 1 file, big, $0.00.\n")
    await shell.run("review", "a.py", "--anew")
    assert len(upstream.calls) == 2
    upstream.script(text=DONE)
    (folder / "a.py").write_text(CODE.replace("items[0]", "items[-1]"))
    changed = await shell.run("review", "a.py")
    assert changed.out == first.out
    question = upstream.calls[-1].body["messages"][-1]["content"]
    asked_about = question.partition("The code in question")[2]
    assert "items[-1]" in asked_about
    assert "a / b" not in asked_about


async def test_outside_of_a_repository(shell: Shell, upstream: Upstream) -> None:
    done = await shell.run("review")
    assert (done.code, upstream.calls) == (2, [])
    assert "lies in no git repository; name files or folders to look at." in done.err
    upstream.script(text=DONE)
    assert (await shell.run("review", "a.py")).code == 0
    message = await shell.run("commit-message")
    assert message.code == 2
    assert "run `git init` there" in message.err


async def test_excluded_files_of_a_change_are_left_out_and_counted(
    shell: Shell, repository: Path, upstream: Upstream
) -> None:
    (repository / ".env").write_text("KEY=canary\n")
    upstream.script(text=DONE)
    done = await shell.run("review")
    assert done.code == 0
    assert "turnout: 1 changed file is excluded and left out.\n" in done.err
    assert "canary" not in sent(upstream)
    named = await shell.run("ask", "Why?", "a.py", ".env")
    assert ".env is left out: `*.env` is on the built-in list" in named.err
    assert "canary" not in sent(upstream)


async def test_without_a_model(shell: Shell, upstream: Upstream) -> None:
    shell.config.write_text("")
    (shell.folder / "b.py").write_text(CODE)
    done = await shell.run("review", "a.py", "b.py")
    assert (done.code, done.out, upstream.calls) == (3, "", [])
    told, summary = done.err.splitlines()
    assert told == (
        "turnout: No model is configured for review. Run `turnout provider list` and enable one."
    )
    assert summary == "turnout: no findings in no files, 2 unanswered, $0.00."


async def test_the_model_that_is_named_answers(shell: Shell, upstream: Upstream) -> None:
    with shell.config.open("a") as file:
        file.write('[models."fake/other"]\nid = "other"\n')
    upstream.script(text="Because.")
    assert (await shell.run("ask", "Why?", "--model", "fake/other")).code == 0
    assert upstream.calls[-1].body["model"] == "other"
    unknown = await shell.run("ask", "Why?", "--model", "nobody")
    assert unknown.code == 3
    assert "nobody" in unknown.err


async def test_a_fault_is_one_sentence(shell: Shell, upstream: Upstream) -> None:
    upstream.script(status=400, error={"error": {"message": "broken"}})
    done = await shell.run("explain", "a.py")
    assert (done.code, done.out) == (3, "")
    assert len(done.err.splitlines()) == 3  # asking, the fault, the summary
    assert "Traceback" not in done.err


async def test_no_call_is_made_that_could_pass_the_cap(shell: Shell, upstream: Upstream) -> None:
    upstream.script(text=DONE)
    done = await shell.run("review", "a.py", "--max-cost", "0.0001")
    assert (done.code, upstream.calls) == (3, [])
    assert "$0.0001" in done.err
    assert (await shell.run("review", "a.py", "--max-cost", "5")).code == 0


async def test_the_cap_holds_for_all_files_together(shell: Shell, upstream: Upstream) -> None:
    names = [f"m{n}.py" for n in range(6)]
    for number, name in enumerate(names):
        (shell.folder / name).write_text(f"x{number} = {number}\n" + CODE)
    upstream.script(text=finding("return items[0]") + DONE)
    one = (await shell.run("review", "m0.py", "--json", "--anew")).json["usd"]
    most = booked()[0]["usd"] + 0.45  # what an answer of 4,096 tokens may cost is set aside
    upstream.calls.clear()
    done = await shell.run("review", *names, "--anew", "--json", "--max-cost", f"{most + 2 * one}")
    value = done.json
    assert done.code == 3
    assert 1 <= len(upstream.calls) < len(names)
    assert value["usd"] <= most + 2 * one
    outcomes = [result["outcome"] for result in value["results"]]
    assert outcomes == sorted(outcomes)  # the first were answered
    assert outcomes.count("answered") == len(upstream.calls)


async def test_a_few_files_at_a_time_in_the_order_they_were_named(
    shell: Shell, upstream: Upstream
) -> None:
    names = [f"m{n}.py" for n in range(9)]
    for number, name in enumerate(names):
        (shell.folder / name).write_text(f"value = {number} / 0\n")
    upstream.script(answer=lambda call: _finding_in(call.raw.decode()), delay=0.1)
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, sum(not call.finished for call in upstream.calls))
            await asyncio.sleep(0.005)

    watching = asyncio.create_task(watch())
    done = await shell.run("review", ".", "--max-cost", "50")
    assert most == 1
    one_by_one, may_answer = len(upstream.calls), holding.held(upstream)
    running = asyncio.create_task(shell.run("review", ".", "--anew"))
    await upstream.until(lambda: len(upstream.calls) > one_by_one + 1)
    may_answer.set()
    again = await running
    watching.cancel()
    assert most <= 4
    assert [line.partition(":")[0] for line in done.out.splitlines()] == ["a.py", *names][1:]
    assert again.out == done.out
    assert "9 findings in 10 files" in again.err


def _finding_in(request: str) -> str:
    found = re.findall(r"value = (\d) / 0", request.rpartition("The code in question")[2])
    return (finding(f"value = {found[0]} / 0") if found else "") + DONE


async def test_two_runs_at_a_time_count_their_own_cost(shell: Shell, upstream: Upstream) -> None:
    upstream.script(text="It divides.", delay=0.5)
    runs = [shell.run("explain", place, "--json") for place in ("a.py", "a.py:6")]
    for done in await asyncio.gather(*runs):
        [result] = done.json["results"]
        assert done.json["usd"] == pytest.approx(result["usd"])
    assert len(booked()) == 2


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_ctrl_c_closes_the_sockets_and_books_the_cost(
    shell: Shell, upstream: Upstream, number: signal.Signals, code: int
) -> None:
    (shell.folder / "b.py").write_text(CODE.replace("ratio", "other"))
    upstream.script(answer=_slow_for_b, gap=0.02)
    process = await shell.start("review", "a.py", "b.py", "--json")
    await upstream.until(lambda: sorted(call.finished for call in upstream.calls) == [False, True])
    [slow] = [call for call in upstream.calls if not call.finished]
    await upstream.until(lambda: slow.sent > 25)
    process.send_signal(number)
    async with asyncio.timeout(30):  # the answer takes longer
        out, err = await process.communicate()
    assert process.returncode == code
    await upstream.until(lambda: slow.closed_at is not None)
    value = json.loads(out)
    assert value["exit"] == code
    one, two = value["results"]  # what was paid for is there
    assert (one["outcome"], len(one["findings"])) == ("answered", 1)
    assert (two["outcome"], two["why"]) == (
        "unanswered", "The run was ended before there was an answer.",
    )  # fmt: skip
    rows = booked()
    assert sorted(row["outcome"] for row in rows) == ["answered", "cancelled"]
    assert all(row["usd"] > 0 for row in rows)
    assert value["usd"] == pytest.approx(sum(row["usd"] for row in rows))
    assert b"Traceback" not in err


def _slow_for_b(call: Any) -> str:
    about = call.raw.decode().rpartition("The code in question")[2]
    return "word " * 2_000 if "def other" in about else finding() + DONE


async def test_nobody_reads_the_rest(shell: Shell, upstream: Upstream) -> None:
    upstream.script(text=finding() + DONE)
    read, write = os.pipe()
    os.close(read)
    try:
        done = await shell.run("review", "a.py", stdout=write)
    finally:
        os.close(write)
    assert done.code == 141
    assert "Traceback" not in done.err


async def test_what_was_dismissed_does_not_come_back(shell: Shell, upstream: Upstream) -> None:
    upstream.script(text=finding("a / b") + finding("items[0]") + DONE)
    first = await shell.run("review", "a.py", "--json")
    found = first.json["results"][0]["findings"][0]
    start = CODE.index("a / b")
    dismissed = Finding(
        start, start + 5, found["quote"], "error", "bug", "It fails.", symbol="ratio"
    )
    await Dismissals(reviews_folder() / "dismissed", str(shell.folder)).add(dismissed)
    for asked in ([], ["--anew"]):
        again = await shell.run("review", "a.py", *asked)
        assert again.out == "a.py:7:12: error: It fails. [bug]\n"


async def test_several_explanations_say_what_they_are_about(
    shell: Shell, upstream: Upstream
) -> None:
    (shell.folder / "b.py").write_text(CODE)
    upstream.script(text="It divides.")
    done = await shell.run("explain", "a.py:2", "b.py")
    assert (done.code, done.out) == (0, "a.py:\n\nIt divides.\n\nb.py:\n\nIt divides.\n\n")


async def test_quiet(shell: Shell, upstream: Upstream) -> None:
    upstream.script(text=finding() + DONE)
    done = await shell.run("review", "a.py", "--quiet")
    assert (done.code, done.err) == (0, "")
    assert done.out


def written(terminal: int) -> str:
    """All that was written to a terminal which nobody has open any more."""
    seen = b""
    with contextlib.suppress(OSError):  # that is how its end is told
        while data := os.read(terminal, 65536):
            seen += data
    return seen.decode()


async def test_a_terminal_sees_it_move(shell: Shell, upstream: Upstream) -> None:
    held = Held()
    upstream.script(text=finding() + DONE, held=held)
    terminal, end = os.openpty()
    process = await shell.start("review", "a.py", stderr=end)
    os.close(end)
    seen = ""
    while seen.count("\r\x1b[K") < 3:
        seen += (await asyncio.to_thread(os.read, terminal, 65536)).decode("ascii")
    held.go_on()
    out, _ = await process.communicate()
    seen += written(terminal)
    os.close(terminal)
    assert out == b"a.py:3:12: error: It fails. [bug]\n"
    last = seen.rpartition("\x1b[K")[2]
    assert re.fullmatch(r"turnout: 1 finding in 1 file, big, \$0\.\d\d\.\r\n", last)


async def test_the_hook_of_pre_commit(shell: Shell, repository: Path, upstream: Upstream) -> None:
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text()
    entry = re.search(r"^  entry: (.+)$", hook, re.MULTILINE)
    assert entry
    assert "  pass_filenames: false\n" in hook  # what is staged is asked of git
    program, *arguments = entry[1].split()
    assert program == "turnout"
    upstream.script(text=finding("items[1]") + DONE)
    git(repository, "add", ".")
    environ = {**os.environ, "GIT_INDEX_FILE": str(repository / ".git" / "index")}
    done = await shell.run(*arguments, env=environ)
    assert done.code == 1
    assert done.out == "a.py:7:12: error: It fails. [bug]\n"
