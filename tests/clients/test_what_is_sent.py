"""What the Python client takes for a photo, sends of it and tells of it; both clients, the sync and the async one."""

from __future__ import annotations

import asyncio
import io
from collections import UserList
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from focal_client import AsyncFocal, Focal, FocalError, Picture
from focal_client.client import Server
from PIL import Image

from tests.helpers.scripted_server import JPEG, Reply, ScriptedServer, answer, error

Ask = Callable[..., Any]
KINDS = ["sync", "async"]


@pytest.fixture(params=KINDS)
def ask(request: pytest.FixtureRequest, server: ScriptedServer, pauses: list[float]) -> Ask:
    """Call a method of a client that notes its pauses: ask("blur", photo, strength=0.1, server={"url": …})."""

    async def pause(pause_s: float) -> None:
        pauses.append(pause_s)

    def call(method: str, *arguments: Any, client: dict[str, Any] | None = None, **options: Any) -> Any:
        about = {"url": server.url, **(client or {})}
        if request.param == "sync":
            return getattr(Focal(**about, sleep=pauses.append), method)(*arguments, **options)
        return asyncio.run(getattr(AsyncFocal(**about, sleep=pause), method)(*arguments, **options))

    return call


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def decoded(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image)


PIXELS = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)


class TestPhotos:
    def test_a_path_bytes_or_an_open_file_is_sent_as_it_is(self, server, ask, tmp_path):
        path = tmp_path / "photo.jpg"
        path.write_bytes(b"a photo")
        with path.open("rb") as file:
            for photo in (path, str(path), b"a photo", bytearray(b"a photo"), memoryview(b"a photo"), file):
                ask("picture", photo)
                assert server.last == {"img": b"a photo"}

    @pytest.mark.parametrize("form", ["PIL", "numpy"])
    def test_an_image_or_an_array_is_sent_with_every_pixel(self, server, ask, form):
        ask("blur", Image.fromarray(PIXELS) if form == "PIL" else PIXELS)
        assert (decoded(server.last["img"]) == PIXELS).all()

    @pytest.mark.parametrize(
        "array",
        [
            PIXELS[..., 0],
            PIXELS[:, ::-2],
            np.dstack([PIXELS, PIXELS[..., :1]]),
            PIXELS[..., 0].astype(np.uint16) * 257,
            (PIXELS[..., 0].astype(np.uint16) * 257).astype(">u2"),
            PIXELS[..., 0] > 127,
        ],
        ids=lambda array: f"{array.dtype} {array.shape}",
    )
    def test_masks_and_maps_may_be_arrays_of_their_own_kinds(self, server, ask, array):
        ask("reblur", b"a photo", array)
        assert (decoded(server.last["maskImage"]) == array).all()

    def test_an_images_profile_and_orientation_go_along(self, server, ask):
        image = Image.fromarray(PIXELS)
        image.info["icc_profile"] = b"a profile"
        image.getexif()[0x0112] = 6
        ask("blur", image)
        with Image.open(io.BytesIO(server.last["img"])) as sent:
            assert (sent.info["icc_profile"], sent.getexif()[0x0112]) == (b"a profile", 6)

    @pytest.mark.parametrize(
        ("photo", "kind", "sentence"),
        [
            (PIXELS.astype(float), ValueError, r"A numpy array must be uint8 .*, not <f8 of shape \(5, 7, 3\)\."),
            (PIXELS[..., :2], ValueError, r"not \|u1 of shape \(5, 7, 2\)"),
            (Image.new("CMYK", (2, 2)), ValueError, "A PNG cannot keep a PIL image of mode CMYK; send its file"),
            (io.StringIO("text"), TypeError, "must be open for reading bytes"),
            (7, TypeError, r"A photo is a path, .*, not int\."),
            (b"", ValueError, r"^The file is empty\.$"),
            (None, TypeError, r"A photo is a path, .*, not NoneType\."),
            (
                "/9j/" * 2000,
                ValueError,
                r"^Text is taken for a path, and this is too long for one; decode base64 first\.$",
            ),
        ],
        ids=lambda value: "" if isinstance(value, np.ndarray) else None,
    )
    def test_what_is_no_photo_is_refused_in_a_sentence_and_not_sent(self, server, ask, photo, kind, sentence):
        with pytest.raises(kind, match=sentence):
            ask("blur", photo)
        with pytest.raises(kind, match=sentence):
            ask("reblur", b"a photo", photo)
        assert server.seen == []


