"""The body of a reply around the HTTP library: chunks, deadlines, reuse, TLS."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from support.upstream import Connection as Accepted
from support.upstream import Exchange, Upstream
from turnout_clients import connection as ours
from turnout_clients import errors
from turnout_clients.chunks import LONGEST_LINE, Chunks
from turnout_clients.client import Client
from turnout_clients.types import Call, Chat, Chunk, Deadlines, Done, Endpoint, Message, Model, Text

CHAT = Chat((Message("user", "hello"),), 64)
BODY = b"5\r\nhello\r\n1;name=value\r\n,\r\nA\r\n \r\nthere\r\n\r\n0\r\nTrailer: yes\r\n\r\n"
EVENT = b'data: {"choices": [{"index": 0, "delta": {"content": "a"}}]}\n\n'
END = b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was read around the library."""
    seen: list[bytes] = []
    receive = ours.Connection.receive

    async def spy(self: ours.Connection, deadline: float) -> bytes:
        seen.append(await receive(self, deadline))
        return seen[-1]

    monkeypatch.setattr(ours.Connection, "receive", spy)
    return seen


def call(url: str, **deadlines: float) -> Call:
    times = Deadlines(**{"connect": 30.0, "first_token": 30.0, "total": 60.0, **deadlines})
    model = Model("mine/fast", "mine", "fake-small")
    return Call(Endpoint("mine", "openai-chat", f"{url}/v1"), model, CHAT, times)


async def drink(client: Client, one: Call) -> list[Chunk]:
    async with aclosing(client.stream(one)) as chunks:
        return [chunk async for chunk in chunks]


def text(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, Text))


@pytest.mark.parametrize("size", [*range(1, 12), len(BODY)])
def test_chunks_however_they_are_cut(size: int) -> None:
    chunks = Chunks()
    pieces = [chunks.feed(BODY[at : at + size]) for at in range(0, len(BODY), size)]
    assert b"".join(pieces) == b"hello, \r\nthere\r\n"
    assert chunks.ended
    assert not chunks.excess


def test_what_a_chunk_has_brought_is_given_at_once() -> None:
    chunks = Chunks()
    assert chunks.feed(b"ff\r\nabc") == b"abc"
    assert chunks.feed(b"def") == b"def"
    assert not chunks.ended


def test_what_comes_behind_the_end_is_seen() -> None:
    chunks = Chunks()
    assert chunks.feed(b"0\r\n\r\nHTTP/1.1 200 OK") == b""
    assert chunks.ended
    assert chunks.excess


@pytest.mark.parametrize(
    "body",
    [b"x\r\n", b"-1\r\na\r\n", b"0x5\r\nhello\r\n", b"1_0\r\n" + b"a" * 16,
     b"5\r\nhello5\r\nworld\r\n", b"\r\n\r\n", b"123456789\r\n", b"1" * (LONGEST_LINE + 1),
     b"0\r\n" + b"a: b\r\n" * 9000],
)  # fmt: skip
def test_chunks_that_are_none(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"chunk|line"):
        Chunks().feed(body)


@pytest.mark.parametrize("size", [None, 1, 7])
async def test_the_library_reads_no_body(
    upstream: Upstream, client: Client, received: list[bytes], size: int | None
) -> None:
    """Were this to fail, all would work, at more than twice the price."""
    upstream.script(tokens=["Good ", "day"], chunk_bytes=size)
    for _ in range(3):
        assert text(await drink(client, call(upstream.url))) == "Good day"
    assert b"".join(received).count(LAST) >= 3
    assert upstream.connections == 1


def written(*pieces: bytes, pause: float = 0.0) -> Callable[[Exchange], Any]:
    """A reply, byte by byte as it is said here."""

    async def handler(exchange: Exchange) -> None:
        for piece in pieces:
            await exchange.write(piece)
            await asyncio.sleep(pause)
        exchange.call.finished = True

    return handler


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"


@pytest.mark.parametrize("pause", [0.0, 0.02])
@pytest.mark.parametrize(
    "head",
    [
        (HEAD,),
        (HEAD[:20], HEAD[20:-1], HEAD[-1:]),
        (b"HTTP/1.1 100 Continue\r\n\r\n", HEAD),
        (b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + HEAD,),
        (HEAD.replace(b"\r\n", b"\n"),),
    ],
    ids=["whole", "in pieces", "after 100", "with 103", "bare line ends"],
)
async def test_heads(
    upstream: Upstream, client: Client, head: tuple[bytes, ...], pause: float
) -> None:
    pieces = (*head, chunk(EVENT), chunk(EVENT) + chunk(END) + LAST)
    upstream.routes["/v1/chat/completions"] = written(*pieces, pause=pause)
    for _ in range(2):
        assert text(await drink(client, call(upstream.url))) == "aa"
    assert upstream.connections == 1


async def test_everything_in_one_packet(upstream: Upstream, client: Client) -> None:
    whole = HEAD + chunk(EVENT) + chunk(END) + LAST
    upstream.routes["/v1/chat/completions"] = written(whole)
    for _ in range(3):
        assert text(await drink(client, call(upstream.url))) == "a"
    assert upstream.connections == 1


