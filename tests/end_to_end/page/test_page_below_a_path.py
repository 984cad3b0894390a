"""The page behind a proxy of the operator's that offers it below a path: nothing is asked of the root."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from tests.helpers.browsing import choose, look_for_others
from tests.helpers.running_server import Server
from tests.helpers.served import served

pytestmark = pytest.mark.slow

PREFIX = "/focal"
OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


class _Forward(BaseHTTPRequestHandler):
    server: Proxy

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if not self.path.startswith(f"{PREFIX}/"):
            return self.send_error(404)
        behind = http.client.HTTPConnection(self.server.behind)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        behind.request(self.command, self.path.removeprefix(PREFIX), body, dict(self.headers))
        with behind.getresponse() as answer:
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in OF_THE_CONNECTION:
                    self.send_header(name, value)
        behind.close()
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815 (http.server's name)

    def log_message(self, *arguments: object) -> None:
        pass


class Proxy(ThreadingHTTPServer):
    """Hands what is asked below the path on to a server, without the path, and notes what was asked."""

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), _Forward)
        self.behind = behind
        self.asked: list[str] = []


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    with served(Proxy(urlsplit(server.url).netloc)) as running:
        yield running


def test_a_photo_is_blurred_searched_and_saved_and_nothing_is_asked_of_the_root(page, proxy, cat):
    page.goto(f"http://127.0.0.1:{proxy.server_port}{PREFIX}/")
    choose(page, cat)
    look_for_others(page)
    page.fill("#strength", "0.06")
    with page.expect_download():
        page.click("#save .primary")
    page.wait_for_selector("#busy", state="hidden")
    assert page.is_hidden("#problem")
    assert [path for path in proxy.asked if not path.startswith(f"{PREFIX}/")] == []
