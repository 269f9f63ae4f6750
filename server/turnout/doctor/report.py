"""What was found out, and the same as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from turnout.ledger.read import Condition
from turnout.routing.route import Route
from turnout.settings.model import Problem, Settings
from turnout_clients.types import Model

LOG: Final = (
    "stderr of the server; editors keep it in their own log of language servers",
    "or the file given by --log-file",
)


@dataclass(frozen=True, slots=True)
class ProviderState:
    """An enabled provider, and whether it answers."""

    name: str
    dialect: str
    base_url: str
    key: str  # where it is found, never what it is
    state: Literal["answers", "fails", "no key"]
    detail: str = ""
    remedy: str = ""
    milliseconds: int | None = None
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A provider that is not enabled and could be."""

    name: str
    because: str
    remedy: str  # the command that enables it


@dataclass(frozen=True, slots=True)
class Indexable:
    """What recall would index in a folder; ``complete`` is false when the time ran out."""

    folder: str
    files: int
    bytes: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that Turnout keeps files in."""

    name: str
    path: str
    exists: bool
    bytes: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was found out."""

    versions: dict[str, str]
    user_file: str
    settings: Settings
    providers: tuple[ProviderState, ...]
    offered: tuple[Offer, ...]
    routes: tuple[Route, ...]
    recall: Indexable
    folders: tuple[Folder, ...]
    ledger: Condition
    keyring: str  # "" where there is none
    problems: tuple[Problem, ...]
    trusted: bool = True  # an editor may say that the user does not trust the folders

    @property
    def ok(self) -> bool:
        """Whether everything that the user set up can work."""
        return not any(problem.severity == "error" for problem in self.problems)

    def listed(self, model: Model) -> bool | None:
        """Whether the model's provider has it; None where that is not known."""
        for provider in self.providers:
            if provider.name == model.provider and provider.models:
                return model.id in provider.models
        return None


def as_json(report: Report) -> dict[str, Any]:
    """Return the object that is described in `turnout.doctor`."""
    files = report.settings.files
    return {
        "schema": 1,
        "ok": report.ok,
        "versions": report.versions,
        "settings": {
            "user_file": report.user_file,
            "exists": report.user_file in files,
            "files": list(files),
        },
        "trusted": report.trusted,
        "providers": [{**asdict(p), "models": len(p.models)} for p in report.providers],
        "offered": [asdict(offer) for offer in report.offered],
        "models": [_model(model, report) for model in report.settings.models.values()],
        "routes": [_route(route) for route in report.routes],
        "recall": asdict(report.recall),
        "folders": [asdict(folder) for folder in report.folders],
        "ledger": asdict(report.ledger),
        "log": list(LOG),
        "keyring": {"backend": report.keyring, "usable": bool(report.keyring)},
        "problems": [asdict(problem) for problem in report.problems],
    }


def _model(model: Model, report: Report) -> dict[str, Any]:
    return {
        "name": model.name,
        "provider": model.provider,
        "id": model.id,
        "fim": model.fim,
        "context": model.context,
        "listed": report.listed(model),
    }


def _route(route: Route) -> dict[str, Any]:
    return {
        "task": route.task,
        "layer": route.layer,
        "candidates": [candidate.name for candidate in route.candidates],
        "ruled_out": [
            {"name": ruled.name, "reason": ruled.reason, "remedy": ruled.remedy}
            for ruled in route.ruled_out
        ],
        "why": route.why,
        "remedy": route.remedy,
    }
