"""How nginx's lines are printed: JSON lines of one shape, or sentences on a terminal."""

from __future__ import annotations

import json

import pytest
from focal import __version__
from server.gateway_log import access_line, error_line, logs_probes
from setup import console

ANSWERED = {"method": "POST", "path": "/", "status": 200, "failure": "", "seconds": 0.1234, "request_id": "abcdefgh"}
ERROR = "2026/11/30 12:00:00 [error] 12#12: *3 connect() failed (111: Connection refused)"

BROKEN_BODY = "*58 client sent invalid chunked body, client: 127.0.0.1, server: focal"
NOT_READY = '*2 auth request unexpected status: 503, client: 127.0.0.1, server: focal, request: "GET /readyz HTTP/1.1"'
SLOW_TO_BE_READY = NOT_READY.replace("503", "504")
OF_THAT_PROBE = (
    "*2 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: focal, "
    'request: "GET /readyz HTTP/1.1", subrequest: "/describe", upstream: "http://127.0.0.1:8081/models/focal"'
)
TOO_LARGE_BODY = "*66 client intended to send too large body: 70000000 bytes, client: 127.0.0.1, server: focal"


@pytest.fixture
def as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(console._log, "format", "json")


@pytest.mark.usefixtures("as_json")
def test_a_request_stays_the_object_that_nginx_wrote() -> None:
    line = json.dumps(ANSWERED)

    assert access_line(line, with_probes=False) == line


def test_on_a_terminal_it_is_a_sentence() -> None:
    line = access_line(json.dumps(ANSWERED), with_probes=False)

    assert line == "POST /: 200 in 0.123 s, request abcdefgh"


def test_a_sentence_gives_the_reason_of_a_refusal() -> None:
    refused = ANSWERED | {"status": 429, "failure": "rate_limited"}

    assert "POST /: 429 (rate_limited) in" in access_line(json.dumps(refused), with_probes=False)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/ping"])
def test_probes_are_printed_only_if_asked_for(path: str) -> None:
    line = json.dumps(ANSWERED | {"path": path})

    assert access_line(line, with_probes=False) is None
    assert path in access_line(line, with_probes=True)


@pytest.mark.parametrize(("value", "logs"), [("", False), ("0", False), ("1", True)])
def test_a_variable_asks_for_them(value: str, logs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOCAL_LOG_PROBES", value)

    assert logs_probes() is logs


@pytest.mark.parametrize("line", ["", "not JSON", "{}", "[1]"])
def test_a_line_that_is_no_request_is_printed_as_it_is(line: str) -> None:
    assert access_line(line, with_probes=False) == line


@pytest.mark.usefixtures("as_json")
@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        (ERROR, "error", "*3 connect() failed (111: Connection refused)"),
        (ERROR.replace("[error]", "[warn]"), "warn", "*3 connect() failed (111: Connection refused)"),
        (ERROR.replace("[error]", "[emerg]"), "error", "*3 connect() failed (111: Connection refused)"),
        ("nginx: [emerg] bind() failed", "error", "nginx: [emerg] bind() failed"),
        (ERROR.partition("*")[0] + BROKEN_BODY, "info", BROKEN_BODY),
        (ERROR.partition("*")[0] + TOO_LARGE_BODY, "info", TOO_LARGE_BODY),
        *((ERROR.partition("*")[0] + said, "info", said) for said in (NOT_READY, SLOW_TO_BE_READY, OF_THAT_PROBE)),
    ],
)
def test_an_error_becomes_an_object_of_the_same_shape(line: str, level: str, message: str) -> None:
    said = json.loads(error_line(line))

    assert {**said, "time": ""} == {
        "time": "", "level": level, "source": "gateway", "version": __version__, "message": message
    }  # fmt: skip
    assert not line.startswith("2026") or said["time"].startswith("2026-11-30T12:00:00")


def test_on_a_terminal_an_error_stays_nginxs() -> None:
    assert error_line(ERROR) == ERROR
