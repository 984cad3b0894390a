"""A page of another origin in a real Chromium: it may use the gateway only if the operator has named its origin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.helpers.gateways import gateway_that_allows
from tests.helpers.scripted_upstream import INFERENCE_KEY, MANAGEMENT_KEY, Reply, running_upstream
from tests.helpers.served import served

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
    with served(ThreadingHTTPServer(("127.0.0.1", 0), _BlankPage)) as site:
        yield f"http://127.0.0.1:{site.server_address[1]}"


@contextmanager
def gateway_for(*origins: str) -> Iterator[str]:
    """The address of a gateway that allows these origins, before a scripted TorchServe."""
    with running_upstream() as upstream:
        upstream.answer(Reply(headers={"content-type": "application/json", "X-Focal-Class": "tabby"}))
        keys = {"inference_key": INFERENCE_KEY, "management_key": MANAGEMENT_KEY}
        with gateway_that_allows(*origins, upstream=upstream.address, **keys) as url:
            yield url


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