class TestOptions:
    def test_each_is_written_as_a_form_has_it(self, server, ask):
        points = [[0.5, 0.25], {"x": 0.1, "y": 0.2, "keep": False}]
        ask("picture", b"a photo", strength=0.06, target=281, grain=False, point=(0.5, 0.25), points=points)
        assert server.last == {
            "img": b"a photo",
            "strength": "0.06",
            "target": "281",
            "grain": "false",
            "point": "0.5,0.25",
            "points": '[[0.5, 0.25], {"x": 0.1, "y": 0.2, "keep": false}]',
        }

    def test_numpys_numbers_and_arrays_are_written_as_pythons_are(self, server, ask):
        plain = {"strength": 0.0625, "target": 281, "grain": False, "point": (0.5, 0.25), "points": [[0.5, 0.25]]}
        ask("picture", b"a photo", **plain)
        expected = server.last
        ask("picture", b"a photo", strength=np.float32(0.0625), target=np.int64(281), grain=np.bool_(False),
            point=(np.float32(0.5), np.float64(0.25)), points=np.array([[0.5, 0.25]]))  # fmt: skip
        assert server.last == expected
        ask("picture", b"a photo", point=np.array([0.5, 0.25]))
        assert server.last["point"] == expected["point"]
        server.reply = lambda request, before: Reply(b'{"explanations": []}')
        ask("explain", b"a photo", targets=np.array([281, 282]))
        assert server.last["targets"] == "[281, 282]"

    def test_any_sequence_is_written_as_a_list_is(self, server, ask):
        ask("picture", b"a photo", point=UserList([0.5, 0.25]), points=UserList([UserList([0.5, 0.25])]))
        assert server.last == {"img": b"a photo", "point": "0.5,0.25", "points": "[[0.5, 0.25]]"}

    def test_a_value_that_a_form_cannot_hold_is_refused(self, server, ask):
        with pytest.raises(TypeError, match=r"^No option is a set\.$"):
            ask("picture", b"a photo", points={0.5})
        assert server.seen == []

    def test_one_that_is_none_is_not_sent(self, server, ask):
        ask("picture", b"a photo", strength=None, depth_image=None)
        assert server.last == {"img": b"a photo"}
        ask("reblur", b"a photo", b"a mask", **{"class": None, "probability": None})  # of an answer without a network
        assert server.last == {"img": b"a photo", "maskImage": b"a mask"}

    @pytest.mark.parametrize("method", ["blur", "picture"])
    def test_fields_of_the_answer_cannot_be_left_out(self, server, ask, method):
        with pytest.raises(ValueError, match="An answer is read as a whole here: leave out fields"):
            ask(method, b"a photo", fields="class")
        assert server.seen == []

    def test_a_number_that_is_none_is_not_sent(self, server, ask):
        for options in ({"strength": float("nan")}, {"points": [[0.5, float("inf")]]}):
            with pytest.raises(ValueError, match=r"^An option's numbers must be finite; there is one that is not\.$"):
                ask("blur", b"a photo", **options)
        assert server.seen == []

    @pytest.mark.parametrize("headers", [{"X-Note": "a\nb"}, {"X-Note\r": "a"}, {"X-Note": "\0"}])
    def test_a_header_that_would_break_the_request_is_refused_at_once(self, server, headers):
        for client in (Focal, AsyncFocal):
            with pytest.raises(ValueError, match=r"^The header 'X-Note.* holds a line break or a null character\.$"):
                client(server.url, headers=headers)


class TestPictures:
    def test_a_picture_comes_without_base64_and_what_is_known_in_headers(self, server, ask):
        assert ask("picture", b"a photo", format="jpeg") == Picture(
            label="tiger cat", probability=0.5625, blurred=JPEG + b"blurredImage ", format="jpeg"
        )
        assert (server.seen[0][1]["Accept"], server.last["format"]) == ("image/*", "jpeg")

    def test_without_a_network_nothing_is_named(self, server, ask):
        server.reply = lambda request, before: answer(**{"class": None, "probability": None})
        assert ask("picture", b"a photo", mask="none").label is None

    def test_an_answer_that_is_no_picture_is_not_focals(self, server, ask):
        server.reply = lambda request, before: Reply(b"<html>Welcome</html>")
        with pytest.raises(FocalError, match="gave an answer that is not Focal's"):
            ask("picture", b"a photo")


