"""client.py as a library, against a server that answers as a script tells it to."""

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import fields, replace
from email.utils import formatdate
from time import time
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from focal.api import openapi

from client import Blurred, Explaining, Explanation, Focal, FocalError, Options, Reblurring
from tests.helpers.declared import without_null
from tests.helpers.scripted_server import JPEG, PNG, Reply, ScriptedServer, answer, as_base64, error

BUSY = [error(429, "RateLimited"), error(503, "Overloaded"), error(503, "NotReady")]


@pytest.fixture
def focal(server: ScriptedServer, pauses: list[float]) -> Focal:
    """A client that notes its pauses instead of sleeping."""
    return Focal(server.url, sleep=pauses.append)


def in_turn(*replies: Reply) -> Callable[[dict[str, Any], int], Reply]:
    """One reply after the other, the last one for ever."""
    return lambda request, before: replies[min(before, len(replies) - 1)]


def always(reply: Reply) -> Callable[[dict[str, Any], int], Reply]:
    return in_turn(reply)


class TestAnswers:
    def test_all_that_the_server_says_is_there(self, focal):
        assert focal.blur(b"a photo", saliency=True) == Blurred(
            label="tiger cat",
            probability=0.5625,
            blurred=JPEG + b"blurredImage ",
            mask=JPEG + b"maskImage ",
            saliency=JPEG + b"unblurredMask ",
            format="jpeg",
        )

    def test_the_saliency_is_neither_asked_for_nor_there_unless_it_is_wanted(self, server, focal):
        assert focal.blur(b"a photo").saliency is None
        assert server.last["fields"] == "class,probability,blurredImage,maskImage"
        focal.blur(b"a photo", saliency=True)
        assert "fields" not in server.last

    @pytest.mark.parametrize(("magic", "expected"), [(JPEG, "jpeg"), (PNG, "png"), (b"RIFF....WEBP", "webp")])
    def test_the_format_is_that_of_the_bytes(self, server, focal, magic, expected):
        server.reply = always(answer(magic=magic))
        assert focal.blur(b"a photo").format == expected

    def test_a_photo_may_be_bytes_or_lie_at_a_path(self, server, focal, tmp_path):
        path = tmp_path / "photo.jpg"
        path.write_bytes(b"a photo")
        for photo in (b"a photo", path, str(path)):
            focal.picture(photo, strength=0.1)
            assert server.last == {"img": b"a photo", "strength": "0.1"}

    def test_an_explanation_has_class_index_probability_and_map(self, server, focal):
        entry = {"class": "tabby", "index": 281, "probability": 0.25, "maskConfidence": 0.5}
        entry["saliency"] = as_base64(PNG)
        server.reply = always(Reply(json.dumps({"explanations": [entry, {**entry, "index": 282}]}).encode()))
        assert focal.explain(b"a photo") == [Explanation("tabby", index, 0.25, PNG, 0.5) for index in (281, 282)]
        assert server.seen[0][0] == "/explanations/focal"

    def test_an_explanation_takes_its_options_but_no_archive(self, server, focal):
        server.reply = always(Reply(b'{"explanations": []}'))
        assert focal.explain(b"a photo", targets=[281, 282], k=2, method="gradient") == []
        assert server.last == {"img": b"a photo", "targets": "[281, 282]", "k": "2", "method": "gradient"}
        with pytest.raises(ValueError, match="explain reads pictures"):
            focal.explain(b"a photo", output="npz")

    @pytest.mark.parametrize("path", ["", "/", "/predictions/focal", "/predictions/focal/"])
    def test_the_address_may_name_the_server_or_its_prediction(self, server, path):
        Focal(server.url.removeprefix("http://") + path).blur(b"a photo")
        assert server.seen[0][0] == "/predictions/focal"

    def test_threads_may_share_a_client(self, server, focal):
        server.reply = lambda request, before: answer(request["img"].decode())
        answers: dict[int, bytes] = {}
        threads = [
            threading.Thread(target=lambda n=n: answers.update({n: focal.blur(str(n).encode()).blurred}))
            for n in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == {n: JPEG + f"blurredImage {n}".encode() for n in range(16)}

    def test_a_secret_header_is_sent_but_never_shown(self, server):
        focal = Focal(server.url, headers={"Authorization": "Bearer secret"})
        focal.blur(b"a photo")
        assert server.seen[0][1]["Authorization"] == "Bearer secret"
        assert "secret" not in repr(focal)


class TestCredentials:
    """What a caller gives wins over what a library finds: here in ~/.netrc, under another name of the same machine."""

    @pytest.fixture
    def url(self, server, tmp_path, monkeypatch) -> str:
        (tmp_path / "netrc").write_text("machine 0.0.0.0 login found password found\n")
        (tmp_path / "netrc").chmod(0o600)
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        return server.url.replace("127.0.0.1", "0.0.0.0")

    @staticmethod
    def basic(words: str) -> str:
        return f"Basic {base64.b64encode(words.encode()).decode()}"

    @pytest.mark.parametrize("name", ["Authorization", "authorization"])
    def test_a_header_wins_over_netrc(self, server, url, name):
        Focal(url, headers={name: "Bearer given"}).blur(b"a photo")
        assert {key.lower(): value for key, value in server.seen[0][1].items()}["authorization"] == "Bearer given"

    @pytest.mark.parametrize(("words", "sent"), [("me:p%40ss", "me:p@ss"), ("me", "me:"), ("m%C3%A9:x", "mé:x")])
    def test_a_name_and_a_password_in_the_address_win_over_netrc(self, server, url, words, sent):
        Focal(url.replace("//", f"//{words}@")).blur(b"a photo")
        assert server.seen[0][1]["Authorization"] == self.basic(sent)

    def test_a_header_wins_over_the_address(self, server, url):
        Focal(url.replace("//", "//me:pass@"), headers={"Authorization": "Bearer given"}).blur(b"a photo")
        assert server.seen[0][1]["Authorization"] == "Bearer given"

    def test_netrc_counts_where_nothing_was_given(self, server, url):
        Focal(url).blur(b"a photo")
        assert server.seen[0][1]["Authorization"] == self.basic("found:found")

    def test_a_password_in_the_address_is_never_shown(self, unused_url):
        focal = Focal(unused_url.replace("//", "//me:secret@"))
        with pytest.raises(FocalError, match="is unreachable") as caught:
            focal.blur(b"a photo")
        assert "secret" not in caught.value.message + repr(focal)


class TestBusyServer:
    @pytest.mark.parametrize("busy", BUSY, ids=lambda reply: str(reply.status))
    def test_a_busy_server_is_asked_again(self, server, focal, pauses, busy):
        server.reply = in_turn(busy, busy, answer())
        assert focal.blur(b"a photo").label == "tiger cat"
        assert len(pauses) == 2

    @pytest.mark.parametrize("after", [lambda: "40", lambda: formatdate(time() + 50, usegmt=True)])
    def test_retry_after_in_seconds_or_as_a_date_is_the_least_pause(self, server, focal, pauses, after):
        server.reply = in_turn(error(429, "RateLimited", Retry_After=after()), answer())
        focal.blur(b"a photo")
        assert 40 <= pauses[0] <= 50.5

    @pytest.mark.parametrize("after", ["soon", "-5", "", "Mon, 32 Feb 2026", "Thu, 01 Jan 1970 00:00:00 GMT"])
    def test_a_retry_after_that_says_nothing_means_the_usual_pause(self, server, focal, pauses, after):
        server.reply = in_turn(error(503, "Overloaded", Retry_After=after), answer())
        focal.blur(b"a photo")
        assert 0.25 <= pauses[0] <= 0.5

    def test_pauses_double_and_differ_between_clients(self, server, pauses):
        server.reply = always(BUSY[1])
        firsts = set()
        for _ in range(5):
            pauses.clear()
            with pytest.raises(FocalError):
                Focal(server.url, retries=3, sleep=pauses.append).blur(b"a photo")
            assert all(0.25 * 2**n <= pause <= 0.5 * 2**n for n, pause in enumerate(pauses))
            firsts.add(pauses[0])
        assert len(firsts) == 5

    def test_after_the_last_try_the_servers_words_are_raised(self, server, focal, pauses):
        server.reply = always(error(503, "Overloaded", "Too many photos at once.", Retry_After="1"))
        with pytest.raises(FocalError, match=r"^Too many photos at once\. \(Overloaded, 503\)$") as refusal:
            focal.blur(b"a photo")
        assert (refusal.value.code, refusal.value.type, refusal.value.retry_after) == (503, "Overloaded", 1.0)
        assert (len(server.seen), len(pauses)) == (5, 4)

    @pytest.mark.parametrize("after", ["3600", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
    def test_a_pause_beyond_patience_is_reported_not_waited_for(self, server, focal, pauses, after):
        server.reply = always(error(429, "RateLimited", Retry_After=after))
        with pytest.raises(FocalError) as refusal:
            focal.blur(b"a photo")
        assert refusal.value.retry_after >= 3599
        assert pauses == []

    def test_other_errors_are_final(self, server, focal, pauses):
        server.reply = always(error(504, "TimedOut", Retry_After="1"))
        with pytest.raises(FocalError, match="TimedOut, 504"):
            focal.blur(b"a photo")
        assert (len(server.seen), pauses) == (1, [])


class TestNoUsableAnswer:
    @pytest.mark.parametrize(
        "reply",
        [
            Reply(b"<html>Welcome</html>"),
            Reply(b"\xff\xfe\x00"),
            Reply(b"[" * 100_000),
            Reply(b"[]"),
            Reply(b"{}"),
            answer(probability=None),
            answer(probability="likely"),
            answer(maskImage=None),
            answer(maskImage=as_base64(JPEG) + "!"),
            answer(blurredImage=as_base64(b"not an image")),
        ],
        ids=lambda reply: repr(reply.body[-40:]),
    )
    def test_an_answer_that_is_not_focals_is_named_so(self, server, focal, reply):
        server.reply = always(reply)
        with pytest.raises(FocalError, match="gave an answer that is not Focal's") as failure:
            focal.blur(b"a photo")
        assert (failure.value.code, failure.value.type) == (0, "BadAnswer")

    def test_an_error_page_that_is_not_focals_shows_its_status(self, server, focal):
        server.reply = always(Reply(b"<html>nginx</html>", 502))
        with pytest.raises(FocalError, match=r"^The server said: Bad Gateway\. \(HTTP, 502\)$"):
            focal.blur(b"a photo")

    def test_a_redirect_is_not_followed(self, server, focal):
        server.reply = always(Reply(b"", 301, {"Location": server.url}))
        with pytest.raises(FocalError, match="HTTP, 301"):
            focal.blur(b"a photo")
        assert len(server.seen) == 1

    def test_a_truncated_answer_is_no_answer(self, server, focal):
        whole = answer()
        server.reply = always(
            replace(whole, headers={"Content-Length": str(len(whole.body) + 1), "Connection": "close"})
        )
        with pytest.raises(FocalError, match="broke off") as failure:
            focal.blur(b"a photo")
        assert failure.value.type == "NoAnswer"

    def test_a_server_that_is_not_there_is_said_to_be_unreachable(self, unused_url):
        with pytest.raises(FocalError, match=r"is unreachable: .*Connection refused") as failure:
            Focal(unused_url).blur(b"a photo")
        assert failure.value.type == "Unreachable"

    def test_a_server_without_tls_is_said_to_be_unreachable_over_https(self, server):
        with pytest.raises(FocalError, match="is unreachable"):
            Focal(server.url.replace("http", "https")).blur(b"a photo")

    def test_a_silent_server_is_left_after_the_timeout(self, server):
        done = threading.Event()
        server.reply = lambda request, before: (done.wait(10), answer())[1]
        with pytest.raises(FocalError, match=r"was silent for 0\.2 s") as failure:
            Focal(server.url, timeout_s=0.2).blur(b"a photo")
        done.set()
        assert failure.value.type == "TimedOut"

    def test_a_photo_that_cannot_be_read_never_troubles_the_server(self, server, focal, tmp_path):
        with pytest.raises(FileNotFoundError):
            focal.blur(tmp_path / "missing.jpg")
        assert server.seen == []


class TestProxies:
    def test_a_proxy_is_not_asked_for_this_machine(self, server, focal, unused_url, monkeypatch):
        monkeypatch.setenv("http_proxy", unused_url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert focal.blur(b"a photo").label == "tiger cat"

    def test_a_proxy_is_asked_for_other_machines(self, server, monkeypatch):
        monkeypatch.setenv("http_proxy", server.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        Focal("http://focal.example").blur(b"a photo")
        assert server.seen[0][0] == "http://focal.example/predictions/focal"


class TestSteering:
    def test_a_mask_is_sent_back_and_what_is_unknown_is_none(self, server, focal):
        unknown = {"class": None, "probability": None, "unblurredMask": None}
        server.reply = always(answer(**unknown))
        blurred = focal.reblur(b"a photo", b"a mask", strength=0.1, bokeh="lens")
        assert (blurred.label, blurred.probability, blurred.saliency) == (None, None, None)
        sent = {"img": b"a photo", "maskImage": b"a mask", "strength": "0.1", "bokeh": "lens"}
        assert server.last == sent

    def test_what_an_earlier_answer_said_is_sent_along(self, server, focal):
        focal.reblur(b"a photo", b"a mask", **{"class": "tabby", "probability": 0.5})
        assert server.last.items() >= {"class": "tabby", "probability": "0.5"}.items()

    def test_what_the_result_lacks_is_read_from_its_header(self, server, focal):
        server.reply = always(replace(answer(), headers={"X-Focal-Dropped": "gain-map"}))
        assert focal.blur(b"a photo", metadata="basic").dropped == "gain-map"
        assert server.last["metadata"] == "basic"

    def test_a_map_of_depth_is_sent_along_and_what_became_of_it_is_read(self, server, focal):
        headers = {"X-Focal-Depth": "image", "X-Focal-Focus": "0.75", "X-Focal-Portrait": "rendered"}
        server.reply = always(replace(answer(), headers=headers))
        blurred = focal.blur(b"a photo", saliency=True, depth_image=b"a map", depthNear="black", focus=0.75)
        assert (blurred.depth, blurred.focus, blurred.by_matte, blurred.portrait) == ("image", 0.75, False, "rendered")
        sent = {"img": b"a photo", "depthImage": b"a map", "depthNear": "black", "focus": "0.75"}
        assert server.last == sent

    def test_without_a_mask_nothing_is_named(self, server, focal):
        unnamed = {"class": None, "probability": None, "unblurredMask": None}
        server.reply = always(answer(**unnamed))
        assert focal.blur(b"a photo", depth_image=b"a map", mask="none").label is None
        with pytest.raises(FocalError):
            focal.blur(b"a photo")

    def test_confidence_and_fallback_are_read_from_the_headers(self, server, focal):
        headers = {"X-Focal-Mask-Confidence": "0.125", "X-Focal-Fallback": "gentle"}
        server.reply = always(replace(answer(), headers=headers))
        blurred = focal.blur(b"a photo", point=[0.5, 0.25])
        assert (blurred.confidence, blurred.gentle) == (0.125, True)
        assert server.last["point"] == "0.5,0.25"


class TestTypes:
    """client.py stands alone, so it repeats the schema; here it is held to it."""

    @staticmethod
    def declared(hint: Any) -> dict[str, Any]:
        """The JSON type of a hint, as the schema would say it."""
        if get_origin(hint) is Literal:
            return {"type": "string", "enum": list(get_args(hint))}
        if get_origin(hint) is UnionType:
            kinds = [TestTypes.declared(each) for each in get_args(hint) if each is not type(None)]
            return {"anyOf": kinds} if len(kinds) > 1 else kinds[0]
        return {"type": {bool: "boolean", int: "integer", float: "number", str: "string"}.get(hint, "array")}

    @pytest.mark.parametrize(
        ("typed", "schema"),
        [(Options, "Request"), (Reblurring, "Request"), (Explaining, "ExplanationRequest")],
    )
    def test_what_may_be_sent_is_what_the_document_says(self, typed, schema):
        properties = openapi.document()["components"]["schemas"][schema]["properties"]
        hints = get_type_hints(typed)
        if typed is Explaining:
            assert set(hints) == set(properties) - {"img"}
            assert hints.pop("output") == Literal["png"]  # an npz archive is no list of pictures
        for name, hint in hints.items():
            declared, said = self.declared(hint), without_null(properties[name])
            assert declared.keys() & {"enum", "anyOf"} == said.keys() & {"enum", "anyOf"}, name
            if "anyOf" in said:
                assert declared["anyOf"] == [{"type": each["type"]} for each in said["anyOf"]]
            else:
                assert declared["type"] in (said["type"], *said["type"]), name
                assert declared.get("enum") == said.get("enum"), name

    def test_all_that_may_be_sent_is_typed(self):
        properties = openapi.document()["components"]["schemas"]["Request"]["properties"]
        images = {"img", "maskImage", "depthImage"}
        sent = images | {"fields"}  # a client's answer always has all fields
        assert set(Options.__annotations__) | set(Reblurring.__annotations__) | sent == set(properties)

    def test_all_that_an_answer_says_is_read(self):
        properties = openapi.document()["components"]["schemas"]["Answer"]["properties"]
        assert len(properties) == 5
        assert {field.name for field in fields(Blurred)} == {
            *("label", "probability", "blurred", "mask", "saliency"),  # the five
            *("format", "confidence", "people", "gentle", "dropped"),
            *("depth", "focus", "by_matte", "portrait"),
        }
