"""The base protocol: every way to write a header, and no message lost to its neighbour."""

from __future__ import annotations

import random

import pytest

from turnout.lsp.framing import MAX_HEADER, FrameDecoder, Lost, encode_frame

A, B = b'{"id":1}', b'{"id":2}'


def decode(data: bytes, step: int | None = None, **options: int) -> list[bytes | Lost]:
    decoder = FrameDecoder(**options)
    step = step or len(data)
    return [f for at in range(0, len(data), step) for f in decoder.feed(data[at : at + step])]


def bodies(frames: list[bytes | Lost]) -> list[bytes]:
    return [frame for frame in frames if isinstance(frame, bytes)]


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: 8\r\n\r\n",
        b"content-length: 8\r\n\r\n",
        b"CONTENT-LENGTH:8\r\n\r\n",
        b"Content-Length:   8 \r\n\r\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 8\r\n\r\n",
        b"Content-Length: 8\r\nContent-Type: application/vscode-jsonrpc; charset=utf8\r\n\r\n",
        b"Content-Length: 8\n\n",
        b"\r\nContent-Length: 8\r\n\r\n",
        b"stray text from a print()\nContent-Length: 8\r\n\r\n",
    ],
)
@pytest.mark.parametrize("step", [None, 1, 3])
def test_header_variants(header: bytes, step: int | None) -> None:
    assert decode(header + A + header + B, step) == [A, B]


@pytest.mark.parametrize(
    "broken",
    {
        "no header": A,
        "no length": b"X-Other: 1\r\n\r\n" + A,
        "no number": b"Content-Length: eight\r\n\r\n" + A,
        "negative": b"Content-Length: -8\r\n\r\n" + A,
        "too short": b"Content-Length: 5\r\n\r\n" + A,
        "too long by one": b"Content-Length: 9\r\n\r\n" + A,
        "too long by a part of the next header": b"Content-Length: 19\r\n\r\n" + A,
        "too long by the next header": b"Content-Length: 27\r\n\r\n" + A,
        "too long by more": b"Content-Length: 200\r\n\r\n" + A,
        "far too long": b"Content-Length: 999999999999\r\n\r\n" + A,
        "a number without end": b"Content-Length: " + b"9" * 400 + b"\r\n\r\n" + A,
        "zero": b"Content-Length: 0\r\n\r\n" + A,
        "cut": encode_frame(A)[:-3],
        "noise": bytes(range(256)),
        "a header without end": b"x" * (MAX_HEADER + 1),
    }.items(),
    ids=lambda item: item[0],
)
@pytest.mark.parametrize("step", [None, 1, 7])
def test_the_next_message_survives(broken: tuple[str, bytes], step: int | None) -> None:
    frames = decode(broken[1] + encode_frame(B) + encode_frame(B), step)
    assert bodies(frames)[-2:] == [B, B]
    assert len(bodies(frames)) <= 3


def test_an_oversized_message_is_skipped_without_being_kept() -> None:
    decoder = FrameDecoder(max_body=1000)
    decoder.feed(b"Content-Length: 100000\r\n\r\n")
    for _ in range(100):
        assert decoder.feed(b"x" * 1000) == []
        assert len(decoder._buffer) < 200
    assert decoder.feed(encode_frame(B)) == [B]


def test_a_loss_is_told_in_its_place() -> None:
    data = encode_frame(A) + b"Content-Length: 9000\r\n\r\n" + b"x" * 9000 + encode_frame(B)
    first, lost, second = decode(data, max_body=1000)
    assert (first, second) == (A, B)
    assert isinstance(lost, Lost)


def test_headers_quoted_in_a_document_are_text() -> None:
    body = rb'{"text":"Content-Length: 5\r\n\r\n{}\nContent-Length: 7"}'
    assert decode(encode_frame(body) + encode_frame(B), 5) == [body, B]


def test_random_splits(seed: int) -> None:
    chance = random.Random(seed)
    sent = [b'{"t":"%b"}' % (b"\xc3\xa9" * chance.randrange(40)) for _ in range(500)]
    data = b"".join(map(encode_frame, sent))
    decoder, got, at = FrameDecoder(), [], 0
    while at < len(data):
        size = chance.randrange(1, 200)
        got += decoder.feed(data[at : at + size])
        at += size
    assert got == sent
