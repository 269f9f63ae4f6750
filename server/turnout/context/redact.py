"""Take secrets out of what is sent to a model, and put them back into what it answers.

A secret becomes a placeholder that has the same name for as long as this process lives, so that the
start of a prompt stays the same from one request to the next and providers' prompt caches hit. The
name is a keyed digest: it tells nothing of the secret.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from secrets import token_bytes
from typing import Final

from turnout.context.secret_rules import find_secrets, merged

_MARK: Final = "TURNOUT_SECRET_"
_DIGITS: Final = 12
_PLACEHOLDER: Final = re.compile(rf"{_MARK}[0-9a-f]{{{_DIGITS}}}")
_REMNANT: Final = re.compile(r"turnout_?secret\w{0,40}", re.IGNORECASE)
_LOOK_BACK: Final = 40  # a changed placeholder may be split over two pieces
_TELLING: Final = "TURNOUT_"  # a stream that ends in this or more of the mark was cut within one


def contains_secret(text: str) -> bool:
    """Whether a text holds something that looks like a secret."""
    return bool(find_secrets(text))


class Redactor:
    """Replaces the secrets of one request, and restores them."""

    def __init__(self) -> None:
        self._originals: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Redactor({len(self._originals)} secrets)"

    @property
    def count(self) -> int:
        """How many different secrets were replaced."""
        return len(self._originals)

    def redact(self, text: str) -> str:
        """Return the text with a placeholder for every secret."""
        return self._replace(text, _hidden(text))

    def redact_around(self, before: str, after: str) -> tuple[str, str]:
        """Redact two texts that meet at the cursor; a secret may lie across it."""
        text, cursor = before + after, len(before)
        spans = _hidden(text)
        left = [(start, min(end, cursor)) for start, end in spans if start < cursor]
        right = [
            (max(start, cursor) - cursor, end - cursor) for start, end in spans if end > cursor
        ]
        return self._replace(before, left), self._replace(after, right)

    def restore(self, text: str, *, in_json: bool = False) -> str:
        """Put the secrets back; as they are written within a string of JSON, if it is one."""
        if not self._originals:
            return text

        def original(found: re.Match[str]) -> str:
            secret = self._originals.get(found[0], found[0])
            return json.dumps(secret)[1:-1] if in_json else secret

        return _PLACEHOLDER.sub(original, text)

    def is_damaged(self, text: str) -> bool:
        """Whether an answer, not yet restored, has a placeholder that cannot be restored."""
        if not self._originals:
            return False
        changed = _PLACEHOLDER.sub(self._without_known, text)
        return _REMNANT.search(changed) is not None

    def _without_known(self, found: re.Match[str]) -> str:
        return " " if found[0] in self._originals else found[0]

    def _replace(self, text: str, spans: list[tuple[int, int]]) -> str:
        out: list[str] = []
        at = 0
        for start, end in spans:
            out += text[at:start], self._placeholder(text[start:end])
            at = end
        return "".join((*out, text[at:]))

    def _placeholder(self, secret: str) -> str:
        for attempt in range(1_000):
            name = _MARK + _digest(secret, attempt)
            if self._originals.setdefault(name, secret) == secret:
                return name
        raise AssertionError("a thousand digests collided")


class Restorer:
    """Restores one streamed answer, however its placeholders are split over the pieces."""

    def __init__(self, redactor: Redactor, *, in_json: bool = False) -> None:
        self._redactor = redactor
        self._in_json = in_json
        self._held = ""
        self._last = ""  # the end of what came before, not restored
        self.damaged = False
        """A placeholder came back changed or cut: the answer must not reach the buffer."""

    def feed(self, text: str) -> str:
        """Take a piece; return what can be shown, which may lag behind by one placeholder."""
        text = self._held + text
        keep = _tail(text) if self._redactor.count else 0
        self._held = text[len(text) - keep :]
        return self._restored(text[: len(text) - keep])

    def finish(self) -> str:
        """Take the end of the stream; return what was still held back."""
        rest, self._held = self._held, ""
        if rest.startswith(_TELLING):
            self.damaged = True
            return ""
        return self._restored(rest)

    def _restored(self, text: str) -> str:
        self._last = self._last[-_LOOK_BACK:] + text
        self.damaged = self.damaged or self._redactor.is_damaged(self._last)
        return self._redactor.restore(text, in_json=self._in_json)


def _hidden(text: str) -> list[tuple[int, int]]:
    """Return what must not be sent as it is: secrets, and text that looks like a placeholder.

    The second is what makes `Redactor.restore` exact: every placeholder it meets is its own.
    """
    return merged([*find_secrets(text), *(found.span() for found in _REMNANT.finditer(text))])


def _tail(text: str) -> int:
    """Return how many characters at the end may be the beginning of a placeholder."""
    longest = len(_MARK) + _DIGITS - 1
    at = text.find(_MARK[0], max(0, len(text) - longest))
    while at >= 0:
        rest = text[at:]
        digits = rest[len(_MARK) :]
        if _MARK.startswith(rest) or (
            rest.startswith(_MARK) and not digits.strip("0123456789abcdef")
        ):
            return len(rest)
        at = text.find(_MARK[0], at + 1)
    return 0


def _digest(secret: str, attempt: int) -> str:
    salt = attempt.to_bytes(8, "big")
    text = secret.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, key=_key(), salt=salt, digest_size=_DIGITS // 2).hexdigest()


@cache
def _key() -> bytes:
    """Return the key of this process; without it a digest would let short secrets be guessed."""
    return token_bytes(32)