class TestProgress:
    @pytest.mark.parametrize("method", ["blur", "picture"])
    def test_every_byte_of_photo_and_answer_is_told(self, server, ask, method):
        server.reply = lambda request, before: answer("x" * 300_000)
        told: list[tuple[str, int, int | None]] = []
        ask(method, bytes(200_000) + b"a photo", progress=lambda *step: told.append(step))
        assert server.last["img"].endswith(b"a photo")
        for name in ("sending", "receiving"):
            steps = [(done, total) for step, done, total in told if step == name]
            assert len(steps) > 2
            assert sorted(steps) == steps
            assert steps[-1][0] == steps[-1][1] > 200_000
        assert [step for step, _, _ in told] == sorted((step for step, _, _ in told), reverse=True)


class TestKeys:
    def test_a_key_is_sent_as_bearer_and_never_shown(self, server, ask):
        ask("blur", b"a photo", client={"api_key": "focal_secret"})
        assert server.seen[0][1]["Authorization"] == "Bearer focal_secret"
        assert "secret" not in repr(Focal(server.url, api_key="focal_secret"))

    @pytest.mark.parametrize("key", ["", "two words", "line\n", "schlüssel"])
    def test_what_cannot_be_a_key_is_refused(self, key):
        with pytest.raises(ValueError, match="holds a character that no key has") as refusal:
            Server("http://localhost", api_key=key)
        assert not key or key not in str(refusal.value)

    @pytest.mark.parametrize(
        "more", [{"headers": {"authorization": "Basic x"}}, {"url": "http://me:pass@localhost"}], ids=str
    )
    def test_a_key_and_other_credentials_are_not_both_sent(self, more):
        with pytest.raises(ValueError, match="give the key as the header X-Api-Key"):
            Server(**{"url": "http://localhost", **more}, api_key="key")

    def test_a_name_and_a_password_in_the_address_are_sent(self, server, ask):
        ask("blur", b"a photo", client={"url": server.url.replace("//", "//me:p%40ss@")})
        assert server.seen[0][1]["Authorization"] == "Basic bWU6cEBzcw=="

    @pytest.mark.parametrize(
        "url",
        [
            *("http://host:99999", "http://host:port", "http://", "ftp://me:secret@host"),
            *("http://me:secret@[::1", "http://two words", "http://host\n"),
        ],
    )
    def test_what_is_no_address_is_refused(self, url):
        with pytest.raises(ValueError, match="is not a server's address") as refusal:
            Server(url)
        assert "secret" not in str(refusal.value)


class TestRetries:
    @pytest.mark.parametrize("status", [429, 503])
    def test_a_busy_server_is_asked_again_after_what_it_says(self, server, ask, pauses, status):
        busy = error(status, "Overloaded", Retry_After="7")
        server.reply = lambda request, before: busy if before < 2 else answer()
        assert ask("blur", b"a photo").label == "tiger cat"
        assert len(pauses) == 2
        assert all(7 < pause < 9 for pause in pauses)

    def test_a_connection_that_breaks_off_is_tried_again(self, server, ask, pauses):
        whole = answer()
        cut = Reply(whole.body, headers={"Content-Length": str(len(whole.body) + 1), "Connection": "close"})
        server.reply = lambda request, before: cut if before < 2 else whole
        assert ask("blur", b"a photo").label == "tiger cat"
        assert len(pauses) == 2

    def test_a_server_that_is_not_there_is_tried_three_times(self, ask, pauses, unused_url):
        with pytest.raises(FocalError, match=f"{unused_url} is unreachable: ") as failure:
            ask("blur", b"a photo", client={"url": unused_url})
        assert (failure.value.type, len(pauses)) == ("Unreachable", 2)

    def test_other_errors_are_final_and_in_the_servers_words(self, server, ask, pauses):
        server.reply = lambda request, before: error(422, "UndecodablePhoto", "The photo is broken inside.")
        with pytest.raises(FocalError, match=r"^The photo is broken inside\. \(UndecodablePhoto, 422\)$"):
            ask("blur", b"a photo")
        assert (len(server.seen), pauses) == (1, [])

    def test_a_silent_server_is_left_after_the_timeout(self, server, ask):
        import threading

        done = threading.Event()
        server.reply = lambda request, before: (done.wait(10), answer())[1]
        with pytest.raises(FocalError, match=r"was silent for 0\.2 s"):
            ask("blur", b"a photo", client={"timeout_s": 0.2})
        done.set()
