"""What is asked for in every golden request: one row a task, about a small shop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from turnout.context.exclude import Exclusion
from turnout.context.gather import Context, Diagnostic, Sources, Target, gather
from turnout.context.workspace import Workspace
from turnout.document import Document, Span, split_lines
from turnout.engine.ask import Ask, Material
from turnout.tasks import TASKS
from turnout.tasks.dependency import package
from turnout.vocabulary import LAYER_OF, Task

MARK = "0123456789abcdef"
FILES = Path(__file__).with_name("workspace.txt")

_TOTAL = ("    def total", "return amount + shipping")
_DIFF = """\
diff --git a/shop/cart.py b/shop/cart.py
index 1f0c5d2..8a9be11 100644
--- a/shop/cart.py
+++ b/shop/cart.py
@@ -26,3 +26,3 @@ class Cart:
-        if amount > FREE_FROM:
+        if amount >= FREE_FROM:
             return amount
         else:
"""
_TRACE = """\
Traceback (most recent call last):
  File "shop/page.py", line 10, in footer
    return f"{cart.total(shipping=490)} cents, {rate}"
  File "shop/cart.py", line 26, in total
    if item.count > 0:
TypeError: '>' not supported between instances of 'NoneType' and 'int'
"""
_CHANGELOG = """\
## 2.0
- `fetch_rates(currency, cached=...)` is gone: call `rates(currency, max_age=seconds)`.
"""
_SUBJECTS = "Count in cents\nShow the cart of the day\nLet items have a count"


@dataclass(frozen=True)
class Row:
    """One ask. ``between`` marks what it is about: from one text to the end of another."""

    task: Task
    between: tuple[str, str] = _TOTAL
    at: str = ""  # or the cursor: right behind this text
    file: str = "shop/cart.py"
    instruction: str = ""
    materials: tuple[Material, ...] = ()
    reported: tuple[tuple[str, str], ...] = ()  # code, and what is reported of it
    earlier: str = ""
    feedback: tuple[str, ...] = ()


_CHANGE = (Material("diff", "The change", _DIFF), Material("subjects", "Before", _SUBJECTS))

ROWS: dict[str, Row] = {
    "review": Row("review"),
    "review-change": Row("review", materials=_CHANGE[:1]),
    "explain": Row("explain"),
    "ask": Row("ask", instruction="Can the total be negative?"),
    "design": Row("design", instruction="Where should discounts be computed?"),
    "debug": Row("debug", materials=(Material("trace", "The stack trace", _TRACE),)),
    "refactor": Row("refactor", instruction="Return early, and use sum()."),
    "fix": Row("fix", reported=(("item.price * item.count", "Unsupported operand types"),)),
    "fix-again": Row(
        "fix",
        reported=(("item.price * item.count", "Unsupported operand types"),),
        earlier='{"summary": "Adds.", "edits": []}',
        feedback=("shop/cart.py: the quoted lines do not stand in it.",),
    ),
    "tests": Row("tests"),
    "docs": Row("docs", ("    def add", "append(item)")),
    "boilerplate": Row("boilerplate", at="people read it\n"),
    "dependency": Row(
        "dependency",
        ("def rates", "cached=True)"),
        materials=(Material("changelog", "pricelib 1.4 -> 2.0", _CHANGELOG),),
    ),
    "commit_message": Row("commit_message", materials=_CHANGE),
    "pull_request": Row("pull_request", materials=_CHANGE),
    "suggest": Row("suggest", instruction="list the ten largest files below this folder"),
}  # fmt: skip


def missing() -> set[Task]:
    """Return the tasks that have no row."""
    return {task for task in TASKS if LAYER_OF[task] != "instant"} - {
        row.task for row in ROWS.values()
    }


def asks(folder: Path) -> Iterator[tuple[str, Ask]]:
    """Write the workspace into a folder and yield each row's name and ask, with its context."""
    _write(folder)
    workspace = Workspace([folder], lambda _: None)
    for name, row in ROWS.items():
        if row.task in TASKS:
            ask = _ask(folder, row)
            yield name, replace(ask, context=_context(workspace, ask))
    workspace.stop()


def _write(folder: Path) -> None:
    for part in FILES.read_text(encoding="utf-8").split("=== ")[1:]:
        name, _, text = part.partition("\n")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _ask(folder: Path, row: Row) -> Ask:
    path = folder / row.file
    text = path.read_text(encoding="utf-8")
    document = Document(path.as_uri(), 1, "python", tuple(split_lines(text)))
    if row.at:
        end = text.index(row.at) + len(row.at)
        span = Span(end, end)
    else:
        start = text.index(row.between[0])
        span = Span(start, text.index(row.between[1], start) + len(row.between[1]))
    return Ask(
        row.task,
        document,
        span,
        explicit=True,
        instruction=row.instruction,
        materials=row.materials,
        diagnostics=tuple(_diagnostic(text, *reported) for reported in row.reported),
        mark=MARK,
        earlier=row.earlier,
        feedback=row.feedback,
    )


def _diagnostic(text: str, code: str, message: str) -> Diagnostic:
    at = text.index(code)
    return Diagnostic(Span(at, at + len(code)), "error", message, "mypy")


def _context(workspace: Workspace, ask: Ask) -> Context | None:
    if not TASKS[ask.task].wants_context:
        return None
    traces = "\n".join(one.text for one in ask.materials if one.kind == "trace")
    target = Target(ask.document, ask.span, ask.diagnostics, package=package(ask), trace=traces)
    sources = Sources(Exclusion([Path(root) for root in workspace.roots], ()), workspace)
    context = asyncio.run(gather(target, sources, seconds=30))
    assert context.complete
    return context
