"""Draws the steps of LSP4IJ's dialog with the values of the template, into `pictures/`.

They are drawings, not screenshots: no IDE is run for them. A test draws them anew and compares.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
PICTURES: Final = HERE / "pictures"

_WIDTH: Final = 720
_ROW: Final = 30
_LEFT: Final = 24
_FIELD: Final = 130
_TABS: Final = ("Server", "Mappings", "Configuration", "Installer")
_NOTE: Final = "A drawing from the template's own values, not a screenshot."
_HEAD: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" '
    'font-family="Inter, Segoe UI, Helvetica, sans-serif" font-size="13" fill="#1f2328">'
)


def pictures() -> dict[str, str]:
    """Return every picture by the name of its file."""
    template = _read("template.json")
    return {
        "1-import.svg": _import(),
        "2-server.svg": _server(template),
        "3-mappings.svg": _mappings(template["fileTypeMappings"]),
        "4-installer.svg": _installer(_read("installer.json")),
    }


def _read(name: str) -> Any:
    return json.loads((HERE / "turnout" / name).read_text(encoding="utf-8"))


def _import() -> str:
    rows = [
        *_field(76, "Template:", "Choose template...", mark="▾"),
        *_box(_LEFT + _FIELD, 108, 420, 3 * _ROW, "#ffffff"),
        _text(_LEFT + _FIELD + 12, 129, "Import from custom template...", weight="600"),
        _text(_LEFT + _FIELD + 12, 159, "Load template from a directory:", fill="#59636e"),
        _text(_LEFT + _FIELD + 12, 187, "editors/jetbrains/turnout", mono=True),
    ]
    return _dialog(rows, 240, tab=None)


def _server(template: dict[str, Any]) -> str:
    rows = [
        *_field(76, "Template:", template["name"], mark="▾"),
        *_field(150, "Name:", template["name"]),
        *_field(190, "Command:", template["programArgs"]["default"], mono=True),
    ]
    return _dialog(rows, 250, tab="Server")


def _mappings(mappings: Sequence[dict[str, Any]]) -> str:
    top, column = 140, _LEFT + 420
    rows = [
        _text(_LEFT, top, "File name patterns", weight="600"),
        _text(column, top, "Language Id", weight="600"),
    ]
    for number, mapping in enumerate(mappings):
        line = top + 24 + number * 20
        rows += [
            _text(_LEFT, line, ";".join(mapping["fileType"]["patterns"]), mono=True),
            _text(column, line, mapping["languageId"], mono=True),
        ]
    return _dialog(rows, top + 44 + len(mappings) * 20, tab="Mappings")


def _installer(installer: dict[str, Any]) -> str:
    rows = [_text(_LEFT, 140, "Check Installation", weight="600")]
    top = 140
    for depth, name in _steps(installer["check"]):
        top += 24
        rows.append(_text(_LEFT + 16 + depth * 22, top, name))
    top += 34
    rows.append(_text(_LEFT, top, "Run Installation", weight="600"))
    for depth, name in _steps(installer["run"]):
        top += 24
        rows.append(_text(_LEFT + 16 + depth * 22, top, name))
    return _dialog(rows, top + 30, tab="Installer")


def _steps(holder: dict[str, Any], depth: int = 0, said: str = "") -> Iterator[tuple[int, str]]:
    for task in holder.values():
        yield depth, f"{said}{task['name']}"
        for key, word in (("onSuccess", "✓ "), ("onFail", "✗ ")):
            if key in task:
                yield from _steps(task[key], depth + 1, word)


def _dialog(rows: Sequence[str], height: int, *, tab: str | None) -> str:
    parts = [
        _HEAD.format(w=_WIDTH, h=height + 34),
        *_box(0.5, 0.5, _WIDTH - 1, height, "#f6f8fa"),
        _text(_WIDTH / 2, 30, "New Language Server", weight="600", anchor="middle"),
        *(_tab_row(tab) if tab else ()),
        *rows,
        _text(_LEFT, height + 22, _NOTE, fill="#59636e"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _tab_row(chosen: str) -> Iterator[str]:
    top = 110 if chosen == "Server" else 70
    left = _LEFT
    for name in _TABS:
        here = name == chosen
        yield _text(left, top, name, weight="600" if here else "400")
        if here:
            line = f'x="{left}" y="{top + 8}" width="{len(name) * 7.4:g}" height="3"'
            yield f'<rect {line} fill="#3574f0"/>'
        left += int(len(name) * 7.6) + 34


def _field(
    top: int, label: str, value: str, *, mono: bool = False, mark: str = ""
) -> Iterator[str]:
    yield _text(_LEFT, top + 4, label)
    yield from _box(_LEFT + _FIELD, top - 16, 420, _ROW, "#ffffff")
    yield _text(_LEFT + _FIELD + 12, top + 4, value, mono=mono)
    if mark:
        yield _text(_LEFT + _FIELD + 398, top + 4, mark)


def _box(x: float, y: float, width: float, height: float, fill: str) -> Iterator[str]:
    size = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
    yield f'<rect {size} rx="6" fill="{fill}" stroke="#d0d7de"/>'


def _text(
    x: float, y: float, words: str, *, weight: str = "400", fill: str = "#1f2328",
    anchor: str = "start", mono: bool = False,
) -> str:  # fmt: skip
    family = ' font-family="JetBrains Mono, Menlo, Consolas, monospace"' if mono else ""
    style = f'font-weight="{weight}" fill="{fill}" text-anchor="{anchor}"{family}'
    return f'<text x="{x:g}" y="{y:g}" {style} xml:space="preserve">{escape(words)}</text>'


def main() -> int:
    """Write the pictures, and say which."""
    PICTURES.mkdir(exist_ok=True)
    for name, drawn in pictures().items():
        (PICTURES / name).write_text(drawn, encoding="utf-8")
        sys.stdout.write(f"{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
