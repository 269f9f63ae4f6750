"""Gemini's wire format: ``generateContent``, whole and streamed, whole responses as events."""

from __future__ import annotations

import base64
from typing import Any, Final

from support import upstream_cache as cache
from support.upstream_cache import Prompt, Rules
from support.upstream_wire import MODELS, Asked, Bill, Call, Script, Shape, block

ROOT: Final = "/v1"
SIGNATURE: Final = base64.b64encode(b"only Gemini can read this").decode()
NAMES: Final = (*MODELS, "gemini-2.5-flash", "gemini-3.8-flash", "gemini-4-argon")
_STATUS: Final = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE",
}  # fmt: skip
_SAID: Final = {
    "model_not_found": "models/fake-small is not found for API version v1, or is not supported "
    "for generateContent. Call ListModels to see the list of available models.",
    "context_length_exceeded": "The input token count (9000) exceeds the maximum number of tokens "
    "allowed (8192).",
}
_REASONS: Final = {
    "stop": "STOP", "tool_calls": "STOP", "length": "MAX_TOKENS", "refusal": "SAFETY",
}  # fmt: skip


def usage(bill: Bill) -> Any:
    """The tokens of a call: the cached ones are among the prompt's, the thoughts beside all."""
    return {
        "promptTokenCount": bill.tally.input,
        "cachedContentTokenCount": bill.tally.read,
        "candidatesTokenCount": bill.output - bill.thinking,
        "thoughtsTokenCount": bill.thinking,
        "totalTokenCount": bill.total,
    }


def _prompt(call: Call) -> tuple[Prompt, Rules]:
    body, model = call.body, call.path.rpartition("/")[2].partition(":")[0]
    said = [*(body.get("systemInstruction") or {}).get("parts", ()), *(body.get("tools") or ())]
    blocks = [block(part) for part in said]
    for content in body["contents"]:
        blocks += [block(part, content["role"]) for part in content["parts"]]
    return Prompt(tuple(blocks), model), cache.gemini(model)


def response(parts: list[Any], **candidate: Any) -> Any:
    """One response, whole or of a stream."""
    content = {"parts": parts, "role": "model"} if parts else {"role": "model"}
    return {
        "candidates": [{"content": content, "index": 0, **candidate}],
        "modelVersion": MODELS[0],
        "responseId": "fake-1",
    }


def called(tools: tuple[Asked, ...]) -> list[Any]:
    """Function calls; the first carries the signature of the thought behind them all."""
    calls: list[Any] = [
        {"functionCall": {"id": one.id, "name": one.name, "args": dict(one.arguments)}}
        for one in tools
    ]
    return [{**part, "thoughtSignature": SIGNATURE} if n == 0 else part
            for n, part in enumerate(calls)]  # fmt: skip


def _reason(script: Script) -> str:
    return _REASONS.get(script.reason, script.reason)


def _last(script: Script) -> list[Any]:
    counted = {"usageMetadata": usage(script.bill)} if script.usage else {}
    parts = [{"text": "", "thoughtSignature": SIGNATURE}] if script.thinking else []
    return [{**response(parts, finishReason=_reason(script)), **counted}]


def _whole(text: str, script: Script) -> Any:
    parts = [{"text": text}, *called(script.tools)]
    return {**response(parts, finishReason=_reason(script)), "usageMetadata": usage(script.bill)}


def _error(status: int, error: Any) -> Any:
    message = _SAID.get(error.get("code"), error["message"])
    said = {"code": status, "message": message, "status": _STATUS.get(status, "UNKNOWN")}
    return [{"error": said}]  # as it often comes: in a list of one


_SHAPE: Final = Shape(
    piece=lambda text: response([{"text": text}]),
    thought=lambda text: response([{"text": text, "thought": True}]),
    whole=_whole,
    last=_last,
    asked=lambda tools: [response(called(tools))],
    terminator=b"",
    error=_error,
    streamed=lambda call: call.path.endswith(":streamGenerateContent"),
    usage_asked=False,
    prompt=_prompt,
)
SHAPES: Final[dict[str, Shape]] = {
    f"{ROOT}/models/{name}:{method}": _SHAPE
    for name in NAMES
    for method in ("generateContent", "streamGenerateContent")
}


def models() -> Any:
    """What ``/v1/models`` says."""
    return {"models": [{"name": f"models/{name}", "displayName": name} for name in MODELS]}
