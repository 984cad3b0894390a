"""The page in a real Chromium, against the real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.helpers.chromium import chromium
from tests.helpers.npm import npm_package
from tests.helpers.running_server import Server

FAKE_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
OTHER_NAME = "focal.test"  # of this machine, for the browser: what is not loopback is trusted less
# What Chromium also logs: the status of an answer that is an error, which is the business of the test, and that it
# keeps no page of plain http: from another machine apart from others.
NOT_OF_THE_PAGE = ("Failed to load resource", "Cross-Origin-Opener-Policy header has been ignored")
# Chromium does not hand out a body that holds a file.
REMEMBER_WHAT_IS_SENT = """
window.sent = [];
const send = XMLHttpRequest.prototype.send;
XMLHttpRequest.prototype.send = function (form) { window.sent.push(form); return send.call(this, form); };
"""
AXE = "axe-core@4.11.0"
PATIENCE_MS = 120_000  # a calm machine needs a hundredth


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium(*FAKE_CAMERA, f"--host-resolver-rules=MAP {OTHER_NAME} 127.0.0.1") as launched:
        yield launched


@pytest.fixture
def open_page(browser: Any, server: Server) -> Iterator[Callable[..., Any]]:
    """Open the page in a fresh browser profile; whatever goes wrong in the page fails the test."""
    contexts, wrongs = [], []

    def note(message: Any) -> None:
        if message.type in ("error", "warning") and not any(text in message.text for text in NOT_OF_THE_PAGE):
            wrongs.append(message.text)

    def open_one(**options: Any) -> Any:
        contexts.append(browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options)))
        contexts[-1].add_init_script(REMEMBER_WHAT_IS_SENT)
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: wrongs.append(str(error)))
        page.on("console", note)
        page.goto(server.url)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert wrongs == []


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Any:
    return open_page()


@pytest.fixture(scope="session")
def cat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of a cat, 451 × 300."""
    from skimage import data

    path = tmp_path_factory.mktemp("photos") / "my cat.jpg"
    Image.fromarray(data.chelsea()).save(path, quality=92)
    return path


@pytest.fixture(scope="session")
def lawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of grass, 451 × 300, without a subject: Focal doubts its mask."""
    from skimage import data

    path = tmp_path_factory.mktemp("photos") / "lawn.jpg"
    Image.fromarray(data.grass()[:300, :451]).save(path, quality=92)
    return path


@pytest.fixture(scope="session")
def coffee(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of a cup of coffee, 600 × 400, of whose mask Focal is sure."""
    from skimage import data

    path = tmp_path_factory.mktemp("photos") / "coffee.jpg"
    Image.fromarray(data.coffee()).save(path, quality=92)
    return path


@pytest.fixture(scope="session")
def large_photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """6000 × 4200, smooth enough to be quick."""
    path = tmp_path_factory.mktemp("large") / "large.jpg"
    Image.linear_gradient("L").resize((6000, 4200)).convert("RGB").save(path, quality=50)
    return path


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest) -> Path:
    """axe-core's script, fetched once by npm into pytest's cache."""
    return npm_package(request.config, AXE) / "axe.min.js"
