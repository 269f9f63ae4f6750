"""The pure parts of the clients: events out of bytes, faults into errors, catalogue, exports."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

import turnout_clients
from turnout_clients import errors
from turnout_clients.address import is_loopback
from turnout_clients.catalog import OFFERED, quirks
from turnout_clients.dialects import DIALECTS
from turnout_clients.failures import Failures
from turnout_clients.said import LONGEST_WAIT, retry_after
from turnout_clients.sse import Event, EventSplitter, OversizedEventError
from turnout_clients.text import LONGEST_QUOTE, mend, quote
from turnout_clients.types import Endpoint, Model, Secret

STREAM = (
    "data: first\n\n"
    ": a comment\n\n"
    "event: named\r\ndata: two\r\ndata:lines\r\n\r\n"
    "data: \u2028 \x85 😀\rid: 7\r\r"
    "retry: 3\n\n"
    "data:\n\n"
    "error: old\n\n"
    "data: never ended\n"
).encode()
EVENTS = [
    Event("", "first"),
    Event("named", "two\nlines"),
    Event("", "\u2028 \x85 😀"),
    Event("error", "old"),
]


@pytest.mark.parametrize("size", [*range(1, 9), 1000])
def test_events_whatever_the_network_cut(size: int) -> None:
    splitter = EventSplitter(cap=1000)
    pieces = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    assert [event for piece in pieces for event in splitter.feed(piece)] == EVENTS


def test_events_cut_at_random(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(300):
        splitter, rest, events = EventSplitter(cap=1000), STREAM, []
        while rest:
            size = chance.randrange(0, 20)
            events += splitter.feed(rest[:size])
            rest = rest[size:]
        assert events == EVENTS


@pytest.mark.parametrize(
    "data", [b"data: " + b"x" * 100, b"data: x\n" * 20, b"x" * 101, b": " + b"x" * 100]
)
def test_events_have_a_cap(data: bytes) -> None:
    with pytest.raises(OversizedEventError):
        list(EventSplitter(cap=100).feed(data))


def test_a_stream_of_small_events_has_none() -> None:
    splitter = EventSplitter(cap=100)
    assert sum(len(list(splitter.feed(b": hi\n\ndata: x\n\n" * 10))) for _ in range(100)) == 1000


def test_mend_and_quote() -> None:
    assert mend("a\ud83d\ude00b") == "a😀b"
    assert mend("a\ude00b\ud83d") == "a\ufffdb\ufffd"
    assert mend("ä😀") == "ä😀"
    assert quote("a\x1b[31m\n\tb\u202e\u200b\U000e0041c") == "a [31m b c"
    assert len(quote("x" * 1000)) == LONGEST_QUOTE


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "1"}, 1),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "99999999"}, LONGEST_WAIT),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Mon, 99 Foo 2026 99:99:99 GMT"}, None),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0),
        ({"retry-after": "Fri, 31 Dec 2199 00:00:00 GMT"}, LONGEST_WAIT),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_retry_after_as_a_date() -> None:
    then = datetime.now(UTC) + timedelta(seconds=30)
    waits = retry_after({"retry-after": format_datetime(then, usegmt=True)})
    assert waits == pytest.approx(30, abs=2)


FAILURES = Failures(
    Endpoint("mine", "openai-chat", "https://models.example/v1", Secret("sk-canary")),
    Model("mine/fast", "mine", "quick-7b"),
)


def _said(message: str = "", **fields: Any) -> Any:
    return {"error": {"message": message, **fields}}


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, _said("bad"), errors.BadRequest),
        (400, "<html>", errors.BadRequest),
        (400, _said("This model's maximum context length is 8 tokens"), errors.ContextOverflow),
        (400, _said(type="exceed_context_size_error"), errors.ContextOverflow),
        (500, {"error": "the request exceeds the available context size"}, errors.ContextOverflow),
        (413, "", errors.ContextOverflow),
        (400, _said("Your credit balance is too low"), errors.QuotaExhausted),
        (400, _said("x is not a valid model ID", code=400), errors.ModelNotFound),
        (401, _said(code="invalid_api_key"), errors.Unauthorized),
        (402, _said("Insufficient Balance"), errors.QuotaExhausted),
        (403, {"detail": "no"}, errors.Forbidden),
        (404, {"error": 'model "x" not found, try pulling it first'}, errors.ModelNotFound),
        (404, _said(code="model_not_found"), errors.ModelNotFound),
        (404, {"detail": "Not Found"}, errors.BadRequest),
        (405, "", errors.BadRequest),
        (408, "", errors.Overloaded),
        (422, {"detail": [{"msg": "wrong", "input": "SOURCE"}]}, errors.BadRequest),
        (429, _said(code="rate_limit_exceeded"), errors.RateLimited),
        (429, _said(code="insufficient_quota"), errors.QuotaExhausted),
        (429, _said(details={"error_code": "enforced_spend_limit_reached"}), errors.SpendLimit),
        (429, _said(details={"error_code": "ramp_limit_exceeded"}), errors.RateLimited),
        (400, _said("You have reached your specified API usage limits."), errors.SpendLimit),
        (400, _said("This organization has been disabled."), errors.Suspended),
        (401, _said(code="account_deactivated"), errors.Suspended),
        (403, _said("Your key has been revoked"), errors.Suspended),
        (402, _said(type="billing_error"), errors.QuotaExhausted),
        (400, _said(code="content_filter"), errors.Refused),
        (400, _said("Invalid `signature` in `thinking` block"), errors.BadThought),
        (400, _said(code="invalid_encrypted_content"), errors.BadThought),
        (400, _said("tools.0.input_schema: JSON schema is invalid"), errors.BadSchema),
        (400, _said(code="invalid_function_parameters"), errors.BadSchema),
        (529, _said(type="overloaded_error"), errors.Overloaded),
        (429, _said("The context is too long, slow down"), errors.RateLimited),
        (500, [_said("oops")], errors.Overloaded),
        (502, None, errors.Overloaded),
        (599, "[" * 100_000, errors.Overloaded),
        (302, "", errors.Unreachable),
    ],
)
def test_statuses(status: int, body: Any, error: type[errors.ProviderError]) -> None:
    raw = body if isinstance(body, str) else json.dumps(body)
    made = FAILURES.status(status, {}, raw.encode())
    assert type(made) is error
    assert made.status == status
    assert str(status) in str(made)
    assert "mine" in str(made)
    assert "SOURCE" not in made.detail + str(made)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (_said("?"), errors.Overloaded),
        (_said(code=429), errors.RateLimited),
        (_said(code="429"), errors.RateLimited),
        (_said(type="invalid_request_error"), errors.BadRequest),
        (_said(type="authentication_error"), errors.Unauthorized),
        (_said(code="context_length_exceeded"), errors.ContextOverflow),
        (_said(code="insufficient_quota"), errors.QuotaExhausted),
        ("text", errors.Overloaded),
        (7, errors.Overloaded),
        ([], errors.Overloaded),
    ],
)
def test_errors_inside_a_reply(value: Any, error: type[errors.ProviderError]) -> None:
    made = FAILURES.reported(value)
    assert type(made) is error
    assert made.status is None


def test_what_the_provider_said_is_a_detail_and_the_key_is_masked() -> None:
    made = FAILURES.status(400, {}, json.dumps(_said("bad\x07 SOURCE for sk-canary")).encode())
    assert made.detail == "bad SOURCE for ***"
    assert "SOURCE" not in str(made)


def test_who_runs_on_this_machine() -> None:
    assert all(map(is_loopback, ["http://localhost:1/v1", "http://127.9.9.9", "https://[::1]:2"]))
    assert not any(
        map(
            is_loopback,
            [
                "http://localhost.example",
                "http://127.0.0.1.example",
                "http://10.0.0.1",
                "",
                "http://[",
            ],
        )
    )


def test_the_catalogue() -> None:
    assert len({row.name for row in OFFERED}) == len(OFFERED) >= 11
    for row in OFFERED:
        assert row.dialect in DIALECTS
        assert is_loopback(row.base_url) == row.local
        assert row.local or row.base_url.startswith("https://")
        assert row.local or row.key_env
        assert row.seen.year >= 2026
    assert quirks("https://API.openai.com/v1/").output_limit == "max_completion_tokens"
    assert quirks("http://127.0.0.1:9/v1").output_limit == "max_tokens"


def test_exported_names() -> None:
    names = turnout_clients.__all__
    assert names == sorted(names)
    for name in names:
        assert getattr(turnout_clients, name) is not None
    tree = [error for error in vars(errors).values() if isinstance(error, type)]
    assert {error.__name__ for error in tree} <= set(names)
    with pytest.raises(AttributeError):
        _ = turnout_clients.nonsense


def test_types_are_light() -> None:
    code = (
        "import sys, turnout_clients.types, turnout_clients.errors;"
        "print([m for m in ('asyncio', 'httpx2', 'json', 'email') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_client_does_not_import_the_library() -> None:
    code = "import sys; from turnout_clients import Client; Client();print('httpx2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
