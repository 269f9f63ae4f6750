"""Who should answer: the user's `[routes]`, read for one request. Pure.

The order of the candidates comes from the first of these that names any: the one-shot choice,
``TURNOUT_MODEL``, then the rules ``path:``, task, ``lang:``, ``layer:``, ``default``. ``only`` and
``never`` of a rule hold for its own order and for every order below it; those of a ``path:`` rule
hold for the two choices above it as well, because "stays on this machine" is a promise. Whom a rule
escalates to comes last in its order, and is asked once where an answer does not pass its check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from turnout.routing.route import Candidate, Route, RuledOut
from turnout.settings.model import Provider, RouteRule, Settings
from turnout.settings.offers import how_to_enable, offers
from turnout.settings.routes import path_matches, restrict
from turnout.vocabulary import LAYER_OF, RECALL, Task
from turnout_clients.fim import can_fill
from turnout_clients.types import Endpoint, Model

FILL_TASKS: Final[frozenset[Task]] = frozenset({"inline", "complete"})
"""Tasks that fill in at the cursor; recall can do these and no others."""

_NO_CHAT: Final = "openai-completions"


@dataclass(frozen=True, slots=True)
class _Order:
    """Names in order of preference, where they come from, and whether that word is final."""

    names: tuple[str, ...]
    reason: str
    chosen: bool = False  # the user's own choice: nothing else answers in its place
    about_task: bool = False  # said of this very task, not of models in general
    escalate: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Router:
    """Makes routes from settings. ``missing_key`` gives the remedy where a key is known to lack."""

    settings: Settings
    environ: Mapping[str, str]
    roots: Sequence[str] = ()  # workspace folders, which `path:` globs are relative to
    missing_key: Callable[[Provider], str] = lambda _: ""

    def route(
        self, task: Task, *, path: str | None, language: str, model: str | None = None
    ) -> Route:
        """Decide who may answer, in order, and say why each stands where it does."""
        rules = list(self._rules(self.settings.routes, task, path, language))
        first: list[Candidate] = []
        escalation: list[Candidate] = []
        ruled_out: dict[str, RuledOut] = {}
        for order, limits in self._orders(task, rules, model):
            first = self._fit(order, order.names, task, limits, ruled_out)
            escalation = self._fit(order, order.escalate, task, limits, ruled_out)
            if first or escalation or (order.chosen and not _only_unfit(order, ruled_out)):
                break
        # Narrowed last: what is taken away here must not make room for another order. Each by
        # itself: an untrusted list that names the dear one alone does not put it first.
        for restriction in self.settings.restrictions:
            held = list(self._rules(restriction.routes, task, path, language))
            first = _narrow(first, restriction.source, held, ruled_out, bool(model))
            escalation = _narrow(escalation, restriction.source, held, ruled_out, bool(model))
        first = self._permitted(first, ruled_out)
        escalation = self._permitted(escalation, ruled_out)
        names = {one.name for one in first}
        candidates = (*first, *(one for one in escalation if one.name not in names))
        why, remedy = ("", "") if candidates else self._nothing(task, list(ruled_out.values()))
        return Route(
            task,
            LAYER_OF[task],
            candidates,
            tuple(ruled_out.values()),
            why,
            remedy,
            escalation[0] if escalation else None,
        )

    def resolve(self, name: str) -> str:
        """Complete a bare model name where it is unique; any other name is returned as it is."""
        if name in self.settings.models or name == RECALL:
            return name
        full = [known for known in self.settings.models if known.partition("/")[2] == name]
        return full[0] if len(full) == 1 else name

    def _rules(
        self, routes: Mapping[str, RouteRule], task: Task, path: str | None, language: str
    ) -> Iterator[tuple[str, RouteRule]]:
        """Yield the rules that apply to a request, the most specific first."""
        for key, rule in routes.items():
            if key.startswith("path:") and path and self._under(path, key[len("path:") :]):
                yield key, rule
        for key in (task, f"lang:{language}", f"layer:{LAYER_OF[task]}", "default"):
            if key in routes:
                yield key, routes[key]

    def _under(self, path: str, glob: str) -> bool:
        path = path.replace("\\", "/")
        if glob.startswith("/") and path_matches(path, glob):
            return True
        roots = [root.replace("\\", "/").rstrip("/") + "/" for root in self.roots]
        inside = [path[len(r) :] for r in roots if path.casefold().startswith(r.casefold())]
        # A file outside every folder may lie anywhere: rather too many rules than too few.
        if not inside:
            return path_matches(path, f"**/{glob.lstrip('/')}")
        return any(path_matches(part, glob) for part in inside)

    def _orders(
        self, task: Task, rules: list[tuple[str, RouteRule]], model: str | None
    ) -> Iterator[tuple[_Order, list[tuple[str, RouteRule]]]]:
        """Every order that could answer, the first first, with the rules that limit it."""
        promises = [(key, rule) for key, rule in rules if key.startswith("path:")]
        if model:
            reason = "chosen for this request"
            yield _Order((model,), reason, chosen=True, about_task=True), promises
            return
        if chosen := self.environ.get("TURNOUT_MODEL"):
            yield _Order((chosen,), "TURNOUT_MODEL", chosen=True), promises
        limits: list[tuple[str, RouteRule]] = []
        for key, rule in rules:
            limits.append((key, rule))
            if rule.order:
                names = _with_recall(task, key, rule.attempt or rule.prefer)
                about_task = key in (task, f"layer:{LAYER_OF[task]}")
                order = _Order(names, _reason(key), about_task=about_task, escalate=rule.escalate)
                yield order, list(limits)
                break
        else:
            yield self._default(task), list(limits)
        for key, rule in limits:
            if rule.only:
                yield _Order(rule.only, _reason(key)), limits

    def _default(self, task: Task) -> _Order:
        models = tuple(self.settings.models)
        if task in FILL_TASKS:
            return _Order((RECALL, *models), "no route set: recall first, then models that fill in")
        return _Order(models, "no route set: models in the order of the settings")

    def _expand(self, names: tuple[str, ...]) -> Iterator[str]:
        seen = set()
        for pattern in names:
            if "*" in pattern:
                found = [name for name in self.settings.models if fnmatchcase(name, pattern)]
            else:
                found = [self.resolve(pattern)]
            for name in found:
                if name not in seen:
                    seen.add(name)
                    yield name

    def _fit(
        self,
        order: _Order,
        names: tuple[str, ...],
        task: Task,
        limits: list[tuple[str, RouteRule]],
        ruled_out: dict[str, RuledOut],
    ) -> list[Candidate]:
        """Return those that may answer; the others are added to ``ruled_out``."""
        fit = []
        for name in self._expand(names):
            verdict = self._judge(name, task, limits, asked_as_chat=order.about_task)
            if verdict is None:
                fit.append(Candidate(name, order.reason))
                ruled_out.pop(name, None)  # an order before could not take it
            else:
                ruled_out.setdefault(name, verdict)
        return fit

    def _judge(
        self,
        name: str,
        task: Task,
        limits: list[tuple[str, RouteRule]],
        *,
        asked_as_chat: bool,
    ) -> RuledOut | None:
        """Why a model may not answer, or None where it may."""
        for key, rule in limits:
            if rule.only and not self._named(name, rule.only):
                return RuledOut(name, f"{_reason(key)} allows only {', '.join(rule.only)}")
            if self._named(name, rule.never):
                return RuledOut(name, f"{_reason(key)} says never")
        if name == RECALL:
            return None if task in FILL_TASKS else _unfit(name, "recall can only complete code")
        model = self.settings.models.get(name)
        of = model.provider if model else name.partition("/")[0]
        provider = self.settings.providers.get(of)
        if provider is None and (model or of in offers()):
            return RuledOut(name, f"provider {of} is not enabled", how_to_enable(of))
        if model is None or provider is None:
            add = f'add [models."{name}"] to turnout.toml'
            return RuledOut(name, "unknown model", f"choose one of `turnout models`, or {add}")
        incapable = _incapable(model, provider, task, asked_as_chat=asked_as_chat)
        return incapable or self._keyless(name, provider)

    def _permitted(
        self, candidates: list[Candidate], ruled_out: dict[str, RuledOut]
    ) -> list[Candidate]:
        """Leave out the models of forbidden providers."""
        kept = []
        for candidate in candidates:
            model = self.settings.models.get(candidate.name)
            if model and model.provider in self.settings.forbid:
                reason = f"provider {model.provider} is forbidden in this workspace"
                ruled_out[candidate.name] = RuledOut(candidate.name, reason)
            else:
                kept.append(candidate)
        return kept

    def _keyless(self, name: str, provider: Provider) -> RuledOut | None:
        remedy = self.missing_key(provider)
        if not remedy:
            return None
        return RuledOut(name, f"the key of provider {provider.name} is missing", remedy)

    def _nothing(self, task: Task, ruled_out: Sequence[RuledOut]) -> tuple[str, str]:
        """Say why nothing can serve, and the one command or setting that mends it."""
        label = task.replace("_", " ")
        if ruled_out:
            worst = next((ruled for ruled in ruled_out if ruled.remedy), ruled_out[0])
            return f"No model can serve {label}: {worst.name}: {worst.reason}.", worst.remedy
        remedy = "run `turnout provider list` and enable one"
        if enabled := next(iter(self.settings.providers), None):
            example = f'default = ["{enabled}/MODEL"]'
            remedy = f"name a model, for example {example}, in [routes] of turnout.toml"
        return f"No model is configured for {label}.", remedy

    def _named(self, name: str, patterns: tuple[str, ...]) -> bool:
        return any(
            fnmatchcase(name, pattern) if "*" in pattern else self.resolve(pattern) == name
            for pattern in patterns
        )


def _narrow(
    candidates: list[Candidate],
    source: str,
    rules: list[tuple[str, RouteRule]],
    ruled_out: dict[str, RuledOut],
    chosen: bool,
) -> list[Candidate]:
    """Apply what an untrusted source says; it can take away and reorder, never add."""
    by_name = {candidate.name: candidate for candidate in candidates}
    kept, dropped = restrict(list(by_name), source, rules, chosen=chosen)
    ruled_out.update({name: RuledOut(name, reason) for name, reason in dropped.items()})
    return [by_name[name] for name in kept]


def _incapable(
    model: Model, provider: Provider, task: Task, *, asked_as_chat: bool
) -> RuledOut | None:
    """Why the model is of no use for the task.

    A chat model completes code only where the user's route for completion names it: it is asked
    in words then, which is slower and dearer than a model made for it.
    """
    if task in FILL_TASKS:
        if can_fill(Endpoint(provider.name, provider.dialect, provider.base_url), model):
            return None
        if asked_as_chat and provider.dialect != _NO_CHAT:
            return None
        return _unfit(
            model.name,
            "is not said to fill in the middle",
            f'set fim in [models."{model.name}"], or name it in routes.{task}',
        )
    if provider.dialect != _NO_CHAT:
        return None
    return _unfit(
        model.name,
        f"dialect {provider.dialect} cannot hold a conversation",
        f'set dialect = "openai-chat" in [providers.{provider.name}]',
    )


def _unfit(name: str, reason: str, remedy: str = "") -> RuledOut:
    return RuledOut(name, reason, remedy, unfit=True)


def _only_unfit(order: _Order, ruled_out: Mapping[str, RuledOut]) -> bool:
    """Whether ``TURNOUT_MODEL`` names a good model that simply cannot do this task.

    Then the rules below still answer: choosing a model for reviews does not switch recall off.
    """
    return order.reason == "TURNOUT_MODEL" and all(ruled.unfit for ruled in ruled_out.values())


def _with_recall(task: Task, key: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Put recall first where a rule is not about completion: to say `never` takes saying it."""
    if task in FILL_TASKS and key.startswith(("default", "lang:")) and RECALL not in names:
        return (RECALL, *names)
    return names


def _reason(key: str) -> str:
    return f'routes."{key}"' if ":" in key else f"routes.{key}"
