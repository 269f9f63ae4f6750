"""A made-up application of 500 modules, the same for the same seed, and one file of 2,000 lines.

It is written the way such applications are: entities, repositories, services, routes and tests that
resemble each other and differ in names, fields and details.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ENTITIES: Final = [
    "account", "address", "agreement", "alert", "article", "asset", "audit", "batch", "booking",
    "branch", "budget", "bundle", "campaign", "cargo", "carrier", "category", "channel", "claim",
    "client", "comment", "company", "contact", "contract", "coupon", "course", "credit",
    "customer", "dataset", "delivery", "deposit", "device", "discount", "document", "driver",
    "employee", "event", "expense", "export", "feature", "folder", "forecast", "grant", "group",
    "holiday", "inspection", "incident", "inventory", "invoice", "issue", "item", "journal",
    "label", "lease", "ledger", "license", "listing", "loan", "location", "lot", "manifest",
    "market", "member", "message", "meter", "milestone", "notice", "offer", "order", "outlet",
    "package", "partner", "patient", "payment", "payroll", "permit", "plan", "policy",
    "portfolio", "position", "product", "profile", "project", "quota", "quote", "receipt",
    "refund", "region", "release", "reminder", "report", "reservation", "resource", "rental",
    "review", "reward", "role", "route", "sample", "schedule", "sensor", "shift", "shipment",
    "site", "stock", "store", "supplier",
]  # fmt: skip
FIELDS: Final = (
    ("name", "str"), ("code", "str"), ("status", "str"), ("owner_id", "int"), ("amount", "Decimal"),
    ("currency", "str"), ("created_at", "datetime"), ("updated_at", "datetime"), ("notes", "str"),
    ("quantity", "int"), ("weight", "float"), ("active", "bool"), ("priority", "int"),
    ("due_on", "date"), ("email", "str"), ("score", "float"), ("version", "int"), ("tags", "str"),
)  # fmt: skip
VERBS: Final = ("approve", "archive", "assign", "cancel", "close", "merge", "publish", "reopen")
KINDS: Final = ("models", "repositories", "services", "routes", "tests")


@dataclass(frozen=True)
class Workspace:
    root: Path
    main: Path
    main_text: str
    files: int
    # Lines of modules that belong here and are not written yet: what the user types next.
    unwritten: tuple[str, ...]


def make(root: Path, *, seed: int = 20_000, files: int = 500, main_lines: int = 2_000) -> Workspace:
    """Write the workspace below `root`."""
    rng = random.Random(seed)
    modules = _modules(rng)
    for _ in range(files - 1):
        path, text = next(modules)
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    lines: list[str] = []
    while len(lines) < main_lines:
        lines += next(modules)[1].splitlines()
    main = root / "app" / "services" / "overview.py"
    text = "\n".join(lines[:main_lines]) + "\n"
    main.write_text(text, encoding="utf-8")
    unwritten = [line for _ in range(12) for line in next(modules)[1].splitlines()]
    return Workspace(root, main, text, files, tuple(unwritten))


def _modules(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Modules without end; a second round over the entities gives them a prefix."""
    for prefix in ("", "legacy_", "draft_"):
        entities = list(ENTITIES)
        rng.shuffle(entities)
        for entity in entities:
            name = prefix + entity
            fields = rng.sample(FIELDS, k=rng.randint(4, 8))
            verbs = rng.sample(VERBS, k=3)
            for kind, write in zip(KINDS, _WRITERS, strict=True):
                yield f"app/{kind}/{name}.py", write(rng, name, fields, verbs)


Fields = list[tuple[str, str]]


