"""The forms of an answer: a tool call where the model takes tools, text in a strict form elsewhere.

A form is told twice: what is wanted stands in the task's own words, how it is written stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from turnout.edits.blocks import Marks
from turnout.edits.reader import Form
from turnout_clients.types import Model, Tool

EDIT_TOOL: Final = "propose_edits"
FINDINGS_TOOL: Final = "report_findings"

_TOOL_RULES: Final = f"""\
Answer by calling the tool {EDIT_TOOL} once, with all edits in it. An edit replaces the text
`search` in one file by the text `replace`.

- search: copied from the file character by character, with its indentation, whole lines, and long
  enough to stand in the file only once. An edit whose search is not found is dropped.
- replace: all that shall stand there instead, written out in full. Never leave code out with "..."
  or a comment.
- Edits must not overlap. Change nothing that need not change."""

_BLOCK_RULES: Final = """\
Answer with one line that says what you change, and then one block for each edit, nothing else:

path/of/the/file
```
HEAD
the lines to be found
MIDDLE
the lines that shall stand there
TAIL
```

- The lines to be found: copied from the file character by character, with their indentation, whole
  lines, and as many as it takes to stand in the file only once. A block that is not found is
  dropped.
- The lines that shall stand there: all of them, written out in full. Never leave code out with
  "..." or a comment.
- Blocks must not overlap. Change nothing that need not change."""

_WHOLE_RULES: Final = """\
Answer with one line that says what you did, and then exactly one code block between lines of four
backticks (````), and nothing after it.

WHOLE
Never leave code out with "..." or a comment."""

WHOLE: Final = """\
The block holds all the text that shall stand in the place of the code in question, from its first
line to its last, with its indentation, written out in full. If nothing is to be changed, it holds
the code as it is."""


def structured(model: Model) -> bool:
    """Whether a model is asked to answer by calling a tool."""
    return model.tools


def form_of(model: Model, *, small: bool) -> Form:
    """Choose the form for a model; ``small`` says that all of the code can be written anew.

    Without tools a short text is best written whole: quoting lines exactly is what fails most.
    """
    if structured(model):
        return "tool"
    return "whole" if small else "blocks"


def rules(form: Form, marks: Marks, whole: str = WHOLE) -> str:
    """Say how an answer in this form is written; ``whole`` is what one code block would hold."""
    if form == "tool":
        return _TOOL_RULES
    if form == "whole":
        return _WHOLE_RULES.replace("WHOLE", whole)
    words = {"HEAD": marks.head, "MIDDLE": marks.middle, "TAIL": marks.tail}
    return "\n".join(words.get(line, line) for line in _BLOCK_RULES.split("\n"))


def edit_tool() -> Tool:
    """Return the tool by which edits are proposed."""
    edit = _object(
        {
            "path": _text("The file, as it was named to you."),
            "search": _text("The text that stands there now, exactly."),
            "replace": _text("The text that shall stand there instead."),
        }
    )
    schema = _object(
        {
            "summary": _text("What you change and why, one sentence of plain text."),
            "edits": {"type": "array", "items": edit},
        }
    )
    return Tool(
        EDIT_TOOL, "Propose changes of files. The user decides whether to apply them.", schema
    )


def findings_tool(severities: tuple[str, ...], categories: tuple[str, ...]) -> Tool:
    """Return the tool by which the findings of a review are reported."""
    finding = _object(
        {
            "severity": {"type": "string", "enum": list(severities)},
            "category": {"type": "string", "enum": list(categories)},
            "quote": _text("The shortest piece of the code that shows the problem, exactly."),
            "line": {"type": "integer", "description": "The line where the quote begins."},
            "explanation": _text("What happens, in which situation. Plain text."),
            "replacement": _text(
                "What to put in the place of the quote, exactly; empty where it takes more."
            ),
        }
    )
    schema = _object({"findings": {"type": "array", "items": finding}})
    return Tool(
        FINDINGS_TOOL, "Report what is wrong with the code; no findings is a report too.", schema
    )


def _text(description: str) -> Mapping[str, Any]:
    return {"type": "string", "description": description}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
