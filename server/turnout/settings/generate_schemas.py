"""Writes the schemas of the settings where editors read them; run it when they change."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from textwrap import indent
from typing import Any, Final

from turnout.settings.schema import editor_schema, user_schema, vscode_properties

ROOT: Final = Path(__file__).parents[3]
USER: Final = "docs/turnout.schema.json"
JETBRAINS: Final = "editors/jetbrains/turnout/settings.schema.json"
VSCODE: Final = "editors/vscode/package.json"

_TITLE: Final = "Suggestions, routes and budget"
_LIST: Final = '"configuration": '


def generated() -> dict[str, str]:
    """Return the content of each file that is there to be written, by its path."""
    found = {USER: _text(user_schema())}
    if (ROOT / JETBRAINS).parent.is_dir():
        found[JETBRAINS] = _text(editor_schema())
    if (ROOT / VSCODE).is_file():
        found[VSCODE] = _in_manifest((ROOT / VSCODE).read_text(encoding="utf-8"))
    return found


def _in_manifest(manifest: str) -> str:
    """Put our settings last of those that the extension contributes; all else stays as it is."""
    start = manifest.index(_LIST) + len(_LIST)
    sections, end = json.JSONDecoder().raw_decode(manifest, start)
    others = [one for one in sections if one["title"] != _TITLE]
    ours = {"title": _TITLE, "properties": vscode_properties()}
    listed = indent(json.dumps([*others, ours], indent=2, ensure_ascii=False), "    ").lstrip()
    return manifest[:start] + listed + manifest[end:]


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write them, and say which."""
    for name, text in generated().items():
        (ROOT / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
