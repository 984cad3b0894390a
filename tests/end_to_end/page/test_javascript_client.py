"""The JavaScript client in a page of another origin, in a real Chromium, and under Node.js, against the real server."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import ROOT
from tests.helpers.gateways import gateway_that_allows
from tests.helpers.missing import installed
from tests.helpers.running_server import Server
from tests.helpers.served import served

pytestmark = pytest.mark.slow

CLIENT = ROOT / "clients" / "javascript" / "focal.js"
USE = """async ({ url, photo, key, Client }) => {
    const { Focal } = await import(Client);
    const focal = new Focal(url, key ? { apiKey: key } : {});
    const answer = await focal.blur(photo, { saliency: true, points: [[0.5, 0.4], { x: 0.05, y: 0.05, keep: false }] });
    const steps = {};
    const progress = (step, done, total) => (steps[step] = [done, total]);
    const picture = await focal.picture(photo, { format: "webp", target: "Egyptian", progress });
    const failure = (options) => focal.picture(photo, options).catch((why) => why);
    const reason = await failure({ signal: AbortSignal.abort("mine"), progress });
    const thrown = await failure({ progress: () => { throw new RangeError(); } });
    const again = await focal.reblur(photo, answer.mask, { strength: 0.1, class: answer.label });
    const [first] = await focal.explain(photo);
    const refusal = await focal.blur(new Blob(["This is no photo."])).catch((error) => error);
    const { label, probability, confidence } = answer;
    return {
        label, probability, confidence, steps, reason, thrown: thrown.name, bytes: picture.blurred.size,
        picture: picture.label, again: again.label, first: first.label,
        types: [answer.blurred, answer.mask, answer.saliency, picture.blurred, first.saliency].map(({ type }) => type),
        sizes: [answer.blurred, picture.blurred, again.blurred].map(({ size }) => size > 1000),
        refusal: [refusal.name, refusal.status, refusal.type],
    };
}"""


def assert_all_is_there(told: dict) -> None:
    assert told["label"] == told["again"] == told["first"] == "tiger cat"
    assert told["picture"] == "Egyptian cat"
    assert 0 < told["probability"] < 1
    assert 0 <= told["confidence"] <= 1
    assert told["types"] == ["image/jpeg", "image/jpeg", "image/jpeg", "image/webp", "image/jpeg"]
    assert told["sizes"] == [True] * 3
    assert told["steps"]["receiving"] == [told["bytes"], told["bytes"]]
    assert (told["reason"], told["thrown"]) == ("mine", "RangeError")
    assert told["refusal"] == ["FocalError", 415, "UnsupportedFormat"]


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def other_site(tmp_path_factory: pytest.TempPathFactory, cat: Path) -> Iterator[str]:
    """The origin of a site with a blank page, the client and a photo."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text("<!doctype html><title>An app</title>")
    shutil.copy(CLIENT, folder)
    shutil.copy(cat, folder / "cat.jpg")
    with served(ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=folder))) as site:
        yield f"http://127.0.0.1:{site.server_address[1]}"


@pytest.fixture
def allowing(server: Server, other_site: str) -> Iterator[str]:
    """The address of a gateway before the real TorchServe that allows the other site."""
    keys = server.keys
    with gateway_that_allows(
        other_site,
        upstream=urlsplit(server.inference_url).netloc,
        inference_key=keys.inference,
        management_key=keys.management,
    ) as url:
        yield url


def test_a_page_of_another_origin_uses_it_where_that_is_allowed(browser, other_site, allowing):
    page = browser.new_page()
    page.goto(other_site)
    use = f'async (given) => ({USE})({{ ...given, photo: await (await fetch("/cat.jpg")).blob() }})'

    told = page.evaluate(use, {"url": allowing, "Client": "/focal.js"})
    page.close()

    assert_all_is_there(told)
    sent, total = told["steps"]["sending"]
    assert sent == total > 10_000


def test_a_page_that_is_not_allowed_is_told_in_a_sentence(browser, other_site, server):
    page = browser.new_page()
    page.goto(other_site)
    ask = """async (url) => {
        const { Focal } = await import("/focal.js");
        return new Focal(url, { retries: 0 }).blur(new Blob(["a photo"])).catch(({ type, message }) => [type, message]);
    }"""

    kind, message = page.evaluate(ask, server.url)
    page.close()

    assert (kind, message) == ("Unreachable", f"{server.url} cannot be reached, or broke off: Failed to fetch.")


def test_it_works_under_node(server, cat):
    program = installed("node", "nodejs")
    script = f"""
        import {{ openAsBlob }} from "node:fs";
        const photo = await openAsBlob({json.dumps(str(cat))});
        const given = {{ url: {json.dumps(server.url)}, Client: {json.dumps(CLIENT.as_uri())}, photo }};
        console.log(JSON.stringify(await ({USE})(given)));
    """
    command = [program, "--input-type=module", "--eval", script]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert_all_is_there(told)
    assert "sending" not in told["steps"]
