"""The two ends of the pipe: order, backpressure, and a loop that never waits."""

from __future__ import annotations

import asyncio
import os
import threading

import pytest

from turnout.lsp import pump as pump_module
from turnout.lsp.framing import Frame, FrameDecoder, Lost, encode_frame
from turnout.lsp.pump import Pump
from turnout.lsp.writer import MAX_WAITING, Writer


async def test_messages_come_in_order_one_a_tick_and_then_the_end() -> None:
    read, write = os.pipe()
    loop, got, ended = asyncio.get_running_loop(), [], asyncio.Event()
    pump = Pump(read)
    pump.start()
    os.write(write, b"".join(encode_frame(b"%d" % n) for n in range(1000)))
    ticks = 0

    def deliver(frame: Frame) -> None:
        got.append((frame, ticks))

    pump.attach(loop, deliver, ended.set, lambda: True)
    os.write(write, b"no message\r\n\r\n" + encode_frame(b"last"))
    os.close(write)
    while not ended.is_set():
        ticks += 1
        await asyncio.sleep(0)
    assert [frame for frame, _ in got] == [
        *(b"%d" % n for n in range(1000)),
        Lost("a header without Content-Length"),
        b"last",
    ]
    assert len({tick for _, tick in got}) == len(got)
    assert pump.join(30)
    os.close(read)


async def test_a_flood_waits_in_the_pipe_not_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump_module, "MAX_WAITING", 100_000)
    read, write = os.pipe()
    pump = Pump(read)
    pump.start()
    data = encode_frame(b"x" * 100) * 50_000
    sent = 0

    def flood() -> None:
        nonlocal sent
        while sent < len(data):
            sent += os.write(write, data[sent : sent + 65_536])
        os.close(write)

    flooding = threading.Thread(target=flood)
    flooding.start()
    await asyncio.sleep(0.3)
    assert sent < 1_500_000  # what waits, one chunk, and the pipe
    assert pump._waiting < 1_000_000
    ended, count = asyncio.Event(), 0

    def deliver(frame: Frame) -> None:
        nonlocal count
        count += 1

    pump.attach(asyncio.get_running_loop(), deliver, ended.set, lambda: True)
    await asyncio.wait_for(ended.wait(), 30)
    assert count == 50_000
    flooding.join()
    assert pump.join(30)
    os.close(read)


async def test_nothing_is_delivered_while_the_client_does_not_read() -> None:
    read, write = os.pipe()
    got: list[Frame] = []
    ready, ended = False, asyncio.Event()
    pump = Pump(read)
    pump.start()
    pump.attach(asyncio.get_running_loop(), got.append, ended.set, lambda: ready)
    os.write(write, encode_frame(b"1"))
    await asyncio.sleep(0.1)
    assert got == []
    ready = True
    os.close(write)
    await asyncio.wait_for(ended.wait(), 30)
    assert got == [b"1"]
    assert pump.join(30)
    os.close(read)


def test_a_stopped_pump_ends_with_its_input() -> None:
    read, write = os.pipe()
    pump = Pump(read)
    pump.start()
    pump.stop()
    os.write(write, encode_frame(b"1"))
    os.close(write)
    assert pump.join(30)
    os.close(read)


def test_the_writer_keeps_the_order_and_never_blocks() -> None:
    read, write = os.pipe()
    writer = Writer(write, lambda: None)
    bodies = [b"%d " % n + b"x" * (n * 7919 % 20_000) for n in range(1000)]
    writing = threading.Thread(target=lambda: [writer.write(body) for body in bodies], daemon=True)
    writing.start()
    writing.join(30)
    assert not writing.is_alive()  # nobody reads, and the pipe is long full
    assert writer.congested() == (writer._size > MAX_WAITING) is True
    decoder, got = FrameDecoder(), []
    while len(got) < len(bodies):
        got += decoder.feed(os.read(read, 65_536))
    assert got == bodies
    assert not writer.congested()
    writer.write(b"{}")
    assert os.read(read, 100) == encode_frame(b"{}")
    writer.close()
    writer.write(b"nothing after the end")
    os.close(write)
    assert os.read(read, 100) == b""
    os.close(read)


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_client_that_is_gone_is_told_once(size: int, caplog: pytest.LogCaptureFixture) -> None:
    read, write = os.pipe()
    broken = threading.Event()
    writer = Writer(write, broken.set)
    os.close(read)
    for _ in range(20):
        writer.write(b"x" * size)
    assert broken.wait(30)
    writer.write(b"x" * size)
    writer.close()
    assert not writer.congested()
    assert len(caplog.records) == 1
    os.close(write)
