"""nginx's lines as Focal prints them: JSON lines, or sentences on a terminal."""

from __future__ import annotations

import json
import re
from datetime import datetime

from setup.console import log_line, prints_json
from setup.switches import is_on

# Load balancers and schedulers ask every few seconds.
PROBES = ("/healthz", "/readyz", "/ping")
LEVELS = {"debug": "info", "info": "info", "notice": "info", "warn": "warn"}  # all others are errors

# Nothing is wrong with the gateway then: the client gets a 4xx, and the request's own line says which; or a probe asked
# whether the server is ready, and it is not.
_OF_CLIENT = r"client (sent|intended to send) "
_OF_READYZ = r'auth request unexpected status: 50\d, .*/readyz |.*, subrequest: "/describe"'
_NO_ERROR = re.compile(rf"\*\d+ ({_OF_CLIENT}|{_OF_READYZ})")
_ERROR = re.compile(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(\w+)\] \d+#\d+: (.*)")


def logs_probes() -> bool:
    """Whether FOCAL_LOG_PROBES asks for the lines of probes, too. Raises CommandError if it is neither 0 nor 1."""
    return is_on("FOCAL_LOG_PROBES")


def access_line(line: str, *, with_probes: bool) -> str | None:
    """How to print a line of the access log, a JSON object; None if it is not to be printed."""
    try:
        request = json.loads(line)
        if request["path"] in PROBES and not with_probes:
            return None
        if prints_json():
            return line
        why = f" ({request['failure']})" if request["failure"] else ""
        asked = f"{request['method']} {request['path']}"
        whose = f", key {request['key']}" if request.get("key") else ""
        took = f"{request['status']}{why} in {request['seconds']:.3f} s"
        return f"{asked}: {took}, request {request['request_id']}{whose}"
    except (ValueError, LookupError, TypeError):
        return line


def error_line(line: str) -> str:
    """How to print a line that nginx wrote to its error log or to stderr."""
    if not prints_json():
        return line
    found = _ERROR.fullmatch(line)
    if found is None:
        return log_line("error", "gateway", line)
    time = datetime.strptime(found[1], "%Y/%m/%d %H:%M:%S").astimezone().isoformat()
    level = "info" if _NO_ERROR.match(found[3]) else LEVELS.get(found[2], "error")
    return log_line(level, "gateway", found[3], time)


def first_error(said: str) -> str:
    """What the first line says that nginx wrote to stderr, without its time, level and process."""
    first = said.partition("\n")[0]
    found = _ERROR.fullmatch(first)
    return found[3] if found else first
