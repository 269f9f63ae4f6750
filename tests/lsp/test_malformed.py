"""Broken input of every kind: the server lives and answers the next request."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable

from support.editor import Editor, frame
from turnout.app import App
from turnout.lsp.server import create_server

URI = "file:///a.py"
BASES = [
    json.dumps({"jsonrpc": "2.0", **message}).encode()
    for message in (
        {
            "method": "textDocument/didChange",
            "params": {
                "textDocument": {"uri": URI, "version": 2},
                "contentChanges": [{"text": "x = 'é😀'\n"}],
            },
        },
        {
            "id": "broken",
            "method": "textDocument/inlineCompletion",
            "params": {
                "textDocument": {"uri": URI},
                "position": {"line": 0, "character": 0},
                "context": {"triggerKind": 1},
            },
        },
        {"id": "broken", "result": None},
        {"method": "$/cancelRequest", "params": {"id": "broken"}},
    )
]

Mutation = Callable[[random.Random, bytes], bytes]


def _header(length: object, body: bytes) -> bytes:
    return f"Content-Length: {length}\r\n\r\n".encode() + body


def _flipped(chance: random.Random, body: bytes) -> bytes:
    data = bytearray(body)
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return _header(len(data), bytes(data))


def _retyped(chance: random.Random, body: bytes) -> bytes:
    """Valid JSON with some value of another type."""
    message = json.loads(body)
    place = message
    while isinstance(place.get("params"), dict) and chance.random() < 0.7:
        place = place["params"]
    place[chance.choice(list(place))] = chance.choice([None, 7, -1, 1e300, "x", [], {}, True, [{}]])
    data = json.dumps(message).encode()
    return _header(len(data), data)


MUTATIONS: dict[str, Mutation] = {
    "cut": lambda r, b: _header(len(b), b)[: -r.randint(1, len(b))],
    "length too small": lambda r, b: _header(r.randrange(len(b)), b),
    "length too large": lambda r, b: _header(len(b) + r.randint(1, 500), b),
    "length absurd": lambda r, b: _header(10 ** r.randint(6, 30), b),
    "length negative": lambda r, b: _header(-r.randint(1, 500), b),
    "length no number": lambda r, b: _header(r.choice(["", "x", "1x", "0x10", "1 2"]), b),
    "no header": lambda r, b: b,
    "other header": lambda r, b: b"X-Length: 5\r\n\r\n" + b,
    "bytes flipped": _flipped,
    "values of other types": _retyped,
    "noise": lambda r, b: r.randbytes(r.randint(1, 300)),
    "deep": lambda r, b: _header(20_000, b"[" * 20_000),
    "not UTF-8": lambda r, b: _header(len(b) + 2, b[:-1] + b"\xff\xfe" + b[-1:]),
    "no object": lambda r, b: frame(r.choice([[], 1, "x", None, [json.loads(b)]])),
    "no jsonrpc": lambda r, b: frame({**json.loads(b), "jsonrpc": r.choice(["1.0", 2, None])}),
    "blank lines": lambda r, b: b"\r\n" * r.randint(1, 9),
}
COUNT = 10_000
BATCH = 250


async def test_ten_thousand_broken_frames(seed: int) -> None:
    chance = random.Random(seed)
    kinds = Counter[str]()
    async with Editor.in_process(server=create_server(App())) as editor:
        await editor.open(URI, "x\n")
        for _ in range(COUNT // BATCH):
            answers = []
            for _ in range(BATCH):
                kind = chance.choice(list(MUTATIONS))
                kinds[kind] += 1
                editor.send_bytes(MUTATIONS[kind](chance, chance.choice(BASES)))
                # The request after it; a cut frame may swallow the line that follows it.
                answers.append(editor.begin("no/such", {})[1])
            done, pending = await asyncio.wait(answers, timeout=60)
            assert not pending
            assert {str(future.exception())[:6] for future in done} == {"-32601"}
    assert len(kinds) == len(MUTATIONS) >= 9
    assert editor.exit_code == 0
