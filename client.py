"""Focal's client: a Focal server keeps the subject of each photo sharp and blurs its background.

    python3 client.py http://127.0.0.1:8000 photo.jpg                        # writes out.jpg
    python3 client.py http://127.0.0.1:8000 photo.jpg portrait.png --options strength=0.06 bokeh=gaussian
    python3 client.py http://127.0.0.1:8000 holiday/ more.jpg --out blurred --save-masks
    python3 client.py http://127.0.0.1:8000 photo.jpg --depth map.png --options focus=0.8

Exit codes: 0 all blurred, 1 some failed (one line each on stderr), 2 the call makes no sense, 130 interrupted.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (an old Python says so)
    sys.exit(f"client.py needs Python 3.11 or newer; this is {sys.version.split()[0]} at {sys.executable}.")

import argparse
import json
import os
import signal
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from itertools import chain, count
from pathlib import Path
from random import SystemRandom
from typing import Any, Literal, TextIO, TypedDict, TypeVar, Unpack
from urllib.parse import unquote, urlsplit

try:
    import requests
except ModuleNotFoundError:
    if __name__ != "__main__":
        raise
    sys.exit(f"client.py needs the package requests, which is missing: {sys.executable} -m pip install requests")

CONNECT_S = 5.0
LONGEST_PAUSE_S = 60.0  # a server that asks for more is reported, not waited for
BACKOFF_S = 0.5  # doubles with each try; jittered, so that clients turned away together do not return together
SAME_FOR_ALL = ("Unreachable", "InvalidOption", "NotFound", "MethodNotAllowed")  # the next photo would fail likewise

Format = Literal["jpeg", "png", "webp"]
MAGIC: Mapping[Format, bytes] = {"jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n", "webp": b"RIFF"}
FORMAT = {".jpg": "jpeg", ".jpeg": "jpeg", ".jpe": "jpeg", ".jfif": "jpeg", ".png": "png", ".webp": "webp"}
PHOTOS = {*FORMAT, ".jfi", ".jif", ".pjpeg", ".pjp", ".mpo", ".apng", ".gif", ".bmp", ".dib", ".tif", ".tiff"}
PHOTOS |= {".avif", ".avifs", ".heic", ".heics", ".heif", ".heifs", ".hif"}
NAME_BYTES = 255  # the longest name that usual file systems take
File = str | Path | bytes  # a path, or an encoded image
Job = tuple[Path, list[Path]]  # a photo, and the files for its result, mask and saliency
Answer = TypeVar("Answer")


class Blur(TypedDict, total=False):
    """How the background shall be blurred, and the answer encoded; the server has a default for each."""

    strength: float  # 0 to 0.15: diameter of the blur as a fraction of the longer side
    bokeh: Literal["lens", "gaussian"]
    depth: Literal["auto", "flat"]  # auto: by distance, where it is known; flat: all of the background alike
    depthNear: Literal["white", "black"]  # what is near in a map that is sent
    focus: float  # 0 to 1, the nearest: which disparity is in focus
    grain: bool  # whether what is blurred by depth gets the photo's grain back
    fallback: Literal["auto", "always", "never"]  # when to blur only gently
    format: Format
    quality: int  # 1 to 100
    metadata: Literal["none", "basic"]  # basic: capture time, camera, lens, artist, copyright and rating stay
    output: Literal["blurred", "cutout", "mask"]  # what `blurred` of the answer shows
    background: str  # of a cut-out, such as "#ffffff"; without it, the cut-out is transparent
    maxSide: int


class Options(Blur, total=False):
    """What may be asked for when Focal finds the subject."""

    mask: Literal["auto", "refined", "classic", "none"]
    people: Literal["auto", "off"]  # whether to look for people, too
    target: int | str  # ImageNet class, index or label, to focus on instead of the most probable one
    point: Sequence[float]  # x and y, fractions of width and height: the subject there stays sharp
    points: Sequence[Sequence[float] | Mapping[str, float | bool]]  # several; {"x": .5, "y": .5, "keep": False} removes


Known = TypedDict("Known", {"class": str, "probability": float}, total=False)


class Reblurring(Blur, Known, total=False):
    """What may be asked for with a mask, and what an earlier answer said of the photo."""

    point: Sequence[float]  # only with a map of depth: what is there is in focus


@dataclass(frozen=True)
class Blurred:
    """A photo's answer; its images are encoded in `format`, upright and as large as the photo.

    After `reblur`, label and probability are those that were sent along, and saliency and confidence are None; with
    mask="none" all four are.
    """

    label: str | None
    probability: float | None  # 0 to 1
    blurred: bytes  # the picture that was asked for
    mask: bytes  # how sharp each pixel stays
    saliency: bytes | None  # what speaks for the class
    format: Format
    confidence: float | None = None  # 0 to 1: how likely the mask is right
    people: int | None = None  # how many the photo is taken to show, if they were looked for
    gentle: bool = False  # whether the blur was held back, since the mask is likely wrong or the photo blurred already
    depth: str = "flat"  # where it comes from: "image", the one sent, "photo", its own, or "ground"; else "flat"
    focus: float | None = None  # 0 to 1, the nearest: the disparity in focus, unless the depth is flat
    by_matte: bool = False  # whether the mask is a phone's own one of people, from the photo's file
    portrait: str | None = None  # "rendered": a phone has blurred it already; "original": its sharp one was used
    dropped: str | None = None  # what of the photo the result lacks: "gain-map", of an HDR photo


@dataclass(frozen=True)
class Explanation:
    """One of the five most probable classes, and the encoded map of what speaks for it."""

    label: str
    index: int  # 0 to 999
    probability: float  # 0 to 1
    saliency: bytes
    confidence: float | None = None  # 0 to 1: how likely the mask is right that it gives


class FocalError(Exception):
    """Why there is no answer: in the server's words, or with code 0 when it gave none that can be used."""

    def __init__(self, code: int, type: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(f"{message} ({type}, {code})" if code else message)
        self.code, self.type, self.message, self.retry_after = code, type, message, retry_after  # HTTP status; seconds


@dataclass(frozen=True)
class Focal:
    """A Focal server: Focal("http://127.0.0.1:8000").blur("photo.jpg", strength=0.06). Threads may share it."""

    url: str  # with or without /predictions/focal
    timeout_s: float = 120.0  # the longest silence to bear
    retries: int = 4  # how often a busy server (429, 503) is asked again
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # what a gateway or plain TorchServe wants
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        url = self.url if "://" in self.url else f"http://{self.url}"
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ValueError(f"{self.url} is not a server's address, such as http://127.0.0.1:8000")
        object.__setattr__(self, "url", url.rstrip("/").removesuffix("/predictions/focal").rstrip("/"))

    def __repr__(self) -> str:
        return f"Focal({self._place!r})"

    def blur(self, photo: File, *, depth_image: File | None = None, **options: Unpack[Options]) -> Blurred:
        """Blur the background of `photo`, a path or an encoded image; by a map of its depth, if you have one.

        Raises FocalError, or OSError on reading a file.
        """
        read = _blurred if options.get("mask") == "none" else _found_and_blurred
        return self._ask("/predictions/focal", photo, {**_map("depthImage", depth_image), **options}, read)

    def reblur(
        self, photo: File, mask: File, *, depth_image: File | None = None, **options: Unpack[Reblurring]
    ) -> Blurred:
        """Blur by a `mask` of your own, or an edited one (white stays sharp); fast. Otherwise as `blur`."""
        maps = {**_map("maskImage", mask), **_map("depthImage", depth_image)}
        return self._ask("/predictions/focal", photo, {**maps, **options}, _blurred)

    def explain(self, photo: File) -> list[Explanation]:
        """The five most probable classes of `photo`, most probable first. Raises as `blur` does."""
        return self._ask("/explanations/focal", photo, {}, _explanations)

    def _ask(self, path: str, photo: File, options: Any, read: Callable[[Any], Answer]) -> Answer:
        body = json.dumps({**options, "img": _base64(photo)}, allow_nan=False).encode()
        for attempt in count():
            response = self._post(path, body)
            if response.status_code == 200:
                break
            error = _refusal(response)
            pause_s = (error.retry_after or 0.0) + BACKOFF_S * 2**attempt * SystemRandom().uniform(0.5, 1.0)
            if error.code not in (429, 503) or attempt >= self.retries or pause_s > LONGEST_PAUSE_S:
                raise error
            self.sleep(pause_s)
        try:
            return read(json.loads(response.content) | {"headers": response.headers})
        except (LookupError, TypeError, ValueError, StopIteration, RecursionError) as error:
            raise FocalError(0, "BadAnswer", f"{self._place} gave an answer that is not Focal's.") from error

    def _post(self, path: str, body: bytes) -> requests.Response:
        headers, auth = {**self.headers, "Content-Type": "application/json"}, self._credentials()
        with requests.Session() as session:  # one each: a kept connection may be closed just as it is used again
            if (urlsplit(self.url).hostname or "").startswith(("127.", "localhost", "::1")):
                session.trust_env = False  # a proxy cannot reach this machine's loopback
            timeouts = (CONNECT_S, self.timeout_s)
            try:  # no redirects: a redirected POST turns into a GET without the photo
                url = self.url + path
                return session.post(url, body, headers=headers, auth=auth, timeout=timeouts, allow_redirects=False)
            except requests.ReadTimeout as error:
                raise FocalError(0, "TimedOut", f"{self._place} was silent for {self.timeout_s:g} s.") from error
            except requests.RequestException as error:
                reason = getattr((*error.args, None)[0], "reason", None)  # urllib3's, when no connection came about
                if not reason:
                    raise FocalError(0, "NoAnswer", f"{self._place} broke off: {type(error).__name__}") from error
                why = reason.__cause__ or reason
                raise FocalError(0, "Unreachable", f"{self._place} is unreachable: {why}") from error

    @property
    def _place(self) -> str:
        """The address without a password."""
        host = urlsplit(self.url).netloc
        return self.url.replace(host, host.rpartition("@")[2], 1)

    def _credentials(self) -> Any:
        """What the caller gave, in a header or the address; requests would prefer what it finds in ~/.netrc."""
        if any(name.lower() == "authorization" for name in self.headers):
            return lambda request: request
        given = urlsplit(self.url)
        if given.username is None:
            return None
        return tuple(unquote(word or "").encode() for word in (given.username, given.password))


def _refusal(response: requests.Response) -> FocalError:
    """The contract's error in `response` or, from something that is not Focal, its status."""
    after = _seconds(response.headers.get("Retry-After", ""))
    try:
        error = json.loads(response.content)
        return FocalError(response.status_code, str(error["type"]), str(error["message"]), after)
    except (LookupError, TypeError, ValueError, RecursionError):
        return FocalError(response.status_code, "HTTP", f"The server said: {response.reason or 'no'}.", after)


def _seconds(when: str) -> float | None:
    """Retry-After, seconds or a date (RFC 9110, section 10.2.3), as seconds from now; None when it is neither."""
    try:
        return float(when) if when.isdecimal() else max(0.0, parsedate_to_datetime(when).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _base64(file: File) -> str:
    return b64encode(file if isinstance(file, bytes) else Path(file).read_bytes()).decode()


def _map(name: str, file: File | None) -> dict[str, str]:
    return {} if file is None else {name: _base64(file)}


def _image(text: str) -> bytes:
    return b64decode(text, validate=True)


def _unless_null(read: Callable[[Any], Answer], value: Any) -> Answer | None:
    return None if value is None else read(value)


def _found_and_blurred(answer: Mapping[str, Any]) -> Blurred:
    if None in (answer["class"], answer["probability"], answer["unblurredMask"]):
        raise ValueError("null is for those who send a mask")
    return _blurred(answer)


def _blurred(answer: Mapping[str, Any]) -> Blurred:
    blurred, headers = _image(answer["blurredImage"]), answer["headers"]
    return Blurred(
        label=_unless_null(str, answer["class"]),
        probability=_unless_null(float, answer["probability"]),
        blurred=blurred,
        mask=_image(answer["maskImage"]),
        saliency=_unless_null(_image, answer["unblurredMask"]),
        format=next(name for name, magic in MAGIC.items() if blurred.startswith(magic)),
        confidence=_unless_null(float, headers.get("X-Focal-Mask-Confidence")),
        people=_unless_null(int, headers.get("X-Focal-People")),
        gentle="X-Focal-Fallback" in headers,
        dropped=headers.get("X-Focal-Dropped"),
        depth=headers.get("X-Focal-Depth", "flat"),
        focus=_unless_null(float, headers.get("X-Focal-Focus")),
        by_matte=headers.get("X-Focal-Mask") == "matte",
        portrait=headers.get("X-Focal-Portrait"),
    )


def _explanations(answer: Mapping[str, Any]) -> list[Explanation]:
    return [
        Explanation(
            label=str(each["class"]),
            index=int(each["index"]),
            probability=float(each["probability"]),
            saliency=_image(each["saliency"]),
            confidence=_unless_null(float, each["maskConfidence"]),
        )
        for each in answer["explanations"]
    ]


def files(result: Path) -> list[Path]:
    """Where result, mask and saliency go."""
    return [result, *(result.with_stem(f"{result.stem}.{kind}") for kind in ("mask", "saliency"))]


def is_folder(path: Path) -> bool:
    """Whether there is a folder of that name; a name that is too long for a file system is none's."""
    try:
        return path.is_dir()
    except OSError:
        return False


def cut(stem: str, ending: str) -> str:
    """A name that has room for the longest word before its suffix."""
    encoded, room = os.fsencode(stem), NAME_BYTES - len(f".saliency{ending}")
    fitting = encoded[:room].decode(errors="ignore") or os.fsdecode(encoded[:room])
    return (stem if len(encoded) <= room else fitting) + ending


def plan(named: Sequence[Path], out: Path, suffix: str, passed_over: list[Path]) -> Iterator[Job]:
    """Give each photo, named or in a folder named, a result at its place in `out`; equal names are numbered.

    passed_over: gets what is in those folders and is not named like a photo.
    """
    taken: set[Path] = set()  # without regard to case, as some file systems have it
    for path in named:
        folder_named = is_folder(path)
        earlier = out.resolve() if folder_named and path.resolve() in out.resolve().parents else None
        for photo in sorted(path.rglob("*")) if folder_named else [path]:
            place, folder = photo.relative_to(path if folder_named else path.parent), photo.parent.resolve()
            hidden = any(part.startswith(".") for part in place.parts) or earlier in (folder, *folder.parents)
            if folder_named and (hidden or not photo.is_file()):
                continue
            if folder_named and photo.suffix.lower() not in PHOTOS:
                passed_over.append(photo)
                continue
            results = (out / place.with_name(cut(place.stem, f"{n}{suffix}")) for n in chain([""], count(-2, -1)))
            result = next(each for each in results if taken.isdisjoint(files(Path(str(each).casefold()))))
            taken.update(files(Path(str(result).casefold())))
            yield photo, files(result)


def write(file: Path, content: bytes) -> None:
    """Write `file` whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".focal-{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def option(word: str) -> list[tuple[str, Any]]:
    """The name and value in words such as strength=0.06, or all those in a JSON object."""
    if word.startswith("{"):
        return list(json.loads(word).items())
    name, value = word.split("=", 1)
    return [(name, json.loads(value) if value[:1].isdigit() or value[:1] == "[" else value)]


def say(text: str, stream: TextIO) -> None:
    """Print one line over the progress bar; control characters, from a server or a file's name, stay out."""
    print("\r\x1b[K" * sys.stderr.isatty(), end="", file=sys.stderr, flush=True)
    printable = "".join(c if c.isprintable() else "?" for c in text).encode(stream.encoding, "replace")
    print(printable.decode(stream.encoding), file=stream, flush=True)


def map_of(photo: Path, maps: Path | None) -> Path | None:
    """The map of a photo's depth: `maps` itself or, of a folder, the image in it that has the photo's name."""
    if maps is None or not is_folder(maps):
        return maps
    named = (file for file in sorted(maps.iterdir()) if file.stem == photo.stem and file.suffix.lower() in PHOTOS)
    found = next(named, None)
    if found is None:
        raise FileNotFoundError(f"There is no map of {photo.name} in {maps}")
    return found


def run(focal: Focal, jobs: Sequence[Job], options: Any, maps: Path | None, overwrite: bool, threads: int) -> int:
    """Blur the photos, say how each went, and return the exit code; a few threads ask, this one writes."""

    def ask(photo: Path, wanted: Sequence[Path]) -> Blurred:
        for file in filter(Path.exists, wanted):
            if any(other.exists() and other.samefile(file) for other, _ in jobs):
                raise FileExistsError(f"{file} is itself to be blurred; give the result another name or folder")
            if not (overwrite and file.is_file()):
                raise FileExistsError(f"{file} is already there; --overwrite replaces it")
        return focal.blur(photo, depth_image=map_of(photo, maps), **options)

    pool = ThreadPoolExecutor(threads)
    asked = {pool.submit(ask, *job): job for job in jobs}
    code = 0
    try:
        for future in as_completed(asked):
            photo, wanted = asked.pop(future)
            try:
                answer = future.result()
                for file, content in zip(wanted, (answer.blurred, answer.mask, answer.saliency), strict=False):
                    if content is not None:
                        write(file, content)
                known = f"{answer.label}, probability {answer.probability:.3f}" if answer.label else "blurred"
                say(f"{photo}: {known}{', gently' * answer.gentle}, in {wanted[0]}", sys.stdout)
            except Exception as error:
                code = 1
                say(f"{photo}: {getattr(error, 'strerror', None) or error or type(error).__name__}", sys.stderr)
                if getattr(error, "type", None) in SAME_FOR_ALL:
                    break
            if asked and sys.stderr.isatty():
                bar = "#" * (30 - 30 * len(asked) // len(jobs))
                print(f"[{bar:<30}] {len(asked)} of {len(jobs)} to go", end="", file=sys.stderr, flush=True)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        if asked:
            say(f"Stopped: {len(asked)} of {len(jobs)} photos are left.", sys.stderr)
    return code


def main(argv: Sequence[str] | None = None, sleep: Callable[[float], None] = time.sleep) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser("client.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add("url", help="the server's address")
    add("photos", nargs="+", type=Path, metavar="photo", help="photos and folders, or a photo and its result's name")
    add("--out", type=Path, metavar="FOLDER", help="where results go; needed for several photos")
    known = f"{', '.join(Options.__annotations__)}; or a JSON object of them"
    add("--options", nargs="+", type=option, action="extend", default=[], metavar="KEY=VALUE", help=known)
    near = "a map of depth, or a folder of maps with the photos' names; white is near"
    add("--depth", type=Path, metavar="MAPS", help=near)
    bearer = "such as 'Authorization=Bearer KEY'"
    add("--headers", nargs="+", type=option, action="extend", default=[], metavar="NAME=VALUE", help=bearer)
    add("--save-masks", action="store_true", help="keep mask and saliency map next to each result")
    add("--overwrite", action="store_true", help="replace results that are already there")
    add("--jobs", type=int, choices=range(1, 17), default=4, metavar="N", help="photos asked for at a time, 1 to 16")
    args = parser.parse_intermixed_args(argv)
    try:
        focal = Focal(args.url, headers={name: str(value) for name, value in chain(*args.headers)}, sleep=sleep)
        options = dict(chain(*args.options))
        default = Path("out." + {"png": "png", "webp": "webp"}.get(options.get("format", ""), "jpg"))
        if args.out:
            passed_over: list[Path] = []
            jobs = list(plan(args.photos, args.out, default.suffix, passed_over))
            if passed_over:
                more = f" and {len(passed_over) - 1} more" * (len(passed_over) > 1)
                say(f"Passed over {passed_over[0]}{more}: not named like a photo.", sys.stderr)
        elif len(args.photos) > 2 or any(map(is_folder, args.photos)):
            raise ValueError("several photos, or a folder, need --out FOLDER")
        else:
            photo, result = [*args.photos, default][:2]
            if "format" not in options and result.suffix.lower() not in FORMAT:
                raise ValueError(f"{result} has no suffix of an image in the answer; name it .jpg, .png or .webp")
            options.setdefault("format", FORMAT.get(result.suffix.lower(), "jpeg"))
            args.overwrite |= result == default
            jobs = [(photo, files(result))]
        if not jobs:
            raise ValueError("there is no photo in what was named")
        jobs = [(photo, wanted if args.save_masks else wanted[:1]) for photo, wanted in jobs]
        return run(focal, jobs, options, args.depth, args.overwrite, args.jobs)
    except KeyboardInterrupt:
        return 130
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os._exit(main())  # without waiting for threads that still wait for the server: they write nothing
