"""A page of another origin in a real Chromium: it may use the gateway only if the operator has named its origin."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from server.gateway import Gateway
from server.gateway_settings import GatewaySettings
from server.ports import free_ports

from tests.helpers.scripted_upstream import INFERENCE_KEY, MANAGEMENT_KEY, Reply, running_upstream

ASK = """async (url) => {
    const init = { method: "POST", headers: { "Content-Type": "image/jpeg", "X-Request-Id": "from-afar" }, body: "x" };
    try {
        const answer = await fetch(url, init);
        return [answer.status, await answer.text(), answer.headers.get("X-Focal-Class")];
    } catch (error) {
        return error.name;
    }
}"""


class _BlankPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Another site</title>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def other_site() -> Iterator[str]:
    """The origin of a site with one blank page."""
    site = ThreadingHTTPServer(("127.0.0.1", 0), _BlankPage)
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{site.server_address[1]}"
    site.shutdown()
    site.server_close()
    thread.join()


@contextmanager
def gateway_for(*origins: str) -> Iterator[str]:
    """The address of a gateway that allows these origins, before a scripted TorchServe."""
    folder = Path(tempfile.mkdtemp(prefix="focal-gateway-"))
    folder.chmod(0o711)
    port, metrics_port = free_ports(2)
    with running_upstream() as upstream:
        upstream.answer(Reply(headers={"content-type": "application/json", "X-Focal-Class": "tabby"}))
        settings = GatewaySettings(
            inference_key=INFERENCE_KEY,
            management_key=MANAGEMENT_KEY,
            port=port,
            metrics_port=metrics_port,
            inference_address=upstream.address,
            cors_origins=origins,
            access_log=str(folder / "access.log"),
        )
        gateway = Gateway(settings, folder)
        gateway.start()
        yield f"http://127.0.0.1:{port}/"
        gateway.stop()
    shutil.rmtree(folder)


def asked_from(browser, site: str, url: str) -> object:
    page = browser.new_page()
    page.goto(site)
    answer = page.evaluate(ASK, url)
    page.close()
    return answer


def test_a_page_of_an_allowed_origin_posts_a_photo_and_reads_answer_and_headers(browser, other_site):
    with gateway_for(other_site) as url:
        assert asked_from(browser, other_site, url) == [200, '{"class":"tabby"}', "tabby"]


def test_a_page_of_any_other_origin_is_refused_by_the_browser(browser, other_site):
    with gateway_for("https://app.example.org") as url:
        assert asked_from(browser, other_site, url) == "TypeError"
