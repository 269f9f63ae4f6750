"""The bench's end of the fake upstream: start it, set its delay, read what it saw."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from bench.tabby_upstream import Asked

TESTS = Path(__file__).parents[1]


class Control:
    """Also the null contestant: a kept-alive connection straight to the upstream."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.tabby_upstream"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(env),
            cwd=TESTS,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().decode().strip()
        self._http = http.client.HTTPConnection(urlsplit(self.url).netloc)
        self._http.connect()
        self._http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Control:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(5)
        self.process.stdout.close()

    def set_delay(self, seconds: float) -> None:
        self._ask("/__script", {"delay": seconds})

    def count(self) -> int:
        """How many completions were asked for so far."""
        number: int = self._ask("/bench/asked", {})["count"]
        return number

    def asked(self, since: int) -> list[Asked]:
        """The completions asked for from number `since` on."""
        return [Asked(**row) for row in self._ask("/bench/asked", {"since": since})["asked"]]

    def complete(self) -> float:
        """One completion by the shortest way there is: seconds to its last byte."""
        body = json.dumps({"prompt": "null = ", "suffix": "", "max_tokens": 64, "stream": True})
        started = perf_counter()
        self._http.request("POST", "/v1/completions", body)
        self._http.getresponse().read()
        return perf_counter() - started

    def _ask(self, path: str, body: Any) -> Any:
        self._http.request("POST", path, json.dumps(body))
        return json.loads(self._http.getresponse().read())
