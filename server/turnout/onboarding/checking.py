"""Whether a provider takes a key: it is asked for its models, which costs nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from turnout_clients.errors import (
    DeadlineExceeded,
    ProviderError,
    Suspended,
    Unauthorized,
    Unreachable,
)

if TYPE_CHECKING:
    from turnout_clients.client import Client
    from turnout_clients.types import Endpoint

State = Literal["accepted", "refused", "unreachable", "unchecked"]

_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check; ``why`` is one sentence, empty where the key is accepted."""

    state: State
    why: str = ""
    remedy: str = ""


async def check(client: Client, endpoint: Endpoint) -> Checked:
    """Ask for the models, and where that works ask without the key too: some tell everyone."""
    try:
        await client.probe(endpoint, _SECONDS)
    except (Unauthorized, Suspended) as error:
        return Checked("refused", str(error), error.remedy)
    except (Unreachable, DeadlineExceeded) as error:
        return Checked("unreachable", str(error), error.remedy)
    except ProviderError as error:
        return Checked("unchecked", str(error), error.remedy)
    if await _tells_everyone(client, endpoint):
        why = f"{endpoint.name} lists its models for anyone, so the key shows with the first call."
        return Checked("unchecked", why)
    return Checked("accepted")


async def _tells_everyone(client: Client, endpoint: Endpoint) -> bool:
    try:
        await client.probe(replace(endpoint, key=None), _SECONDS)
    except ProviderError:
        return False
    return True
