"""How many tokens a text has: a quick estimate at once, an exact count in a thread.

The ranks of tiktoken's encodings are in this package, so that nothing is fetched.
"""

from __future__ import annotations

import asyncio
import base64
import io
import lzma
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from tiktoken import Encoding

Name = Literal["o200k_base", "cl100k_base"]

BYTES_PER_TOKEN: Final = 3.8
"""Of o200k. Measured medians: Python 4.3, C headers 3.8, Markdown 3.5, TOML 3.0."""

_PIECE: Final = 20_000  # characters encoded at once: a million blanks overflow tiktoken's stack
_MOST: Final = 4_000_000  # characters that are counted; the rest is taken to be like them

# As in tiktoken's own registry (MIT licence), which would fetch the ranks.
_CL100K: Final = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_ENDS: Final = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_O200K: Final = (
    rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+{_ENDS}"
    rf"|[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*{_ENDS}"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_PATTERNS: Final[dict[Name, str]] = {"o200k_base": _O200K, "cl100k_base": _CL100K}


def estimate(text: str, factor: float = 1.0) -> int:
    """Guess the tokens of a text in microseconds; ``factor`` is that of the model's tokenizer."""
    size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    return -(-int(size * factor * 1000) // int(BYTES_PER_TOKEN * 1000))


async def count(text: str, encoding: Name = "o200k_base") -> int:
    """Count the tokens of a text, in a thread. The first count loads the encoding."""
    return await asyncio.to_thread(count_now, text, encoding)


def count_now(text: str, encoding: Name = "o200k_base") -> int:
    """Count the tokens of a text; markers such as ``<|endoftext|>`` are text like any other.

    Exact up to the cuts of very long texts: they are counted in pieces.
    """
    if not text:
        return 0
    tokenizer = _encoding(encoding)
    counted = text[:_MOST]
    tokens = sum(len(tokenizer.encode_ordinary(piece)) for piece in _pieces(counted))
    return round(tokens * len(text) / len(counted))


def _pieces(text: str) -> list[str]:
    """Cut a long text behind line ends, or where a piece has none, anywhere."""
    pieces, start = [], 0
    while len(text) - start > _PIECE:
        end = text.rfind("\n", start + _PIECE // 2, start + _PIECE)
        while 0 < end + 1 < start + _PIECE and text[end + 1] == "\n":
            end += 1  # blank lines are one token
        end = end + 1 if end > 0 else start + _PIECE
        pieces.append(text[start:end])
        start = end
    return [*pieces, text[start:]]


@cache
def _encoding(name: Name) -> Encoding:
    import tiktoken

    ranks = _read(name)
    encoding = tiktoken.Encoding(
        name, pat_str=_PATTERNS[name], mergeable_ranks=ranks, special_tokens={}
    )
    ranks.clear()  # it has its own copy by now, and would keep this one, which is twice as large
    return encoding


def ranks(name: Name) -> bytes:
    """The rank file of an encoding, byte for byte as its maker publishes it."""
    packed = files("turnout_clients").joinpath("ranks", f"{name}.tiktoken.xz").read_bytes()
    return lzma.decompress(packed)


def _read(name: Name) -> dict[bytes, int]:
    rows = (line.split() for line in io.BytesIO(ranks(name)))
    return {base64.b64decode(token): int(rank) for token, rank in rows}


class Correction:
    """Learns, from what providers count, by how much the estimates for each model are off."""

    def __init__(self, weight: float = 0.2) -> None:
        self._weight = weight  # of the newest answer
        self._factors: dict[str, float] = {}

    def learn(self, model: str, estimated: int, counted: int) -> None:
        """Take an estimate made with factor 1 and what the provider counted for the same text."""
        if estimated <= 0 or counted <= 0:
            return
        seen = min(max(counted / estimated, 0.2), 5.0)  # one strange answer spoils nothing
        before = self._factors.get(model)
        self._factors[model] = seen if before is None else before + self._weight * (seen - before)

    def factor(self, model: str, default: float = 1.0) -> float:
        """The factor for this model's estimates; ``default`` until something was learned."""
        return self._factors.get(model, default)
