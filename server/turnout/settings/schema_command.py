"""`turnout schema`: the JSON Schema of the settings, for editors and other checkers."""

from __future__ import annotations

import argparse
import json
import sys

from turnout.settings import schema


def main(options: argparse.Namespace) -> int:
    """Print it; return the exit code."""
    made = {
        "user": schema.user_schema,
        "editor": schema.editor_schema,
        "vscode": schema.vscode_properties,
    }
    sys.stdout.write(json.dumps(made[options.of](), indent=2, ensure_ascii=False) + "\n")
    return 0
