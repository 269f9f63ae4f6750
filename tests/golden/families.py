"""One model of every family, and its request as it goes over the wire, written for people."""

from __future__ import annotations

import json
from typing import Any

from turnout.context.redact import Redactor
from turnout.engine.ask import Ask
from turnout.engine.outbound import outbound
from turnout.tasks import TASKS
from turnout_clients.dialects import dialect_of
from turnout_clients.types import Call, Endpoint, Model

# family -> dialect, address, model
FAMILIES: dict[str, tuple[str, str, Model]] = {
    "anthropic": (
        "anthropic-messages",
        "https://api.anthropic.com",
        Model(
            "anthropic/claude", "anthropic", "claude-sonnet-5-5", context=200_000,
            max_output=64_000, efforts=("low", "medium", "high"),
            takes_temperature=False, tools=True,
        ),
    ),
    "openai": (
        "openai-responses",
        "https://api.openai.com/v1",
        Model(
            "openai/gpt", "openai", "gpt-6-luna", context=400_000, max_output=128_000,
            efforts=("none", "low", "medium", "high"), takes_temperature=False, takes_stop=False,
            tools=True,
        ),
    ),
    "gemini": (
        "gemini",
        "https://generativelanguage.googleapis.com/v1beta",
        Model(
            "gemini/flash", "gemini", "gemini-3.5-flash", context=1_000_000, max_output=65_536,
            efforts=("low", "medium", "high"), tools=True,
        ),
    ),
    "mistral": (
        "mistral",
        "https://api.mistral.ai/v1",
        Model(
            "mistral/medium", "mistral", "mistral-medium-2608", context=131_072, max_output=32_768,
            tools=True,
        ),
    ),
    "deepseek": (
        "openai-chat",
        "https://api.deepseek.com",
        Model(
            "deepseek/chat", "deepseek", "deepseek-chat", context=131_072, max_output=8_192,
            tools=True,
        ),
    ),
    "local": (
        "llamacpp",
        "http://127.0.0.1:8080",
        Model("local/small", "local", "small", context=16_384, max_output=4_096),
    ),
}  # fmt: skip


def request(ask: Ask, family: str) -> str:
    """Return a request: where it goes, its body, and then each long text of the body as it is."""
    dialect, url, model = FAMILIES[family]
    endpoint = Endpoint(model.provider, dialect, url)
    spec = TASKS[ask.task]
    prompt = outbound(spec.render(ask, model), Redactor())
    call = Call(endpoint, model, prompt, spec.deadlines, spec.limits, "golden")
    wire = dialect_of(endpoint).prepare(call)
    texts: list[str] = []
    body = json.dumps(_without_texts(wire.body, texts), indent=1, ensure_ascii=False)
    parts = [f"{wire.method} {wire.url}\n{body}\n"]
    parts += [f"──── text {number} ────\n{text}\n" for number, text in enumerate(texts, 1)]
    return "".join(parts)


def _without_texts(value: Any, texts: list[str]) -> Any:
    """Return a body with a number for every text of several lines, which is added to ``texts``."""
    if isinstance(value, dict):
        return {name: _without_texts(one, texts) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_texts(one, texts) for one in value]
    if isinstance(value, str) and "\n" in value:
        texts.append(value)
        return f"(text {len(texts)})"
    return value
