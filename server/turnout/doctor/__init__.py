"""`turnout doctor`: what is on, what is not, why, and what mends it.

Only providers that the user enabled are contacted, and only for the list of their models; with
``--probe`` also the servers that usually run on this machine. With
``--json`` the report is one object; ``schema`` 1 may gain keys and loses none:

    schema, ok
    versions  {turnout, python, pygls, httpx2, numpy, os}
    settings  {user_file, exists, files [path]}    files: those that were read, in order
    trusted   false where the editor says that its folders are not
    providers [{name, dialect, base_url, key, state, detail, remedy, milliseconds, models}]
              key: where it is found, never what it is;  models: how many it lists
              state: "answers" | "fails" | "no key"
    offered   [{name, because, remedy}]            not enabled, with a key at hand or answering
    models    [{name, provider, id, fim, context, listed}]
              listed: whether its provider has it; null where that is not known
    routes    [{task, layer, candidates [name], ruled_out [{name, reason, remedy}], why, remedy}]
    recall    {folder, files, bytes, complete}     what would be indexed in the current folder
    folders   [{name, path, exists, bytes}]        of the cache and of the data
    ledger    {path, exists, calls, bytes, fault, set_aside [name]}
              fault: why it can not be read or written;  set_aside: damaged ones, kept beside it
    log       [text]                               where the server's log lines go
    keyring   {backend, usable}
    problems  [{severity, where, what, remedy}]    severity: "error" | "warning" | "info"

``ok`` is false, and the exit code 1, when there is a problem of severity "error".
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from argparse import Namespace
from pathlib import Path

from turnout.doctor.examine import examine
from turnout.doctor.report import as_json
from turnout.doctor.text import as_text


def main(args: Namespace) -> int:
    """Print the report; return the exit code."""
    return asyncio.run(_main(args))


async def _main(args: Namespace) -> int:
    config = Path(args.config) if args.config else None
    report = await examine(config, Path.cwd(), os.environ, look=getattr(args, "probe", False))
    if getattr(args, "json", False):
        text = json.dumps(as_json(report), indent=2)
    else:
        text = as_text(report, sys.stdout.encoding or "ascii")
    # Printed here: a keyring that hangs in its thread holds up the end of the loop.
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    return 0 if report.ok else 1
