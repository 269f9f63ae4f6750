"""What enabling a provider means: what is sent, to whom, at what expected price, kept where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from turnout.onboarding import expected
from turnout.settings.add import as_toml
from turnout.settings.enabling import Plan, Routes
from turnout.settings.keys import KeyStore, keyring_name
from turnout.settings.model import Provider, Settings
from turnout.settings.offers import is_local, offers
from turnout.settings.paths import keys_folder
from turnout.vocabulary import RECALL
from turnout_clients.catalog.models import display_name

if TYPE_CHECKING:
    from turnout_clients.catalog import Offered

_INSTANT: Final = "layer:instant"
_SAID: Final[Mapping[str, str]] = {
    "layer:instant": "suggestions",
    "layer:mechanical": "tests, docs, fixes and explanations",
    "layer:analytical": "reviews, refactoring and questions",
    "layer:hybrid": "what takes the most thought",
    "default": "whatever no other model is named for",
}
_OWN_STORE: Final = "your editor's own store of secrets"
_NEVER: Final = """\
Excluded files, such as `.env*`, keys and whatever `.gitignore` or `.aiignore` names. Secrets in \
other files are replaced by placeholders."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What the user is shown before anything is enabled, or of what is."""

    provider: str
    title: str
    paragraphs: tuple[tuple[str, str], ...]  # heading and text
    toml: str
    needs_key: bool  # one has still to be entered
    key_place: str

    @property
    def markdown(self) -> str:
        """The text with its headings set apart."""
        return "\n\n".join(f"**{heading}.** {text}" for heading, text in self.paragraphs)

    @property
    def plain(self) -> str:
        """The text for a terminal."""
        return "\n".join(f"{heading}: {text}" for heading, text in self.paragraphs).replace("`", "")


def consent(plan: Plan, settings: Settings, keys: KeyStore, *, own_store: bool = False) -> Consent:
    """Say what it means to enable a provider. Keyrings and price lists may take their time.

    ``own_store``: whoever asks keeps keys itself.
    """
    name = plan.offer.title
    there = bool(keys.place(plan.provider))
    place = _OWN_STORE if own_store and not there else key_place(plan.provider, keys)
    paragraphs = [
        ("Who", " ".join((f"{name} at {_host(plan.provider)}; nobody else.", *plan.notes))),
        ("What", _what(_typing(plan))),
        ("Never", _NEVER),
        ("Price", _price(plan, settings)),
        *_key(plan.offer, plan.provider, place, there),
        ("Routes", _routes(plan)),
    ]
    return Consent(
        plan.offer.name,
        f"Enable {name}?",
        tuple(paragraphs),
        as_toml(plan.tables),
        not there,
        place,
    )


def enabled(provider: Provider, settings: Settings, keys: KeyStore, file: str) -> Consent:
    """Say of a provider that stands in the user's file what its being there means."""
    offer = offers().get(provider.name)
    name = offer.title if offer else provider.name
    place = key_place(provider, keys)
    named = [model.name for model in settings.models.values() if model.provider == provider.name]
    routes = [key for key, rule in settings.routes.items() if set(rule.order) & set(named)]
    typing = any(key.startswith(("inline", "complete", _INSTANT)) for key in routes)
    answering = f"Its models stand in {', '.join(routes)}." if routes else "No route names it."
    paragraphs = (
        ("Who", f"{name} at {_host(provider)}. It stands in {file}."),
        ("What", _what(typing)),
        ("Never", _NEVER),
        ("Routes", answering),
    )
    missing = not keys.place(provider)
    return Consent(provider.name, f"{name} is enabled.", paragraphs, "", missing, place)


def key_place(provider: Provider, keys: KeyStore) -> str:
    """Say where the key of a provider is, or would be kept; "" where it needs none."""
    if provider.key == "none":
        return ""
    if found := keys.place(provider):
        return found
    kind, _, variable = provider.key.partition(":")
    if kind == "env":
        return f"the environment variable {variable}"
    if name := keyring_name():
        return f"the system's keyring ({name})"
    return f"the file {keys_folder() / provider.name}, which only you can read"


def _host(provider: Provider) -> str:
    host = f"`{urlsplit(provider.base_url).netloc}`"
    return f"{host}, on this machine" if is_local(provider) else host


def _typing(plan: Plan) -> bool:
    """Whether it is asked between two keys: where it is named for that, or cannot but fill in."""
    fills = plan.provider.dialect == "llamacpp" and "default" in plan.routes
    return fills or _INSTANT in plan.routes


def _what(typing: bool) -> str:
    typed = " While you type, what is around the cursor, after a pause." if typing else ""
    return (
        "When you ask for a review or another task: the code in question, related code of the "
        f"workspace, and what was said before in the session.{typed}"
    )


def _price(plan: Plan, settings: Settings) -> str:
    offer = plan.offer
    if offer.local and not offer.forwards:
        return "Nothing: it runs on this machine."
    if offer.local:
        return f"What those ask to whom {offer.title} passes it on; Turnout cannot know that."
    samples = list(_samples(offer, {**plan.taken, **plan.routes}))
    if not samples:
        return f"You pay {offer.title}; `turnout models` says what is known of its prices."
    text = f"You pay {offer.title}. At its list price {' '.join(samples)}"
    if plan.provider.base_url != offer.base_url:
        text += " What is charged at this address is not known."
    if settings.budget.day is None and settings.budget.month is None:
        text += " `budget.day` in turnout.toml caps it."
    return text


def _samples(offer: Offered, routes: Routes) -> Iterator[str]:
    usual = Provider(offer.name, offer.dialect, offer.base_url)
    for name in routes.get("layer:analytical", routes.get("default", ()))[:1]:
        one = expected.review(usual, name)
        what = f"a review of {expected.LINES} lines by {one.model} costs {one.words}"
        yield f"{what} ({one.sent:,} tokens read, {one.answered:,} written)."
    for name in [name for name in routes.get(_INSTANT, ()) if name.startswith(f"{offer.name}/")]:
        one = expected.suggestions(usual, name)
        what = f"{expected.SUGGESTIONS:,} suggestions by {one.model} cost {one.words}"
        yield f"{what} ({one.sent:,} tokens read, {one.answered:,} written)."


def _key(offer: Offered, provider: Provider, place: str, there: bool) -> Iterator[tuple[str, str]]:
    if provider.key == "none":
        return
    host = urlsplit(provider.base_url).netloc
    if there:
        yield "Key", f"It is there: {place}. It is sent to `{host}` alone."
        return
    made = f" You make one at {offer.key_page}." if offer.key_page else ""
    yield "Key", f"It needs one, kept in {place}.{made}"


def _routes(plan: Plan) -> str:
    parts = [f"{_names(plan, names)} for {_SAID[key]}" for key, names in plan.routes.items()]
    text = f"{'; '.join(parts)}." if parts else "none is added."
    if plan.taken:
        lines = as_toml({("routes",): plan.taken}).splitlines()[1:]
        kept = " Yours stay as they are; to have it answer there too, add to them:"
        text += f"{kept} {', '.join(f'`{line}`' for line in lines)}."
    elif not parts:
        text += f' Name a model of it in [routes]: `review = ["{plan.offer.name}/MODEL"]`.'
    return text


def _names(plan: Plan, names: tuple[str, ...]) -> str:
    models = [expected.model_of(plan.provider, name) for name in names if name != RECALL]
    return " and ".join(map(display_name, models))
