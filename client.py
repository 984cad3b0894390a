"""Focal's client: a Focal server keeps the subject of each photo sharp and blurs its background.

    python3 client.py http://127.0.0.1:8000 photo.jpg                        # writes out.jpg
    python3 client.py http://127.0.0.1:8000 photo.jpg portrait.png --options strength=0.06 bokeh=gaussian
    python3 client.py http://127.0.0.1:8000 holiday/ more.jpg --out blurred --save-masks
    python3 client.py http://127.0.0.1:8000 photo.jpg --depth map.png --options focus=0.8
    python3 client.py http://127.0.0.1:8000 - < photo.jpg > blurred.jpg      # or - out.png, or photo.jpg -

An API key, where the server wants one, is read from the variable FOCAL_API_KEY.

Exit codes: 0 all blurred, 1 some failed (one line each on stderr), 2 the call makes no sense, 130 interrupted.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (an old Python says so)
    sys.exit(f"client.py needs Python 3.11 or newer; this is {sys.version.split()[0]} at {sys.executable}.")

import signal

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until `command`, Ctrl-C ends it without a word

import argparse
import json
import os
import re
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from errno import ENAMETOOLONG
from functools import partial
from http.client import responses as phrases
from io import BytesIO
from itertools import chain, count
from pathlib import Path
from random import SystemRandom
from typing import Any, Generic, Literal, NoReturn, Protocol, TextIO, TypedDict, TypeVar, Unpack
from urllib.parse import unquote, urlsplit

try:
    import requests
    from urllib3.filepost import encode_multipart_formdata  # which comes with requests
except ModuleNotFoundError:
    if __name__ != "__main__":
        raise
    sys.exit(f"client.py needs the package requests, which is missing: {sys.executable} -m pip install requests")

COMMAND = "focal-client" if __package__ else "client.py"  # as a module of the package, or as a file
CONNECT_S = 5.0
CONNECTION_RETRIES = 2  # of a server that cannot be reached or breaks off: most that does not come back soon stays away
LONGEST_PAUSE_S = 60.0  # a server that asks for more is reported, not waited for
BACKOFF_S = 0.5  # doubles with each try; jittered, so that clients turned away together do not return together
PIECE_BYTES = 65536  # of an answer, between two calls of a progress
SAME_FOR_ALL = ("Unreachable", "InvalidOption", "NotFound", "MethodNotAllowed", "Unauthorized", "Forbidden")

Format = Literal["jpeg", "png", "webp"]
MAGIC: Mapping[Format, bytes] = {"jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n", "webp": b"RIFF"}
FORMAT = {".jpg": "jpeg", ".jpeg": "jpeg", ".jpe": "jpeg", ".jfif": "jpeg", ".png": "png", ".webp": "webp"}
PHOTOS = {*FORMAT, ".jfi", ".jif", ".pjpeg", ".pjp", ".mpo", ".apng", ".gif", ".bmp", ".dib", ".tif", ".tiff"}
PHOTOS |= {".avif", ".avifs", ".heic", ".heics", ".heif", ".heifs", ".hif"}
PNG_MODES = ("1", "L", "LA", "I;16", "P", "RGB", "RGBA")  # of PIL images that a PNG keeps as they are
PIPE = Path("-")  # stdin as a photo, stdout as a result
NAME_BYTES = 255  # the longest name that usual file systems take


class Readable(Protocol):
    """A file that is open for reading bytes."""

    def read(self) -> bytes:
        """All that is left."""


class Array(Protocol):
    """A PIL image or a numpy array: uint8 or bool (H, W), uint8 (H, W, 3) or (H, W, 4), or uint16 (H, W)."""

    @property
    def __array_interface__(self) -> dict[str, Any]:
        """Where its numbers lie."""


Encoded = str | os.PathLike[str] | bytes | bytearray | memoryview | Readable  # a path, bytes or an open file
File = Encoded | Array
Job = tuple[Path, list[Path]]  # a photo, and the files for its result, mask and saliency
Progress = Callable[[Literal["sending", "receiving"], int, int | None], None]  # bytes done, and of how many, if known
Answer = TypeVar("Answer")


class Encoding(TypedDict, total=False):
    """How the answer's images are encoded; the server has a default for each, as for all options."""

    format: Format
    quality: int  # 1 to 100
    maxSide: int


class Blur(Encoding, total=False):
    """How the background shall be blurred, and what the picture shows."""

    strength: float  # 0 to 0.15: diameter of the blur as a fraction of the longer side
    bokeh: Literal["lens", "gaussian"]
    depth: Literal["auto", "flat"]  # auto: by distance, where it is known; flat: all of the background alike
    depthNear: Literal["white", "black"]  # what is near in a map that is sent
    focus: float  # 0 to 1, the nearest: which disparity is in focus
    grain: bool  # whether what is blurred by depth gets the photo's grain back
    fallback: Literal["auto", "always", "never"]  # when to blur only gently
    metadata: Literal["none", "basic"]  # basic: capture time, camera, lens, artist, copyright and rating stay
    output: Literal["blurred", "cutout", "mask"]  # what `blurred` of the answer shows
    background: str  # of a cut-out, such as "#ffffff"; without it, the cut-out is transparent