def _class(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _model(rng: random.Random, name: str, fields: Fields, verbs: list[str]) -> str:
    body = "\n".join(f"    {field}: {kind}" for field, kind in fields)
    checks = "\n".join(_check(rng, field, kind) for field, kind in fields)
    pairs = "\n".join(f'            "{field}": self.{field},' for field, _ in fields)
    return f'''"""The {name} as it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any


@dataclass(slots=True)
class {_class(name)}:
    """One {name}; made by the repository, never by hand."""

    id: int
{body}

    def validate(self) -> list[str]:
        """Return what is wrong with it, in words for the user."""
        problems: list[str] = []
{checks}
        return problems

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that a client may see."""
        return {{
            "id": self.id,
{pairs}
        }}
'''


def _check(rng: random.Random, field: str, kind: str) -> str:
    if kind == "str":
        limit = rng.choice((40, 80, 200))
        test, problem = f"len(self.{field}) > {limit}", f"{field} is longer than {limit}"
    elif kind in ("int", "float", "Decimal"):
        test, problem = f"self.{field} < 0", f"{field} must not be negative"
    else:
        test, problem = f"self.{field} is None", f"{field} is missing"
    return f'        if {test}:\n            problems.append("{problem}")'


def _repository(rng: random.Random, name: str, fields: Fields, verbs: list[str]) -> str:
    cls = _class(name)
    columns = ", ".join(field for field, _ in fields)
    field = rng.choice(fields)[0]
    return f'''"""Reads and writes {name} rows."""

from __future__ import annotations

import logging

from app.database import Connection, NotFound
from app.models.{name} import {cls}

logger = logging.getLogger(__name__)

COLUMNS = "id, {columns}"


class {cls}Repository:
    """The only place that knows the {name} table."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def get(self, {name}_id: int) -> {cls}:
        """Return one {name}, or raise NotFound."""
        row = self.connection.fetch_one(
            f"SELECT {{COLUMNS}} FROM {name} WHERE id = ?", ({name}_id,)
        )
        if row is None:
            raise NotFound(f"{name} {{{name}_id}} does not exist")
        return {cls}(**row)

    def find_by_{field}(self, {field}: object, limit: int = 100) -> list[{cls}]:
        """Return what matches, newest first."""
        rows = self.connection.fetch_all(
            f"SELECT {{COLUMNS}} FROM {name} WHERE {field} = ? ORDER BY id DESC LIMIT ?",
            ({field}, limit),
        )
        return [{cls}(**row) for row in rows]

    def save(self, {name}: {cls}) -> None:
        """Insert or update it."""
        values = {name}.to_dict()
        self.connection.upsert("{name}", values)
        logger.info("saved {name} %s", {name}.id)

    def delete(self, {name}_id: int) -> None:
        """Remove it for good."""
        deleted = self.connection.execute("DELETE FROM {name} WHERE id = ?", ({name}_id,))
        if not deleted:
            raise NotFound(f"{name} {{{name}_id}} does not exist")
        logger.info("deleted {name} %s", {name}_id)
'''


def _service(rng: random.Random, name: str, fields: Fields, verbs: list[str]) -> str:
    cls = _class(name)
    methods = "\n".join(_verb(rng, name, verb) for verb in verbs)
    return f'''"""What users do with a {name}."""

from __future__ import annotations

import logging
from datetime import datetime, timezone

from app.clock import Clock
from app.events import EventBus
from app.models.{name} import {cls}
from app.repositories.{name} import {cls}Repository

logger = logging.getLogger(__name__)


class {cls}Error(Exception):
    """A {name} cannot do what was asked."""


class {cls}Service:
    """Rules of the {name}; storage and events are given."""

    def __init__(self, repository: {cls}Repository, events: EventBus, clock: Clock) -> None:
        self.repository = repository
        self.events = events
        self.clock = clock

{methods}

def now() -> datetime:
    return datetime.now(tz=timezone.utc)
'''


def _verb(rng: random.Random, name: str, verb: str) -> str:
    allowed = rng.choice(("open", "draft", "pending", "active"))
    return f'''    def {verb}(self, {name}_id: int, user_id: int) -> {_class(name)}:
        """{verb.capitalize()} the {name} on behalf of a user."""
        {name} = self.repository.get({name}_id)
        if {name}.status != "{allowed}":
            raise {_class(name)}Error(f"cannot {verb} a {name} that is {{{name}.status}}")
        {name}.status = "{verb}d"
        {name}.updated_at = self.clock.now()
        self.repository.save({name})
        self.events.publish("{name}.{verb}", {name}_id={name}.id, user_id=user_id)
        logger.info("user %s: {verb} {name} %s", user_id, {name}.id)
        return {name}
'''


def _routes(rng: random.Random, name: str, fields: Fields, verbs: list[str]) -> str:
    cls = _class(name)
    methods = "\n".join(
        f'''
@router.post("/{name}/{{{name}_id}}/{verb}")
def {verb}_{name}(request: Request, {name}_id: int) -> Response:
    """{verb.capitalize()} one {name}."""
    service = request.state.services.{name}
    try:
        {name} = service.{verb}({name}_id, user_id=request.user.id)
    except {cls}Error as error:
        return Response(status_code=409, content={{"error": str(error)}})
    return Response(status_code=200, content={name}.to_dict())
'''
        for verb in verbs
    )
    return f'''"""HTTP routes of the {name}."""

from __future__ import annotations

from app.http import Request, Response, Router
from app.services.{name} import {cls}Error

router = Router(prefix="/api/v{rng.randint(1, 3)}")

{methods}'''


def _tests(rng: random.Random, name: str, fields: Fields, verbs: list[str]) -> str:
    cls = _class(name)
    cases = "\n".join(
        f'''
def test_{verb}_{name}(service: {cls}Service, bus: FakeBus) -> None:
    {name} = make_{name}(status="{rng.choice(("open", "draft", "pending", "active"))}")
    service.repository.save({name})
    result = service.{verb}({name}.id, user_id={rng.randint(1, 99)})
    assert result.status == "{verb}d"
    assert bus.published == [("{name}.{verb}", {name}.id)]
'''
        for verb in verbs
    )
    return f'''"""Tests of the {name} service."""

from __future__ import annotations

import pytest

from app.services.{name} import {cls}Error, {cls}Service
from tests.factories import make_{name}
from tests.fakes import FakeBus


def test_unknown_{name}(service: {cls}Service) -> None:
    with pytest.raises({cls}Error, match="does not exist"):
        service.{verbs[0]}(404, user_id=1)
{cases}'''


_WRITERS: Final = (_model, _repository, _service, _routes, _tests)
