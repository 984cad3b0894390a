"""What the tests of the page do with it again and again."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def choose(page: Any, path: Path | dict[str, Any]) -> None:
    page.set_input_files("#file", path)
    page.wait_for_selector("#stage.done:not([data-preview=pending])")


def look_for_others(page: Any) -> None:
    """Have the page look for what else may be kept."""
    page.click("summary")
    page.wait_for_selector("#choices[aria-busy=false]")


def pixels(page: Any, canvas: str) -> np.ndarray:
    """What a canvas shows, uint8 (H, W, 4)."""
    url = page.evaluate(
        """(id) => { const shown = document.getElementById(id);
        const copy = Object.assign(document.createElement("canvas"), { width: shown.width, height: shown.height });
        copy.getContext("2d").drawImage(shown, 0, 0);
        return copy.toDataURL(); }""",
        canvas,
    )
    return np.array(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGBA"))


def encoded(image: Image.Image, image_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def next_frame(page: Any) -> None:
    """Wait for the next frame."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def next_picture(page: Any) -> None:
    """Wait for the next frame, and for the picture of the photo in hand that it asks for."""
    next_frame(page)
    page.wait_for_selector("#stage:not([data-preview=pending])", state="attached")


def sent(page: Any) -> list[dict[str, Any]]:
    """The options of each request so far, and the width and height of its photo."""
    forms: list[dict[str, Any]] = page.evaluate(
        """() => Promise.all(sent.map(async (form) => {
            const { width, height } = await createImageBitmap(form.get("img"));
            const fields = [...form].map(([name, value]) => [name, value instanceof Blob ? "file" : value]);
            return { ...Object.fromEntries(fields), img: undefined, width, height };
        }))"""
    )
    return forms


def hold_back_the_next_photo(page: Any) -> None:
    """Never let the next photo come to the server."""
    held: list[Any] = []

    def handle(route: Any) -> None:
        if route.request.method == "POST" and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/*", handle)


def at(page: Any, x: float, y: float) -> tuple[float, float]:
    """Where a place of the photo, in fractions, is on the screen."""
    box = page.locator("#view").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(page: Any, *places: tuple[float, float]) -> None:
    """Drag the mouse over places of the photo."""
    page.mouse.move(*at(page, *places[0]))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*at(page, *place), steps=5)
    page.mouse.up()


def draw(page: Any, *places: tuple[float, float]) -> None:
    """The same, until it is seen."""
    drag(page, *places)
    next_picture(page)


def mask_on(page: Any) -> np.ndarray:
    """The mask that is shown as an overlay, uint8 (H, W)."""
    return pixels(page, "mask-layer")[..., 0]


def zoom_of(page: Any) -> float:
    """How many times as large as the stage the photo is, along the side that fills it first."""
    photo, stage = (page.locator(name).bounding_box() for name in ("#view", "#stage"))
    return max(photo[side] / stage[side] for side in ("width", "height"))


class Fingers:
    """Fingers on a page's stage."""

    def __init__(self, page: Any) -> None:
        self.page, self.session = page, page.context.new_cdp_session(page)

    def touch(self, kind: str, *places: tuple[float, float]) -> None:
        """Have fingers touch the stage at these places; kind is touchStart, touchMove or touchEnd."""
        box = self.page.locator("#stage").bounding_box()
        points = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"], "id": i}
            for i, (x, y) in enumerate(places)
        ]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        next_picture(self.page)
