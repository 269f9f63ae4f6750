"""What can go wrong with a provider, as one tree.

ProviderError
├── Unreachable            nobody answered at the address, or only to point elsewhere
├── DeadlineExceeded       connected, but too slow
├── Unauthorized           the key is missing, wrong or revoked
├── Forbidden              the key may not do this
│   └── Suspended          the account or the key was switched off by the provider
├── ModelNotFound          the provider does not know the model
├── BadRequest             the provider refused the request itself
│   ├── ContextOverflow    the prompt is longer than the model's window
│   ├── BadGrammar         it does not keep to the grammar of the answer
│   ├── BadSchema          it does not take the schema of a tool
│   └── BadThought         a thought sent back is not as the provider made it
├── RateLimited            too many requests; says how long to wait
│   └── QuotaExhausted     no money or quota left; waiting does not help
│       └── SpendLimit     a limit that was set at the provider is reached
├── Overloaded             the provider is failing (5xx, 529)
├── Refused                the model declined to answer
└── BrokenStream           what came is not a whole answer
    ├── StreamCut          it ended without its terminal event
    ├── MalformedStream    it is not what the protocol says
    ├── EmptyAnswer        it ended properly, with nothing in it
    └── TooLarge           it passed a cap and was closed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from turnout_clients.types import Usage


class ProviderError(Exception):
    """A call failed.

    ``str(error)`` is one plain sentence for the user that names the provider and what happened;
    ``remedy`` is the one command or setting that mends it ("" where nothing does);
    ``elsewhere`` says whether another model may succeed with the same request;
    ``retry_after`` is in seconds where the provider said so;
    ``should_retry`` is what it said of asking again, None where it said nothing;
    ``usage`` is what the call cost all the same, where the provider said so;
    ``detail`` is what the provider itself said, cleaned: fit to be shown, but never to be logged,
    because a provider may quote the prompt.
    """

    elsewhere = True
    should_retry: bool | None = None
    usage: Usage | None = None

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        remedy: str = "",
        retry_after: float | None = None,
        status: int | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.remedy = remedy
        self.retry_after = retry_after
        self.status = status
        self.detail = detail


class Unreachable(ProviderError):
    """Nobody answered at the address: refused, no such host, no TLS, closed, or a redirect."""


class DeadlineExceeded(ProviderError):
    """The provider took longer than the request could wait."""


class Unauthorized(ProviderError):
    """The key is missing, wrong or revoked."""


class Forbidden(ProviderError):
    """The key may not do this."""


class Suspended(Forbidden):
    """The account or the key was switched off by the provider."""


class ModelNotFound(ProviderError):
    """The provider does not know the model."""


class BadRequest(ProviderError):
    """The provider refused the request itself."""


class ContextOverflow(BadRequest):
    """The prompt is longer than the model's window."""


class BadGrammar(BadRequest):
    """The provider does not take the grammar of the answer, or does not keep to it."""


class BadSchema(BadRequest):
    """The provider does not take the schema of a tool."""


class BadThought(BadRequest):
    """A thought that was sent back is missing or not as the provider made it."""


class RateLimited(ProviderError):
    """Too many requests."""


class QuotaExhausted(RateLimited):
    """No money or quota is left; waiting does not help."""


class SpendLimit(QuotaExhausted):
    """A limit that was set at the provider is reached; waiting does not help."""


class Overloaded(ProviderError):
    """The provider is failing."""


class Refused(ProviderError):
    """The model declined to answer."""


class BrokenStream(ProviderError):
    """What came is not a whole answer."""


class StreamCut(BrokenStream):
    """The stream ended without its terminal event."""


class MalformedStream(BrokenStream):
    """The stream is not what the protocol says."""


class EmptyAnswer(BrokenStream):
    """The stream ended properly, with nothing in it."""


class TooLarge(BrokenStream):
    """The answer passed a cap and was closed."""
