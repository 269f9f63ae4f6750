"""Put this folder on PYTHONPATH and a Python process can reach loopback only.

Refusals are appended to the file named by GUARD_LOG, so that a test can assert that there were none
even where the process swallowed the error. With AUDIT_LOG set, what invariant 7 forbids is written
there too: programs started, sockets bound, files opened for writing, connections made.
"""

import os
import sys

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def _append(variable: str, line: str) -> None:
    if log := os.environ.get(variable):
        fd = os.open(log, os.O_WRONLY | os.O_APPEND)  # made by the test beforehand
        try:
            os.write(fd, f"{line}\n".encode())
        finally:
            os.close(fd)


def _refuse(event: str, args: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None  # AF_UNIX is on this machine
    elif event == "socket.getaddrinfo":
        host = args[0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if host is None or host in ("localhost", "::1", "") or str(host).startswith("127."):
        return
    _append("GUARD_LOG", f"{event} {host}")
    raise PermissionError(f"the test suite reaches loopback only, not {host!r}")


def _audit(event: str, args: tuple[object, ...]) -> None:
    if event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"):
        _append("AUDIT_LOG", f"program {args[0]!r}")
    elif event in ("socket.bind", "socket.connect"):
        _append("AUDIT_LOG", f"{event} {args[1]!r}")
    elif event == "open" and _is_writing(args[2]) and args[0] != os.environ.get("AUDIT_LOG"):
        _append("AUDIT_LOG", f"write {args[0]!r}")


def _is_writing(flags: object) -> bool:
    return isinstance(flags, int) and bool(flags & _WRITING)


sys.addaudithook(_refuse)
if "AUDIT_LOG" in os.environ:
    sys.addaudithook(_audit)
