"""Lines of JSON, whatever way the network cut them."""

from __future__ import annotations

import pytest

from turnout_clients.ndjson import LineSplitter
from turnout_clients.sse import OversizedEventError

STREAM = '{"a": "\u2028ü\u0085"}\r\n\n  \n{"b": 1}\n{"cut": '.encode()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_lines_come_whole(size: int) -> None:
    splitter = LineSplitter(100)
    pieces = [STREAM[i : i + size] for i in range(0, len(STREAM), size)]
    events = [event for piece in pieces for event in splitter.feed(piece)]
    assert [event.data for event in events] == ['{"a": "\u2028ü\u0085"}', '{"b": 1}']
    assert not [event.name for event in events if event.name]


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_long_line_is_refused(end: bytes) -> None:
    splitter = LineSplitter(10)
    assert len(list(splitter.feed(b"1234567890\n"))) == 1
    with pytest.raises(OversizedEventError):
        list(splitter.feed(b"12345678901" + end))


def test_what_is_not_text_is_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        list(LineSplitter(10).feed(b"\xff\xfe\n"))
