"""The bench's own arithmetic: a bar that is missed must be seen to be missed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import peers, report
from bench.figures import Figures, summary
from bench.rawclient import RawClient
from bench.typist import Typist
from bench.workspace import make

ECHO = """
import json, sys
read = sys.stdin.buffer
while head := read.readline():
    length = int(head.split(b":")[1])
    read.readline()
    message = json.loads(read.read(length))
    texts = globals().setdefault("texts", {})
    params = message["params"]
    if message["method"] == "textDocument/didOpen":
        texts["lines"] = params["textDocument"]["text"].split("\\n")
    elif message["method"] == "textDocument/didChange":
        (change,) = params["contentChanges"]
        start, end = change["range"]["start"], change["range"]["end"]
        lines = texts["lines"]
        head = lines[start["line"]][: start["character"]]
        tail = lines[end["line"]][end["character"] :]
        lines[start["line"] : end["line"] + 1] = (head + change["text"] + tail).split("\\n")
    if "id" not in message:
        continue
    result = {"capabilities": {}}
    if message["method"] == "textDocument/inlineCompletion":
        result = [{"insertText": "\\n".join(texts["lines"])}]
    if message["method"] == "shutdown":
        result = None
    body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\\r\\n\\r\\n%b" % (len(body), body))
    sys.stdout.buffer.flush()
"""


@pytest.mark.parametrize(
    ("values", "p50", "p95"),
    [([5.0], 5, 5), ([1.0, 2.0], 1, 2), ([float(n) for n in range(1, 101)], 50, 95)],
)
def test_percentiles_are_values_that_were_measured(
    values: list[float], p50: float, p95: float
) -> None:
    got = summary(list(reversed(values)))
    assert (got.p50, got.p95, got.worst) == (p50, p95, max(values))


def test_a_bar_is_missed_by_time_and_by_calls() -> None:
    figures = Figures()
    for seconds in (0.001, 0.003, 0.009):
        figures.add(report.OURS, "typing through", seconds)
    figures.calls(report.OURS, "typing through", 1)
    marks = {bar.what: bar.missed for bar in report.bars(figures)}
    assert list(marks.values()) == [True, True, True]
    assert report.table(figures).count("**MISS**") == 3


def test_a_socket_that_stays_open_misses_the_bar_however_fast_the_others_close() -> None:
    figures = Figures()
    figures.add(report.OURS, "cancel", 0.001)
    assert [bar.missed for bar in report.bars(figures)] == [False]
    figures.add(report.OURS, "cancel: not closed", 0.5)
    assert [bar.missed for bar in report.bars(figures)] == [True]


def test_the_workspace_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    one, two = make(tmp_path / "one", files=20), make(tmp_path / "two", files=20)
    assert one.main_text == two.main_text
    assert one.main_text.count("\n") == 2_000
    assert len(list((tmp_path / "one").rglob("*.py"))) == 20
    assert one.unwritten[0] not in one.main_text


def test_the_server_has_the_text_that_the_typist_means(tmp_path: Path, seed: int) -> None:
    workspace = make(tmp_path / "workspace", files=5)
    command = (sys.executable, "-c", ECHO)
    echo = peers.Contestant("echo", command, peers.environment(tmp_path / "home"))
    with Typist(echo, workspace, seed) as typist:
        for number in range(60):
            edit = [
                lambda: typist.new_line(typist.novel("some")),
                lambda: typist.type("more"),
                lambda: typist.append_line("last"),
                lambda: typist.remove_line(),
            ][number % 4]()
            request, written = typist.ask(edit)
            answer = typist.client.wait(request)
            assert answer.result[0]["insertText"] == "\n".join(typist.lines)
            assert answer.at > written


def test_the_client_ends_what_it_started(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "import time; time.sleep(60)")
    client = RawClient(command, peers.environment(tmp_path / "home"), tmp_path)
    client.process.kill()
    client.close()
    assert client.process.returncode is not None
