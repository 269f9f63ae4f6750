"""What a provider says of an error, in its headers and in JSON of whatever shape."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

LONGEST_WAIT: Final = 86_400.0  # seconds; nobody waits longer, whatever a header says

_OF_CODE: Final[dict[str, int]] = {
    "authentication_error": 401, "invalid_api_key": 401, "permission_error": 403,
    "not_found_error": 404, "invalid_request_error": 400, "rate_limit_exceeded": 429,
    "rate_limit_error": 429, "billing_error": 402, "request_too_large": 413,
    "invalid_prompt": 400,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """What a provider said about an error, in whatever shape."""

    message: str = ""
    codes: tuple[str, ...] = ()
    wait: float | None = None  # seconds

    def mentions(self, signs: tuple[str, ...]) -> bool:
        """Whether one of these (in small letters) is in the message or the codes."""
        everything = " ".join((self.message, *self.codes)).lower()
        return any(sign in everything for sign in signs)

    @property
    def status(self) -> int:
        """The HTTP status that an error inside a 200 stands for."""
        for code in self.codes:
            if code.isdigit() and 400 <= int(code) < 600:
                return int(code)
            if code in _OF_CODE:
                return _OF_CODE[code]
        return 500


def is_error(value: Any) -> bool:
    """Whether this JSON is an error, in whatever shape; Google wraps its own in a list."""
    if isinstance(value, list):
        value = value[0] if value else None
    return isinstance(value, dict) and bool(value.get("error") or value.get("object") == "error")


def read_error(value: Any) -> Said:
    """Read the JSON of an error: OpenAI's shape, Anthropic's, Ollama's, FastAPI's or Google's."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict) and value.get("error"):
        value = value["error"]
    if isinstance(value, str):
        return Said(value)
    if not isinstance(value, dict):
        return Said()
    if detail := value.get("detail"):
        # FastAPI lists what it dislikes, and quotes the request beside it: take the reason alone.
        first = detail[0] if isinstance(detail, list) else detail
        return Said(str(first.get("msg", "")) if isinstance(first, dict) else str(first))
    details = value.get("details")
    listed = details if isinstance(details, list) else [details]
    inner = [one for one in listed if isinstance(one, dict)]
    found = [value.get("code"), value.get("type"), value.get("status")]
    found += [one.get("error_code") or one.get("reason") for one in inner]
    delays = (_number(str(one.get("retryDelay", "")).removesuffix("s")) for one in inner)
    wait = next((min(delay, LONGEST_WAIT) for delay in delays if delay is not None), None)
    codes = tuple(str(code) for code in found if code)
    return Said(str(value.get("message", "")), codes, wait)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from ``retry-after-ms`` or ``retry-after`` (a number or an HTTP date)."""
    if (milliseconds := _number(headers.get("retry-after-ms", ""))) is not None:
        return min(milliseconds / 1000, LONGEST_WAIT)
    value = headers.get("retry-after", "")
    if (seconds := _number(value)) is not None:
        return min(seconds, LONGEST_WAIT)
    try:
        then = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    now = datetime.now(then.tzinfo or UTC)
    return min(max((then.replace(tzinfo=now.tzinfo) - now).total_seconds(), 0.0), LONGEST_WAIT)


def should_retry(headers: Mapping[str, str]) -> bool | None:
    """Whether the provider wants to be asked again, from ``x-should-retry``."""
    return {"true": True, "false": False}.get(headers.get("x-should-retry", "").strip().lower())


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
