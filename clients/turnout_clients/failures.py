"""The one place where a provider's faults become errors of the tree, with a sentence and a remedy.

A sentence is made of the user's own names and of numbers, never of what the provider said: that
goes, cleaned and with the key masked, into ``detail``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from turnout_clients import errors, text
from turnout_clients.address import is_loopback
from turnout_clients.said import Said, read_error, retry_after, should_retry
from turnout_clients.types import Endpoint, Model

_TOO_LONG: Final = (
    "context_length_exceeded",
    "exceed_context_size_error",
    "exceed context limit",
    "maximum context length is",
    "model's maximum context limit",
    "longer than the model's context length",
    "input tokens exceed the configured limit",
    "exceeds the available context size",
    "exceeds the maximum number of tokens allowed",
    "maximum input length is",
    "input too long",
    "prompt is too long",
    "exceeds the context length",
    "longer than the context length",
    "too large for model with",
)
_NO_CREDIT: Final = (
    "insufficient_quota",
    "exceeded your current quota",
    "credit balance is too low",
    "insufficient balance",
    "insufficient credits",
)
_SPEND_LIMIT: Final = (
    "billing_hard_limit_reached",
    "spend_limit_reached",
    "specified api usage limits",
)
_SUSPENDED: Final = (
    "account_deactivated",
    "account_suspended",
    "organization has been disabled",
    "account has been disabled",
    "has been suspended",
    "has been deactivated",
    "has been revoked",
    "reported as leaked",
)
_DECLINED: Final = (
    "bio_policy",
    "content_filter",
    "content_policy",
    "policy_violation",
    "violating our usage policy",
)
_BAD_THOUGHT: Final = (
    "`signature` in `thinking`",
    "`data` in `redacted_thinking`",
    "invalid_encrypted_content",
    "encrypted content could not be verified",
    "`reasoning_content` in the thinking mode",
    "thought_signature",
    "thought signature",
)
_BAD_SCHEMA: Final = (
    "invalid_function_parameters",
    "invalid schema for function",
    "input_schema",
    "function_declarations",
)
_BAD_GRAMMAR: Final = ("parse grammar", "'grammar'", "`grammar`", "field: grammar")
_UNKNOWN_MODEL: Final = ("model_not_found", "invalid_model", "not a valid model id")
_BAD_KEY: Final = ("api_key_invalid",)
_CANNOT_FILL: Final = ("does not support insert", "infill is not supported")


@dataclass(frozen=True, slots=True)
class Failures:
    """Makes the errors of one call; knows whom it was made to."""

    endpoint: Endpoint
    model: Model | None = None

    @property
    def _name(self) -> str:
        return self.endpoint.name

    @property
    def _address(self) -> str:
        return f"base_url of [providers.{self._name}]"

    @property
    def _set_key(self) -> str:
        return self.endpoint.set_key or f"run `turnout key set {self._name}`"

    @property
    def _model_table(self) -> str:
        return f'[models."{self.model.name}"]' if self.model else "[models]"

    @property
    def _model_id(self) -> str:
        return self.model.id if self.model else "the model"

    def unreachable(self, why: str) -> errors.Unreachable:
        """Nobody answers."""
        remedy = f"check the network, and {self._address}"
        if is_loopback(self.endpoint.base_url):
            remedy = f"start the server, or correct {self._address}"
        return errors.Unreachable(
            f"{self._name} could not be reached: {why}.", provider=self._name, remedy=remedy
        )

    def misconfigured(self, why: str, remedy: str) -> errors.BadRequest:
        """The settings ask for what cannot be done; nothing was sent."""
        return errors.BadRequest(
            f"{self._name} cannot be asked: {why}.", provider=self._name, remedy=remedy
        )

    def misconfigured_address(self) -> errors.BadRequest:
        """The base URL is none, or holds what does not belong there, such as a password."""
        return self.misconfigured(
            "its base_url is not a plain http or https address", f"correct {self._address}"
        )

    def unusable_key(self) -> errors.Unauthorized:
        """The key holds characters that no header can carry; nothing was sent."""
        return errors.Unauthorized(
            f"The key of {self._name} holds characters that no key has.",
            provider=self._name,
            remedy=self._set_key,
        )

    def too_slow(self, what: str, seconds: float) -> errors.DeadlineExceeded:
        """A deadline passed."""
        return errors.DeadlineExceeded(
            f"{self._name} sent no {what} within {seconds:g} s.", provider=self._name
        )

    def cut(self) -> errors.StreamCut:
        """The stream ended too early."""
        return errors.StreamCut(
            f"{self._name} cut its answer off before the end.", provider=self._name
        )

    def malformed(self, what: str, *, check_address: bool = False) -> errors.MalformedStream:
        """The reply is not what the protocol says."""
        return errors.MalformedStream(
            f"{self._name} did not send an answer but {what}.",
            provider=self._name,
            remedy=f"check {self._address} and its dialect" if check_address else "",
        )

    def bad_grammar(self) -> errors.BadGrammar:
        """The answer does not begin as the grammar says."""
        return errors.BadGrammar(
            f"{self._name} did not keep to the grammar of its answer.", provider=self._name
        )

    def empty(self, *, thought: bool) -> errors.EmptyAnswer:
        """The answer has no text."""
        return errors.EmptyAnswer(
            f"{self._name} ended its answer without any text.",
            provider=self._name,
            remedy=f"raise max_output of {self._model_table}" if thought else "",
        )

    def too_large(self, what: str, cap: int) -> errors.TooLarge:
        """A cap was passed."""
        size = f"{cap // 1024} KB" if cap >= 1024 else f"{cap} bytes"
        return errors.TooLarge(
            f"{self._name} sent more than {size} in {what} and was stopped.", provider=self._name
        )

    def refused(self) -> errors.Refused:
        """The model declined."""
        return errors.Refused(
            f"{self._model_id} of {self._name} declined to answer.", provider=self._name
        )

    def reported(self, value: Any) -> errors.ProviderError:
        """An error inside a reply that began well."""
        said = read_error(value)
        return self._classified(said.status, said)

    def status(self, status: int, headers: Mapping[str, str], body: bytes) -> errors.ProviderError:
        """A reply whose status is not 200."""
        if 300 <= status < 400:
            return self._redirected(status)
        try:
            said = read_error(text.read_json(body))
        except ValueError:
            said = Said()
        error = self._classified(status, said, retry_after(headers), where=f" ({status})")
        error.should_retry = should_retry(headers)
        return error

    def _redirected(self, status: int) -> errors.Unreachable:
        return errors.Unreachable(
            f"{self._name} points to another address ({status}), which is never followed.",
            provider=self._name,
            remedy=f"set {self._address} to the final address, if you trust it",
            status=status,
        )

    def _classified(
        self, status: int, said: Said, wait: float | None = None, where: str = ""
    ) -> errors.ProviderError:
        wait = said.wait if wait is None else wait
        status = 401 if said.mentions(_BAD_KEY) else status
        kind, sentence, remedy = self._judge(status, said, wait)
        return kind(
            f"{sentence}{where}.",
            provider=self._name,
            remedy=remedy,
            retry_after=wait,
            status=status if where else None,
            detail=self._detail(said.message),
        )

    def _judge(
        self, status: int, said: Said, wait: float | None
    ) -> tuple[type[errors.ProviderError], str, str]:
        name, model = self._name, self._model_id
        if status == 413 or (status not in (401, 403, 429) and said.mentions(_TOO_LONG)):
            remedy = f"lower context of {self._model_table}"
            return errors.ContextOverflow, f"{name} finds the prompt too long for {model}", remedy
        if judged := self._by_words(status, said):
            return judged
        # Gemini says "quota" of what a minute allows too; there it tells when to come again.
        if status == 402 or (said.wait is None and said.mentions(_NO_CREDIT)):
            remedy = f"add credit at {name}, or put another model first in [routes]"
            return errors.QuotaExhausted, f"{name} has no credit or quota left for this key", remedy
        if said.mentions(_UNKNOWN_MODEL) or (status == 404 and said.mentions(("model",))):
            remedy = f"correct id of {self._model_table}"
            return errors.ModelNotFound, f"{name} does not know the model {model}", remedy
        match status:
            case 401:
                verb = "does not accept the key" if self.endpoint.key else "asks for a key"
                return errors.Unauthorized, f"{name} {verb}", self._set_key
            case 403:
                remedy = f"check at {name} what the key may do, or {self._set_key}"
                return errors.Forbidden, f"{name} does not allow this key to use {model}", remedy
            case 404 | 405:
                remedy = f"correct {self._address} or its dialect"
                return errors.BadRequest, f"{name} has nothing at this address", remedy
            case 429:
                pause = "" if wait is None else f" and asks to wait {wait:.0f} s"
                return errors.RateLimited, f"{name} gets too many requests{pause}", ""
            case 408 | 409:
                return errors.Overloaded, f"{name} could not take the request now", ""
            case _ if said.mentions(_CANNOT_FILL):
                remedy = f"set fim of {self._model_table} to the family of the model"
                return errors.BadRequest, f"{model} of {name} has no form to fill a hole", remedy
            case _ if status < 500:
                remedy = f"check {self._model_table} and the dialect of [providers.{name}]"
                return errors.BadRequest, f"{name} refused the request", remedy
        return errors.Overloaded, f"{name} is failing", ""

    def _by_words(
        self, status: int, said: Said
    ) -> tuple[type[errors.ProviderError], str, str] | None:
        """Judge what a status alone would not tell."""
        name, model = self._name, self._model_id
        if said.mentions(_SPEND_LIMIT):
            remedy = f"raise the limit at {name}, or put another model first in [routes]"
            return (
                errors.SpendLimit,
                f"{name} has reached the spend limit set there",
                remedy,
            )
        if status in (400, 401, 403) and said.mentions(_SUSPENDED):
            remedy = f"ask {name} why, or turnout key set {name} with another key"
            return errors.Suspended, f"{name} has switched off this account or key", remedy
        if status in (401, 403, 429):
            return None
        if said.mentions(_DECLINED):
            return errors.Refused, f"{model} of {name} declined to answer", ""
        if said.mentions(_BAD_THOUGHT):
            remedy = "start the conversation anew"
            return errors.BadThought, f"{name} does not take back a thought of {model}", remedy
        if said.mentions(_BAD_GRAMMAR):
            return errors.BadGrammar, f"{name} does not take a grammar for its answer", ""
        if said.mentions(_BAD_SCHEMA):
            remedy = "correct the schema of the tool, or leave the tool out"
            return errors.BadSchema, f"{name} does not take the schema of a tool", remedy
        return None

    def _detail(self, message: str) -> str:
        secrets = [value for _, value in self.endpoint.headers]
        if self.endpoint.key:
            secrets.append(self.endpoint.key.reveal())
        for secret in filter(None, secrets):
            message = message.replace(secret, "***")
        return text.quote(message)