class Finding(TypedDict, total=False):
    """How the subject is found."""

    mask: Literal["auto", "refined", "classic", "none"]
    people: Literal["auto", "off"]  # whether to look for people, too
    target: int | str  # ImageNet class, index or label, instead of the most probable one
    point: Sequence[float]  # x and y, fractions of width and height: the subject there stays sharp
    points: Sequence[Sequence[float] | Mapping[str, float | bool]]  # several; {"x": .5, "y": .5, "keep": False} removes


class Options(Blur, Finding, total=False):
    """What may be asked for when Focal finds the subject."""


Known = TypedDict("Known", {"class": str | None, "probability": float | None}, total=False)


class Reblurring(Blur, Known, total=False):
    """What may be asked for with a mask, and what an earlier answer said of the photo."""

    point: Sequence[float]  # what is there is in focus, where a depth is known


class Explaining(Encoding, Finding, total=False):
    """What an explanation may be asked for; docs/api.md says what each does."""

    targets: Sequence[int | str]
    k: int  # 1 to 10 of the most probable classes
    method: Literal["guided_backprop", "gradient", "smoothgrad", "layercam", "integrated_gradients"]
    layer: Literal["input", "fine", "middle", "coarse"]
    samples: int  # 1 to 50: how many gradients a map of smoothgrad or integrated_gradients is the mean of
    output: Literal["png"]  # without loss, as by format="png"


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A photo's picture, encoded in `format`, upright and as large as the photo, and what was found out.

    With mask="none", label, probability and confidence are None.
    """

    label: str | None
    probability: float | None  # 0 to 1
    blurred: bytes = field(repr=False)  # the picture that was asked for
    format: Format
    confidence: float | None = None  # 0 to 1: how likely the mask is right
    people: int | None = None  # how many the photo is taken to show, if they were looked for
    gentle: bool = False  # whether the blur was held back, since the mask is likely wrong or the photo blurred already
    depth: str = "flat"  # where it comes from: "image", the one sent, "photo", its own, or "ground"; else "flat"
    focus: float | None = None  # 0 to 1, the nearest: the disparity in focus, unless the depth is flat
    by_matte: bool = False  # whether the mask is a phone's own one of people, from the photo's file
    portrait: str | None = None  # "rendered": a phone has blurred it already; "original": its sharp one was used
    dropped: str | None = None  # what of the photo the result lacks: "gain-map", of an HDR photo


@dataclass(frozen=True, kw_only=True)
class Blurred(Picture):
    """A picture with its mask and, if that was asked for, its saliency, encoded alike.

    After `reblur`, label and probability are those that were sent along, and saliency and confidence are None; with
    mask="none" all four are.
    """

    mask: bytes = field(repr=False)  # how sharp each pixel stays
    saliency: bytes | None = field(default=None, repr=False)  # what speaks for the class


@dataclass(frozen=True)
class Explanation:
    """A class, and the encoded map of what speaks for it."""

    label: str
    index: int  # 0 to 999
    probability: float  # 0 to 1
    saliency: bytes = field(repr=False)
    confidence: float | None = None  # 0 to 1: how likely the mask is right that it gives


class FocalError(Exception):
    """Why there is no answer: in the server's words, or with code 0 when it gave none that can be used."""

    def __init__(self, code: int, type: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(f"{message} ({type}, {code})" if code else message)
        self.code, self.type, self.message, self.retry_after = code, type, message, retry_after  # HTTP status; seconds


@dataclass(frozen=True)
class Reply:
    """What a server sent back; `headers` finds names in any case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True)
class Call(Generic[Answer]):
    """A request to be posted, whoever posts it: its path, body and headers, and how its answer is read."""

    path: str
    body: bytes
    headers: Mapping[str, str]
    read: Callable[[Reply], Answer]


@dataclass(frozen=True)
class Server:
    """Where a Focal server is, and how it is asked. Raises ValueError if the address, a header or the key is none."""

    url: str  # with or without /predictions/focal
    timeout_s: float = 120.0  # the longest silence to bear
    retries: int = 4  # how often a busy server (429, 503) is asked again
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # what a gateway or plain TorchServe wants
    api_key: str | None = field(default=None, repr=False, kw_only=True)

    def __post_init__(self) -> None:
        url = self.url if "://" in self.url else f"http://{self.url}"
        object.__setattr__(self, "url", url)
        if not _is_address(url):
            raise ValueError(f"{self.place} is not a server's address, such as http://127.0.0.1:8000")
        for name, value in self.headers.items():
            if re.search(r"[\r\n\0]", name + value):
                raise ValueError(f"The header {name!r} holds a line break or a null character.")
        object.__setattr__(self, "url", url.rstrip("/").removesuffix("/predictions/focal").rstrip("/"))
        if self.api_key is not None:
            if not self.api_key or not all("!" <= letter <= "~" for letter in self.api_key):
                raise ValueError("The API key is empty or holds a character that no key has; copy it again.")
            if self._given_authorization() is not None:
                raise ValueError(
                    "An API key and other credentials cannot both be sent as Authorization; give the key as the header "
                    "X-Api-Key instead."
                )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.place!r})"

    @property
    def place(self) -> str:
        """The address without a name and a password."""
        return re.sub("(?<=://)[^/?#]*@", "", self.url)

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine's own loopback, which a proxy cannot reach."""
        return (urlsplit(self.url).hostname or "").startswith(("127.", "localhost", "::1"))

    def headers_of(self, call: Call[Any]) -> dict[str, str]:
        """All headers of a call, with the caller's: a key, a header, or a name and a password in the address."""
        authorization = f"Bearer {self.api_key}" if self.api_key else self._given_authorization()
        others = {name: value for name, value in self.headers.items() if name.lower() != "authorization"}
        return {**others, **call.headers, **({"Authorization": authorization} if authorization else {})}

    def _given_authorization(self) -> str | None:
        for name, value in self.headers.items():
            if name.lower() == "authorization":
                return value
        given = urlsplit(self.url)
        if given.username is None:
            return None
        words = f"{unquote(given.username)}:{unquote(given.password or '')}"
        return f"Basic {b64encode(words.encode()).decode()}"

    def answer(self, call: Call[Answer], reply: Reply) -> Answer:
        """What a reply says. Raises FocalError."""
        if reply.status != 200:
            raise _refusal(reply)
        try:
            return call.read(reply)
        except (LookupError, TypeError, ValueError, StopIteration, RecursionError) as error:
            raise FocalError(0, "BadAnswer", f"{self.place} gave an answer that is not Focal's.") from error

    def pause_s(self, error: FocalError, attempt: int) -> float | None:
        """How long to wait before another try, after so many before; None if another makes no sense."""
        of_connection = error.type in ("Unreachable", "NoAnswer") and error.code == 0
        if not of_connection and error.code not in (429, 503):
            return None
        tries = min(self.retries, CONNECTION_RETRIES) if of_connection else self.retries
        pause_s = (error.retry_after or 0.0) + BACKOFF_S * 2**attempt * SystemRandom().uniform(0.5, 1.0)
        return None if attempt >= tries or pause_s > LONGEST_PAUSE_S else pause_s

    def silent(self) -> FocalError:
        """The error of a server that keeps silent."""
        return FocalError(0, "TimedOut", f"{self.place} was silent for {self.timeout_s:g} s.")

    def broke_off(self, error: Exception) -> FocalError:
        """The error of a connection that ended too early."""
        return FocalError(0, "NoAnswer", f"{self.place} broke off: {type(error).__name__}")

    def unreachable(self, why: object) -> FocalError:
        """The error of a server to which no connection came about."""
        return FocalError(0, "Unreachable", f"{self.place} is unreachable: {why}")


@dataclass(frozen=True, repr=False)
class Focal(Server):
    """A Focal server: Focal("http://127.0.0.1:8000").blur("photo.jpg", strength=0.06). Threads may share it."""

    sleep: Callable[[float], None] = time.sleep

    def blur(
        self,
        photo: File,
        *,
        saliency: bool = False,
        depth_image: File | None = None,
        progress: Progress | None = None,
        **options: Unpack[Options],
    ) -> Blurred:
        """Blur the background of `photo`; by a map of its depth, if you have one. With its mask.

        saliency: whether to get the map of what speaks for the class, too, which takes the server time and bytes.
        photo, depth_image: a path, the bytes of an image file, a file that is open for reading bytes, a PIL image, or a
        numpy array (see Array), which PNGs are made of.
        Raises FocalError; OSError on reading a file; TypeError or ValueError if an argument is no image.
        """
        return self._ask(blurring(photo, depth_image, options, saliency=saliency), progress)

    def picture(
        self,
        photo: File,
        *,
        depth_image: File | None = None,
        progress: Progress | None = None,
        **options: Unpack[Options],
    ) -> Picture:
        """The same without the mask, and so with fewer bytes and less work for the server."""
        return self._ask(picturing(photo, depth_image, options), progress)

    def reblur(
        self,
        photo: File,
        mask: File,
        *,
        depth_image: File | None = None,
        progress: Progress | None = None,
        **options: Unpack[Reblurring],
    ) -> Blurred:
        """Blur by a `mask` of your own, or an edited one (white stays sharp); fast. Otherwise as `blur`."""
        return self._ask(reblurring(photo, mask, depth_image, options), progress)

    def explain(
        self, photo: File, *, progress: Progress | None = None, **options: Unpack[Explaining]
    ) -> list[Explanation]:
        """The five most probable classes of `photo`, most probable first, or those that the options ask for.

        Raises as `blur` does, and ValueError for output="npz", which is no list of pictures.
        """
        return self._ask(explaining(photo, options), progress)

    def _ask(self, call: Call[Answer], progress: Progress | None) -> Answer:
        attempt = 0
        while True:
            try:
                return self.answer(call, self._post(call, progress))
            except FocalError as error:
                pause_s = self.pause_s(error, attempt)
                if pause_s is None:
                    raise
            self.sleep(pause_s)
            attempt += 1

    def _post(self, call: Call[Any], progress: Progress | None) -> Reply:
        headers = self.headers_of(call)
        # Else requests would replace them by what it finds in ~/.netrc.
        auth = (lambda request: request) if "Authorization" in headers else None
        body = Watched(call.body, progress) if progress else call.body
        with requests.Session() as session:  # one each: a kept connection may be closed just as it is used again
            session.trust_env = not self.is_loopback
            timeouts = (CONNECT_S, self.timeout_s)
            try:  # no redirects: a redirected POST turns into a GET without the photo
                url = self.place + call.path
                response = session.post(
                    url, body, headers=headers, auth=auth, timeout=timeouts, allow_redirects=False, stream=True
                )
                total, pieces, done = length_of(response.headers), [], 0
                for piece in response.iter_content(PIECE_BYTES):
                    pieces.append(piece)
                    done += len(piece)
                    if progress:
                        progress("receiving", done, total)
                return Reply(response.status_code, response.headers, b"".join(pieces))
            except requests.ReadTimeout as error:
                raise self.silent() from error
            except requests.RequestException as error:
                reason = getattr((*error.args, None)[0], "reason", None)  # urllib3's, when no connection came about
                if not reason:
                    raise self.broke_off(error) from error
                raise self.unreachable(reason.__cause__ or reason) from error


class Watched(BytesIO):
    """A body that tells how much of it was sent."""

    def __init__(self, body: bytes, progress: Progress) -> None:
        super().__init__(body)
        self._progress, self._total = progress, len(body)

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes, which are about to be sent."""
        piece = super().read(size)
        if piece:
            self._progress("sending", self.tell(), self._total)
        return piece


def length_of(headers: Mapping[str, str]) -> int | None:
    """How many bytes an answer has, once it is unpacked; None where that is not known."""
    length = "" if headers.get("Content-Encoding") else headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def blurring(photo: File, depth_image: File | None, options: Mapping[str, Any], *, saliency: bool) -> Call[Blurred]:
    """The call of `blur`."""
    read = partial(_blurred, found=options.get("mask") != "none", saliency=saliency)
    fields = () if saliency else ("class", "probability", "blurredImage", "maskImage")
    return _call("/predictions/focal", {"img": photo} | _depth(depth_image), options, read, fields=fields)


def picturing(photo: File, depth_image: File | None, options: Mapping[str, Any]) -> Call[Picture]:
    """The call of `picture`."""
    images = {"img": photo} | _depth(depth_image)
    return _call("/predictions/focal", images, options, _picture, accept="image/*")


def reblurring(photo: File, mask: File, depth_image: File | None, options: Mapping[str, Any]) -> Call[Blurred]:
    """The call of `reblur`."""
    images = {"img": photo, "maskImage": mask} | _depth(depth_image)
    return _call("/predictions/focal", images, options, _blurred)


def explaining(photo: File, options: Mapping[str, Any]) -> Call[list[Explanation]]:
    """The call of `explain`. Raises ValueError for an output that is no list of pictures."""
    if options.get("output") == "npz":
        raise ValueError("explain reads pictures: send the request yourself for an npz archive, as docs/api.md shows.")
    targets = options.get("targets")
    as_text = {} if targets is None else {"targets": _json(list(targets))}
    return _call("/explanations/focal", {"img": photo}, {**options, **as_text}, _explanations)


def _depth(image: File | None) -> dict[str, File]:
    return {} if image is None else {"depthImage": image}


def _call(
    path: str,
    images: Mapping[str, File],
    options: Mapping[str, Any],
    read: Callable[[Reply], Answer],
    accept: str = "application/json",
    fields: Sequence[str] = (),
) -> Call[Answer]:
    """A call with a form, in which images travel as they are; in JSON they would be base64, a third longer.

    fields: those of a JSON answer that are read, if not all.
    Raises ValueError for the option `fields`, which would leave out what is read of the answer.
    """
    if "fields" in options:
        raise ValueError(
            "An answer is read as a whole here: leave out fields; picture gets the picture alone, and a request of "
            "your own, as docs/api.md shows, the class alone."
        )
    sent: list[tuple[str, Any]] = [(name, _text(value)) for name, value in options.items() if value is not None]
    if fields:
        sent.append(("fields", ",".join(fields)))
    for name, image in images.items():
        sent.append((name, (name, encoded(image), "application/octet-stream")))
    body, content_type = encode_multipart_formdata(sent)
    return Call(path, body, {"Content-Type": content_type, "Accept": accept}, read)


def _text(value: Any) -> str:
    """An option's value as a form has it: a point as x,y, anything else but text as JSON."""
    if isinstance(value, str):
        return value
    text = _json(value)
    plain = json.loads(text)
    is_point = isinstance(plain, list) and plain and all(isinstance(each, int | float) for each in plain)
    return ",".join(map(json.dumps, plain)) if is_point else text


def _json(value: Any) -> str:
    """JSON of a value that may hold any sequence and numpy's numbers. Raises TypeError, and ValueError for nan."""

    def listed(each: Any) -> Any:
        if isinstance(each, Sequence) and not isinstance(each, bytes):
            return list(each)
        if not hasattr(each, "tolist"):
            raise TypeError(f"No option is a {type(each).__name__}.")
        return each.tolist()

    try:
        return json.dumps(value, allow_nan=False, default=listed)
    except ValueError as error:
        raise ValueError("An option's numbers must be finite; there is one that is not.") from error


def encoded(image: File) -> bytes:
    """The bytes of an image file, of whatever kind it was given as. Raises OSError, TypeError or ValueError."""
    read = getattr(image, "read", None)
    if isinstance(image, bytes | bytearray | memoryview):
        content = bytes(image)
    elif isinstance(image, str | os.PathLike):
        content = _content(image)
    elif callable(read):
        content = read()
        if not isinstance(content, bytes):
            raise TypeError('A photo\'s file must be open for reading bytes, as open(name, "rb") opens it.')
    else:
        content = _png(image)
    if not content:
        raise ValueError("The file is empty.")
    return content


def _content(path: str | os.PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        if isinstance(path, str) and error.errno == ENAMETOOLONG:  # whose error would hold all of it
            raise ValueError("Text is taken for a path, and this is too long for one; decode base64 first.") from None
        raise


def _png(image: Any) -> bytes:
    """A PIL image or a numpy array as a PNG, which keeps every pixel."""
    if not hasattr(image, "__array_interface__"):
        kinds = "a path, the bytes of an image file, an open file, a PIL image or a numpy array"
        raise TypeError(f"A photo is {kinds}, not {type(image).__name__}.")
    try:
        from PIL import Image  # type: ignore[import-not-found, unused-ignore]
    except ModuleNotFoundError as error:
        raise TypeError(
            "A numpy array is sent with the help of the package Pillow, which is missing; install it."
        ) from error
    if not isinstance(image, Image.Image):
        image = _of_array(image, Image.fromarray)
    elif image.mode not in PNG_MODES:
        raise ValueError(f'A PNG cannot keep a PIL image of mode {image.mode}; send its file, or image.convert("RGB").')
    file, exif = BytesIO(), image.getexif()
    image.save(file, "PNG", compress_level=1, exif=exif.tobytes() if exif else None)
    return file.getvalue()


def _of_array(array: Array, read: Callable[[Any], Any]) -> Any:
    described = array.__array_interface__
    kind, shape = described["typestr"][1:], described["shape"]
    grey, coloured = len(shape) == 2, len(shape) == 3 and shape[2] in (3, 4)
    if (kind in ("b1", "u1", "u2") and grey) or (kind == "u1" and coloured):
        return read(array)
    raise ValueError(
        "A numpy array must be uint8 of shape (H, W), (H, W, 3) or (H, W, 4), bool (H, W) or uint16 (H, W), "
        f"not {described['typestr']} of shape {shape}."
    )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an address that is none
        return False
    return is_one and not re.search(r"\s", url)


def _refusal(reply: Reply) -> FocalError:
    """The contract's error in a reply or, from something that is not Focal, its status."""
    after = _seconds(reply.headers.get("Retry-After", ""))
    try:
        error = json.loads(reply.content)
        return FocalError(reply.status, str(error["type"]), str(error["message"]), after)
    except (LookupError, TypeError, ValueError, RecursionError):
        return FocalError(reply.status, "HTTP", f"The server said: {phrases.get(reply.status, 'no')}.", after)


def _seconds(when: str) -> float | None:
    """Retry-After, seconds or a date (RFC 9110, section 10.2.3), as seconds from now; None when it is neither."""
    try:
        return float(when) if when.isdecimal() else max(0.0, parsedate_to_datetime(when).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _image(text: str) -> bytes:
    return b64decode(text, validate=True)


def _unless_null(read: Callable[[Any], Answer], value: Any) -> Answer | None:
    return None if value is None else read(value)


def _blurred(reply: Reply, *, found: bool = False, saliency: bool = True) -> Blurred:
    """found: whether a network was asked.   saliency: whether its map was."""
    answer = json.loads(reply.content)
    saliency_map = answer["unblurredMask"] if saliency else None
    if found and (None in (answer["class"], answer["probability"]) or (saliency and saliency_map is None)):
        raise ValueError("null is for those who send a mask")
    known = _known(answer["class"], answer["probability"], _image(answer["blurredImage"]), reply.headers)
    return Blurred(mask=_image(answer["maskImage"]), saliency=_unless_null(_image, saliency_map), **known)


def _picture(reply: Reply) -> Picture:
    found = reply.headers.get("X-Focal-Class"), reply.headers.get("X-Focal-Probability")
    return Picture(**_known(*found, reply.content, reply.headers))


def _known(label: Any, probability: Any, blurred: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """What every answer says, in its body or its headers."""
    return {
        "label": _unless_null(str, label),
        "probability": _unless_null(float, probability),
        "blurred": blurred,
        "format": next(name for name, magic in MAGIC.items() if blurred.startswith(magic)),
        "confidence": _unless_null(float, headers.get("X-Focal-Mask-Confidence")),
        "people": _unless_null(int, headers.get("X-Focal-People")),
        "gentle": "X-Focal-Fallback" in headers,
        "dropped": headers.get("X-Focal-Dropped"),
        "depth": headers.get("X-Focal-Depth", "flat"),
        "focus": _unless_null(float, headers.get("X-Focal-Focus")),
        "by_matte": headers.get("X-Focal-Mask") == "matte",
        "portrait": headers.get("X-Focal-Portrait"),
    }


def _explanations(reply: Reply) -> list[Explanation]:
    return [
        Explanation(
            label=str(each["class"]),
            index=int(each["index"]),
            probability=float(each["probability"]),
            saliency=_image(each["saliency"]),
            confidence=_unless_null(float, each["maskConfidence"]),
        )
        for each in json.loads(reply.content)["explanations"]
    ]


def files(result: Path) -> list[Path]:
    """Where result, mask and saliency go."""
    return [result, *(result.with_stem(f"{result.stem}.{kind}") for kind in ("mask", "saliency"))]


def asked(question: Callable[[], bool]) -> bool:
    """Whether something is so of a path; no if its name is too long for a file system, or nobody may look."""
    try:
        return question()
    except OSError:
        return False


def cut(stem: str, ending: str) -> str:
    """A name that has room for the longest word before its suffix."""
    encoded, room = os.fsencode(stem), NAME_BYTES - len(f".saliency{ending}")
    fitting = encoded[:room].decode(errors="ignore") or os.fsdecode(encoded[:room])
    return (stem if len(encoded) <= room else fitting) + ending


def contents(folder: Path, unlisted: list[Path]) -> list[Path]:
    """What is in a folder and its subfolders, in order; `unlisted` gets, besides, the folders that cannot be listed."""
    walk = os.walk(folder, onerror=lambda error: unlisted.append(Path(error.filename)))
    found = [
        Path(place, name)
        for place, folders, names in walk
        for name in (*names, *(each for each in folders if asked(Path(place, each).is_symlink)))
    ]
    return sorted(found + unlisted)


def plan(named: Sequence[Path], out: Path, suffix: str, passed_over: list[Path]) -> Iterator[Job]:
    """Give each photo, named or in a folder named, a result at its place in `out`, once; equal names are numbered.

    What cannot be listed or leads nowhere counts as a photo, so that it fails as one that cannot be read.
    passed_over: gets what is in those folders and is no file, or is not named like a photo.
    """
    taken: set[Path] = set()  # without regard to case, as some file systems have it
    planned: set[Path] = set()  # photos by one path each, whichever way they were named
    for path in named:
        folder_named, unlisted = asked(path.is_dir) and os.access(path, os.R_OK | os.X_OK), list[Path]()
        earlier = out.resolve() if folder_named and path.resolve() in out.resolve().parents else None
        for photo in contents(path, unlisted) if folder_named else [path]:
            place, folder = photo.relative_to(path if folder_named else path.parent), photo.parent.resolve()
            hidden = any(part.startswith(".") for part in place.parts) or earlier in (folder, *folder.parents)
            if (folder_named and hidden) or folder / photo.name in planned:
                continue
            is_photo = photo.suffix.lower() in PHOTOS and (asked(photo.is_file) or not asked(photo.exists))
            if folder_named and not is_photo and photo not in unlisted:
                passed_over.append(photo)
                continue
            planned.add(folder / photo.name)
            results = (out / place.with_name(cut(place.stem, f"{n}{suffix}")) for n in chain([""], count(-2, -1)))
            result = next(each for each in results if taken.isdisjoint(files(Path(str(each).casefold()))))
            taken.update(files(Path(str(result).casefold())))
            yield photo, files(result)


def write(file: Path, content: bytes) -> None:
    """Write `file` whole or not at all, or stdout. Raises OSError, which names it."""
    if file == PIPE:
        with open(sys.stdout.fileno(), "wb", closefd=False) as pipe:  # stdout itself, unbuffered, may lose a part
            pipe.write(content)
        return
    part = file.with_name(f".focal-{os.getpid()}.part")
    try:
        if not file.parent.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OSError(f"{file} cannot be written: {error.strerror}") from error


def local(path: str) -> Path:
    """A path of this machine; of an address, a Path would be a folder "http:"."""
    if "://" in path:
        raise argparse.ArgumentTypeError("an address is no file or folder of this machine; download it first")
    return Path(path)


def address(word: str) -> str:
    """A server's address; who forgets it gives a photo in its place."""
    path = Path(word)
    if path.suffix.lower() in PHOTOS and asked(path.is_file):
        reason = f"{word} is a photo; the server's address comes first, such as http://127.0.0.1:8000"
        raise argparse.ArgumentTypeError(reason)
    return word


def option(word: str) -> list[tuple[str, Any]]:
    """The name and value in words such as strength=0.06, or all those in a JSON object."""
    try:
        if word.startswith("{"):
            return list(json.loads(word).items())
        name, value = word.split("=", 1)
        return [(name, json.loads(value) if value.startswith("[") else value)]
    except (ValueError, RecursionError) as error:
        reason = f"{word!r} is neither NAME=VALUE nor a whole JSON object or list"
        raise argparse.ArgumentTypeError(reason) from error


def say(text: str, stream: TextIO) -> None:
    """Print one line over the progress bar; control characters, from a server or a file's name, stay out."""
    print("\r\x1b[K" * sys.stderr.isatty(), end="", file=sys.stderr, flush=True)
    printable = "".join(c if c.isprintable() else "?" for c in text).encode(stream.encoding, "replace")
    print(printable.decode(stream.encoding), file=stream, flush=True)


def map_of(photo: Path, maps: Path | None, place: Path) -> Path | None:
    """The map of a photo's depth: `maps` itself or, of a folder, the image of the photo's name in `place` in it."""
    if maps is None or not asked(maps.is_dir):
        return maps
    images = sorted((maps / place).iterdir()) if asked((maps / place).is_dir) else []
    named = (file for file in images if file.stem == photo.stem and file.suffix.lower() in PHOTOS)
    found = next(named, None)
    if found is None:
        raise FileNotFoundError(f"There is no map of {photo.name} in {maps / place}")
    return found


def run(focal: Focal, jobs: Sequence[Job], options: Any, args: argparse.Namespace) -> int:
    """Blur the photos, say how each went, and return the exit code; a few threads ask, this one writes."""

    def ask(photo: Path, wanted: Sequence[Path]) -> Picture:
        for file in (each for each in wanted if each != PIPE and each.exists()):
            if any(other.exists() and other.samefile(file) for other, _ in jobs):
                raise FileExistsError(f"{file} is itself to be blurred; give the result another name or folder")
            if not (args.overwrite and file.is_file()):
                raise FileExistsError(f"{file} is already there; --overwrite replaces it")
        get = partial(focal.blur, saliency=True) if len(wanted) > 1 else focal.picture
        place = wanted[0].parent.relative_to(args.out) if args.out else Path()
        source = sys.stdin.buffer if photo == PIPE else photo
        return get(source, depth_image=map_of(photo, args.depth, place), **options)

    pool = ThreadPoolExecutor(int(args.jobs))
    pending = {pool.submit(ask, *job): job for job in jobs}
    code = 0
    try:
        for future in as_completed(pending):
            photo, wanted = pending.pop(future)
            try:
                answer = future.result()
                masks = [answer.mask, answer.saliency] if isinstance(answer, Blurred) else []
                for file, content in zip(wanted, [answer.blurred, *masks], strict=False):
                    if content is not None:
                        write(file, content)
                known = f"{answer.label}, probability {answer.probability:.3f}" if answer.label else "blurred"
                stream = sys.stderr if wanted[0] == PIPE else sys.stdout
                say(f"{photo}: {known}{', gently' * answer.gentle}, in {wanted[0]}", stream)
            except BrokenPipeError:  # whoever read the lines has gone
                raise
            except Exception as error:
                code = 1
                say(f"{photo}: {getattr(error, 'strerror', None) or error or type(error).__name__}", sys.stderr)
                if getattr(error, "type", None) in SAME_FOR_ALL:
                    break
            if pending and sys.stderr.isatty():
                bar = "#" * (30 - 30 * len(pending) // len(jobs))
                print(f"[{bar:<30}] {len(pending)} of {len(jobs)} to go", end="", file=sys.stderr, flush=True)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        if pending:
            say(f"Stopped: {len(pending)} of {len(jobs)} photos are left.", sys.stderr)
    return code


def main(argv: Sequence[str] | None = None, sleep: Callable[[float], None] = time.sleep) -> int:
    """Run the command line; returns the exit code."""
    about = (__doc__ or "").replace("python3 client.py", COMMAND if __package__ else "python3 client.py")
    parser = argparse.ArgumentParser(COMMAND, description=about, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add("url", type=address, help="the server's address")
    named = "photos and folders, or a photo and its result's name; - is a pipe"
    add("photos", nargs="+", type=local, metavar="photo", help=named)
    add("--out", type=local, metavar="FOLDER", help="where results go; needed for several photos")
    known = f"{', '.join(Options.__annotations__)}; or a JSON object of them"
    add("--options", nargs="+", type=option, action="extend", default=[], metavar="KEY=VALUE", help=known)
    near = "a map of depth, or a folder of maps with the photos' names and subfolders; white is near"
    add("--depth", type=local, metavar="MAPS", help=near)
    bearer = "such as 'Authorization=Bearer KEY'"
    add("--headers", nargs="+", type=option, action="extend", default=[], metavar="NAME=VALUE", help=bearer)
    add("--save-masks", action="store_true", help="keep mask and saliency map next to each result")
    add("--overwrite", action="store_true", help="replace results that are already there")
    jobs_about = "photos asked for at a time, 1 to 16"
    add("--jobs", choices=[str(n) for n in range(1, 17)], default="4", metavar="N", help=jobs_about)
    args = parser.parse_intermixed_args(argv)
    try:
        headers, key = {name: str(value) for name, value in chain(*args.headers)}, os.environ.get("FOCAL_API_KEY")
        focal = Focal(args.url, headers=headers, sleep=sleep, api_key=key or None)
        options = dict(chain(*args.options))
        is_transparent = options.get("output") == "cutout" and not options.get("background")
        image_format = options.get("format") or ("png" if is_transparent else "jpeg")
        default = Path("out." + {"png": "png", "webp": "webp"}.get(image_format, "jpg"))
        if args.depth and not asked(args.depth.exists):
            raise ValueError(f"there is no map or folder of maps {args.depth}")
        if args.photos[0] == PIPE and sys.stdin is None:
            raise ValueError("stdin is closed, so there is no photo to read; name a file instead of -")
        if args.out and PIPE in args.photos:
            raise ValueError("a photo from a pipe has no name; name its picture instead of --out, as in: - out.jpg")
        if args.out:
            passed_over: list[Path] = []
            jobs = list(plan(args.photos, args.out, default.suffix, passed_over))
            if passed_over:
                more = f" and {len(passed_over) - 1} more" * (len(passed_over) > 1)
                say(f"Passed over {passed_over[0]}{more}: not named like a photo, or no file.", sys.stderr)
        elif len(args.photos) > 2 or any(asked(photo.is_dir) for photo in args.photos):
            raise ValueError("several photos, or a folder, need --out FOLDER")
        else:
            photo, result = [*args.photos, PIPE if args.photos == [PIPE] else default][:2]
            if result == PIPE and args.save_masks:
                raise ValueError("a pipe takes one picture; leave out --save-masks, or name a file")
            if result != PIPE and "format" not in options and result.suffix.lower() not in FORMAT:
                raise ValueError(f"{result} has no suffix of an image in the answer; name it .jpg, .png or .webp")
            named = FORMAT.get(result.suffix.lower(), image_format)
            if named != options.setdefault("format", named) in MAGIC:
                raise ValueError(f"{result} is not the name of a {image_format}; name another, or leave out format")
            args.overwrite |= result == default
            jobs = [(photo, files(result))]
        if not jobs:
            raise ValueError("there is no photo in what was named")
        jobs = [(photo, wanted if args.save_masks else wanted[:1]) for photo, wanted in jobs]
        return run(focal, jobs, options, args)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        raise
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        parser.error(str(error))


def command() -> NoReturn:
    """Run the command line as a program."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        try:
            code = main()
        except SystemExit as ended:  # argparse's
            code = int(ended.code or 0)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the lines has gone, such as head
        code = 128 + signal.SIGPIPE
    os._exit(code)  # without waiting for threads that still wait for the server: they write nothing


if __name__ == "__main__":
    command()