def _answers_and_closes(listener: socket.socket, calls: list[bytes]) -> None:
    """Serve until the listener is closed; in a thread, since it must not wait for the client."""
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            connection.settimeout(30)
            with connection, connection.makefile("rb") as request:
                length = 0
                while (line := request.readline()).strip():
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                if length:
                    calls.append(request.read(length))
                    connection.sendall(HEAD + chunk(EVENT) + chunk(END) + LAST)


async def test_a_server_that_closes_behind_its_reply(client: Client) -> None:
    """Without a word, as llama.cpp does after every stream; the next request comes at once."""
    calls: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_answers_and_closes, args=(listener, calls), daemon=True).start()
        for _ in range(20):
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            assert text(await drink(client, call(url))) == "a"
        listener.shutdown(socket.SHUT_RDWR)  # closing alone would leave the thread waiting
    assert len(calls) == 20


async def test_more_than_was_asked_for_ends_the_connection(
    upstream: Upstream, client: Client
) -> None:
    forged = chunk(END) + LAST + HEAD + chunk(EVENT)
    upstream.routes["/v1/chat/completions"] = written(HEAD, chunk(EVENT) + forged)
    for _ in range(2):
        assert text(await drink(client, call(upstream.url))) == "a"
    assert upstream.connections == 2


async def test_an_end_that_does_not_come_is_not_waited_for(
    upstream: Upstream, client: Client
) -> None:
    upstream.routes["/v1/chat/completions"] = written(HEAD, chunk(EVENT) + chunk(END))
    for _ in range(2):
        assert isinstance((await drink(client, call(upstream.url)))[-1], Done)
    assert upstream.connections == 2


@pytest.mark.parametrize("body", [b"zz\r\n", b"5\r\nhelloX\r\n\r\n"])
async def test_chunks_that_are_none_are_no_answer(
    upstream: Upstream, client: Client, body: bytes
) -> None:
    upstream.routes["/v1/chat/completions"] = written(HEAD, chunk(EVENT), body)
    with pytest.raises(errors.MalformedStream):
        await drink(client, call(upstream.url))
    await upstream.until(lambda: upstream.open_connections == 0)


async def test_one_alarm_serves_all_reads(
    upstream: Upstream, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    armed: list[float] = []
    arm = ours.Connection._arm
    monkeypatch.setattr(
        ours.Connection, "_arm", lambda self, when: (armed.append(when), arm(self, when))
    )
    upstream.script(tokens=["x "] * 30, gap=0.002)
    await drink(client, call(upstream.url))
    assert len(armed) <= 3  # first token, whole answer, the end of the reply


async def test_the_first_deadline_does_not_hold_for_the_rest(
    upstream: Upstream, client: Client
) -> None:
    upstream.script(tokens=["a", "b", "c", "d"], gap=0.25)
    one = call(upstream.url, first_token=0.6)
    assert text(await drink(client, one)) == "abcd"
    with pytest.raises(errors.DeadlineExceeded, match=r"whole answer within 0\.6 s"):
        await drink(client, replace(one, deadlines=Deadlines(30, 0.6, 0.6)))
    assert text(await drink(client, one)) == "abcd"


async def test_a_reader_who_takes_his_time_holds_the_server_up(
    upstream: Upstream, client: Client
) -> None:
    event = chunk(EVENT.replace(b'"a"', b'"%s"' % (b"word " * 6_000)))
    sent = 0

    async def much(exchange: Exchange) -> None:
        nonlocal sent
        await exchange.write(HEAD)
        for sent in range(1, 501):  # noqa: B007 - 15 MB
            await exchange.write(event)
        await exchange.write(chunk(END) + LAST)

    upstream.routes["/v1/chat/completions"] = much
    one = call(upstream.url)
    one = replace(one, limits=replace(one.limits, answer_bytes=32 * 1024 * 1024))
    async with aclosing(client.stream(one)) as chunks:
        size = len((await anext(chunks)).text)  # type: ignore[union-attr]
        await asyncio.sleep(0.3)
        assert sent < 500
        async for piece in chunks:
            size += len(piece.text) if isinstance(piece, Text) else 0
    assert size == 500 * 30_000


async def test_tls(
    upstream: Upstream,
    client: Client,
    received: list[bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificate, key = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Accepted(upstream), "127.0.0.1", 0, ssl=context)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    upstream.script(tokens=["Zwölf ", "😀", "\n"] * 50, gap=0.001)

    with pytest.raises(errors.Unreachable, match="no secure connection could be made"):
        await drink(client, call(url))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    trusting = Client()
    for _ in range(2):
        assert text(await drink(trusting, call(url))) == "Zwölf 😀\n" * 50
    assert received
    connections = upstream.connections
    async with aclosing(trusting.stream(call(url))) as chunks:
        await anext(chunks)
    await upstream.until(lambda: upstream.calls[-1].closed_at is not None)
    assert upstream.connections == connections  # the one of before was used
    await trusting.aclose()
    server.close()
    await upstream.until(lambda: upstream.open_connections == 0)
    await server.wait_closed()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, secret
