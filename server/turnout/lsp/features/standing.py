"""How things stand, as a plugin is told: who answered last, what is spent, what is wrong.

Found out when it is asked for; the way of a key leaves nothing behind but the last record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from turnout.engine.experience import now
from turnout.engine.lineup import said
from turnout.ledger.budget import Standing, caps
from turnout.lsp.features.remedies import actions, problem, settings_problem
from turnout.lsp.features.standing_text import text, tooltip
from turnout.recall import EarlyRecall

if TYPE_CHECKING:
    from turnout.app import App
    from turnout.engine.record import Record
    from turnout.ledger.budget import Period
    from turnout.lsp.server import TurnoutServer
    from turnout.routing.health import Rest
    from turnout.settings.model import Provider

_PERIODS: Final[tuple[Period, ...]] = ("day", "month", "session")

_DOCTOR: Final = {"title": "Run the doctor", "kind": "doctor"}
_RESUME: Final = {"title": "Resume", "kind": "resume"}

Status = dict[str, Any]
Rests = Mapping[str, "tuple[str, Rest]"]


async def standing(
    server: TurnoutServer, working: Sequence[Mapping[str, str]]
) -> tuple[Status, float | None]:
    """Return the status, and in how many seconds it changes by itself, if it does."""
    app = server.app
    spent = await app.ledger.look(app.settings.budget)
    last = await _told(app.asked.last) if app.asked and app.asked.last else None
    rests = _rests(app)
    providers = [_provider(app, one, rests) for one in app.settings.providers.values()]
    problems = sorted(_problems(app, providers, rests, spent), key=_gravity)
    status: Status = {
        "level": _level(app, working, problems),
        "paused": app.paused,
        "mode": app.settings.mode,
        "last": last,
        "working": [dict(one) for one in working],
        "spend": {period: spent.get(period, 0.0) for period in _PERIODS},
        "budget": asdict(app.settings.budget),
        "recall": _recall(app, has_folders=bool(server.folders)),
        "providers": providers,
        "problems": problems,
    }
    ends = [end - now() for _, rest in rests.values() if (end := rest.until) and end > now()]
    return status | {"text": text(status), "tooltip": tooltip(status)}, min(ends, default=None)


async def _told(record: Record) -> dict[str, Any]:
    """Say who gave the last answer, why it was asked, and what it came to."""
    model = record.shown_by
    reason = next((one.reason for one in record.route.candidates if one.name == model), "")
    if model == record.asked_again:
        reason += ", asked again: the answer before did not pass its check"
    return {
        "task": record.task,
        "model": model,
        "usd": await record.purse.spent(),
        "ms": round((record.shown_at - record.asked_at) * 1000),
        "reason": reason,
        "at": record.shown_at,
    }


def _rests(app: App) -> Rests:
    """Say of providers who is left alone and why: all of their models, else one of them."""
    if app.asked is None or app.asked.health.is_clear:
        return {}
    found = sorted(app.asked.health.rests(), key=lambda rest: rest[0].model == "")
    return {one.provider: (one.model or one.provider, rest) for one, rest in found}


def _provider(app: App, provider: Provider, rests: Rests) -> dict[str, Any]:
    name, state, why, remedy = provider.name, "ready", "", ""
    otherwise: list[dict[str, str]] = []
    if name in app.settings.forbid:
        state, why = "resting", f"{name} is forbidden in this workspace."
    elif remedy := app.router.missing_key(provider):
        state, why = "no-key", f"The key of {name} is missing."
    elif name in rests:
        who, rest = rests[name]
        state, remedy = "resting", rest.remedy
        why = f"{name} is not asked: {rest.why}." if rest.of_key else f"{who} {said(rest)}."
        otherwise = [_DOCTOR]
    return {
        "name": name,
        "state": state,
        "why": why,
        "remedy": remedy,
        "actions": actions(app.settings, remedy) or otherwise,
    }


def _problems(
    app: App,
    providers: Sequence[Mapping[str, Any]],
    rests: Rests,
    spent: Mapping[Period, float],
) -> Iterator[dict[str, Any]]:
    """Yield what the user should mend; that nothing but recall is there is no problem."""
    settings = app.settings
    if app.paused:
        told = problem(settings, "Paused: nothing is suggested while you type.", "", "warning")
        yield told | {"actions": [_RESUME]}
    for found in settings.problems:
        if found.severity == "error":
            yield settings_problem(settings, found)
    for one in providers:
        if one["state"] == "no-key" or (one["state"] == "resting" and one["name"] in rests):
            refused = one["name"] in rests and rests[one["name"]][1].of_key
            level = "error" if refused else "warning"
            told = problem(settings, one["why"], one["remedy"], level)
            yield told | {"actions": one["actions"]}
    for period, cap in caps(settings.budget):
        stands = Standing(period, cap, spent.get(period, 0.0), 0.0)
        if stands.used_up:
            refusal = stands.refusal(0.0)
            yield problem(settings, f"{refusal.why}.", refusal.remedy, "warning")


def _gravity(problem: Mapping[str, Any]) -> bool:
    """Sort errors before warnings."""
    return bool(problem["level"] != "error")


def _level(
    app: App, working: Sequence[object], problems: Sequence[Mapping[str, Any]]
) -> str:  # fmt: skip
    if app.paused:
        return "paused"
    if working:
        return "busy"
    levels = {one["level"] for one in problems}
    return next((level for level in ("error", "warning") if level in levels), "ok")


def _recall(app: App, *, has_folders: bool) -> dict[str, Any]:
    """Say whether recall knows the folders by now; it answers from the open files before."""
    if isinstance(app.recall, EarlyRecall):
        return {"ready": False, "files": 0}
    stats = app.recall.stats()
    return {"ready": stats.ready if has_folders else True, "files": stats.files}
