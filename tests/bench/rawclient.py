"""A JSON-RPC client as lean as the measurement needs: one pipe each way, one thread, no event loop.

The time of an answer is taken when its last byte has been read, before it is parsed.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import psutil


class Answer(NamedTuple):
    """What came for a request, and when its last byte was read."""

    at: float
    result: Any
    error: dict[str, Any] | None


class ServerDied(Exception):
    """The server closed its end; the message is the end of its stderr."""


class RequestFailed(Exception):
    """The server answered with an error."""


class RawClient:
    """Starts a server and talks to it."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
        # A file, not a pipe: nobody reads it while we measure, and a full pipe would block.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `close`
        self.spawned = perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env=dict(env),
            cwd=cwd,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._in = self.process.stdin.fileno()
        self._out = self.process.stdout.fileno()
        os.set_blocking(self._in, False)
        self._poll = select.poll()
        self._poll.register(self._out, select.POLLIN | select.POLLHUP)
        self._buffer = bytearray()
        self._next_id = 0
        self.answered: dict[int, Answer] = {}
        self.notified: list[tuple[float, str, Any]] = []

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def notify(self, method: str, params: Any) -> None:
        self._write(_frame({"jsonrpc": "2.0", "method": method, "params": params}))

    def send(self, method: str, params: Any, *before: tuple[str, Any]) -> tuple[int, float]:
        """Write notifications and a request in one go: (id, time written)."""
        self._next_id += 1
        body = {"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": params}
        frames = [
            _frame({"jsonrpc": "2.0", "method": name, "params": arguments})
            for name, arguments in before
        ]
        data = b"".join(frames) + _frame(body)
        started = perf_counter()
        self._write(data)
        return self._next_id, started

    def wait(self, request: int, timeout: float = 20) -> Answer:
        if not self.read_until(lambda: request in self.answered, timeout):
            raise TimeoutError(f"no answer to request {request} within {timeout} s")
        return self.answered[request]

    def request(self, method: str, params: Any, *before: tuple[str, Any]) -> tuple[float, Any]:
        """Ask and wait: (seconds, result)."""
        request, started = self.send(method, params, *before)
        answer = self.wait(request)
        if answer.error:
            raise RequestFailed(f"{method}: {answer.error}")
        return answer.at - started, answer.result

    def cancel(self, request: int) -> float:
        data = _frame({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": request}})
        started = perf_counter()
        self._write(data)
        return started

    def read_until(self, done: Callable[[], bool], timeout: float) -> bool:
        """Take in what the server says until `done`, or return False when the time is over."""
        deadline = perf_counter() + timeout
        while not done():
            left = deadline - perf_counter()
            if left <= 0:
                return False
            if self._poll.poll(left * 1000):
                self._read()
        return True

    def pause(self, seconds: float) -> None:
        """Let time pass while the server is listened to."""
        self.read_until(lambda: False, seconds)

    def rss(self) -> int:
        """Bytes resident in the server's whole process tree."""
        root = psutil.Process(self.process.pid)
        return sum(process.memory_info().rss for process in (root, *root.children(recursive=True)))

    def initialize(self, root: Path, capabilities: Mapping[str, Any]) -> float:
        """Return the seconds from spawn to the answer of `initialize`."""
        request, _ = self.send(
            "initialize",
            {
                "processId": os.getpid(),
                "clientInfo": {"name": "bench", "version": "1"},
                "rootUri": root.as_uri(),
                "workspaceFolders": [{"uri": root.as_uri(), "name": root.name}],
                "capabilities": dict(capabilities),
            },
        )
        answer = self.wait(request)
        if answer.error or "capabilities" not in answer.result:
            raise RequestFailed(f"initialize: {answer}")
        self.notify("initialized", {})
        return answer.at - self.spawned

    def close(self) -> None:
        """Leave politely; after two seconds by signal. Only this process and its children."""
        if self.process.poll() is None:
            family = psutil.Process(self.process.pid).children(recursive=True)
            try:
                self.request("shutdown", None)
                self.notify("exit", None)
                self.process.wait(2)
            except (ServerDied, RequestFailed, OSError, TimeoutError, subprocess.TimeoutExpired):
                self.process.kill()
            for child in family:
                if child.is_running():
                    child.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self._stderr):
            assert pipe is not None
            pipe.close()

    def _read(self) -> None:
        data = os.read(self._out, 1 << 18)
        now = perf_counter()
        if not data:
            self._stderr.seek(0)
            raise ServerDied(self._stderr.read().decode(errors="replace")[-2000:])
        self._buffer += data
        while (message := self._take()) is not None:
            self._dispatch(now, message)

    def _take(self) -> dict[str, Any] | None:
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return None
        fields = bytes(self._buffer[:head]).lower().split(b"\r\n")
        length = next(int(f.split(b":")[1]) for f in fields if f.startswith(b"content-length"))
        end = head + 4 + length
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[head + 4 : end])
        del self._buffer[:end]
        message: dict[str, Any] = json.loads(body)
        return message

    def _dispatch(self, now: float, message: dict[str, Any]) -> None:
        if "method" not in message:
            answer = Answer(now, message.get("result"), message.get("error"))
            self.answered[message["id"]] = answer
        elif "id" in message:
            result = self._answer(message["method"], message.get("params"))
            self._write(_frame({"jsonrpc": "2.0", "id": message["id"], "result": result}))
        else:
            self.notified.append((now, message["method"], message.get("params")))

    @staticmethod
    def _answer(method: str, params: Any) -> Any:
        if method == "workspace/configuration":
            return [None for _ in params["items"]]
        return {"applied": True} if method == "workspace/applyEdit" else None

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._in, view) :]
            except BlockingIOError:
                # The pipe is full: the server may be waiting for us to read.
                if self._poll.poll(1):
                    self._read()


def _frame(message: Mapping[str, Any]) -> bytes:
    body = json.dumps(message, separators=(",", ":")).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
