"""A tap on the wire between an editor and a server: passes every byte on, and notes when.

``python tap.py LOG PROGRAM ARGUMENT...`` is started by the editor in place of the program. LOG gets
a line of JSON for each message: ``at`` (seconds, monotonic), ``by`` ("editor" or "server"), and the
``message``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO


def main() -> int:
    """Run the program until it ends."""
    log = Path(sys.argv[1]).open("a", encoding="utf-8")  # noqa: SIM115 - open as long as we run
    server = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin
    assert server.stdout
    asked = (sys.stdin.buffer, server.stdin, "editor", log)
    threading.Thread(target=_pass_on, args=asked, daemon=True).start()
    _pass_on(server.stdout, sys.stdout.buffer, "server", log)
    return server.wait()


def _pass_on(source: BinaryIO, sink: BinaryIO, by: str, log: Any) -> None:
    held = b""
    while data := os.read(source.fileno(), 1 << 16):
        at = time.monotonic()
        sink.write(data)
        sink.flush()
        messages, held = _messages(held + data)
        for message in messages:
            log.write(json.dumps({"at": at, "by": by, "message": json.loads(message)}) + "\n")
        log.flush()
    sink.close()


def _messages(data: bytes) -> tuple[list[bytes], bytes]:
    found = []
    while (end := data.find(b"\r\n\r\n")) >= 0:
        length = int(data[:end].split(b":")[1].split()[0])
        if len(data) < end + 4 + length:
            break
        found.append(data[end + 4 : end + 4 + length])
        data = data[end + 4 + length :]
    return found, data


def replies(log: Path, method: str, since: float = 0) -> list[tuple[float, Any]]:
    """What was answered to requests of a method since a time, each with the seconds it took."""
    asked: dict[Any, float] = {}
    answered = []
    for line in log.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        message = entry["message"]
        if entry["at"] < since:
            continue
        if entry["by"] == "editor" and message.get("method") == method:
            asked[message["id"]] = entry["at"]
        elif entry["by"] == "server" and "method" not in message and message.get("id") in asked:
            took = entry["at"] - asked.pop(message["id"])
            answered.append((took, message.get("result")))
    return answered


if __name__ == "__main__":
    sys.exit(main())
