"""Bytes of an image file -> a photo: upright, three channels, 8 bits, with its colour profile and nothing else.

Decoding is where hostile input meets C code, so it follows Pillow's security handbook: only the formats below are
tried, the limits are checked on the header before a pixel is decoded, and a truncated file is an error. A decoded image
becomes a photo strip by strip: beside the two of them, no third copy is ever made. An ordinary JPEG needs not even the
second: OpenCV has the same decoder for it as Pillow and leaves the pixels where and as they are wanted.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import ExifTags, Image, ImageCms

from ..arrays import Pixels
from ..errors import BodyTooLarge, MissingImage, PhotoTooLarge, UndecodablePhoto, UnsupportedFormat
from ..settings import Settings
from .preview import preview

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")  # MPO is opened as JPEG
FORMATS_IN_WORDS = "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC"
STRIP_ROWS = 64
DEFAULT_SETTINGS = Settings()
# Larger than nearly all real ones; a PNG with more Pillow itself does not read.
MAX_PROFILE_BYTES = 1_000_000

# What makes a picture upright, by its EXIF orientation; 1 is upright.
UPRIGHT: dict[object, Callable[[Pixels], cv2.typing.MatLike]] = {
    2: lambda pixels: cv2.flip(pixels, 1),
    3: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_180),
    4: lambda pixels: cv2.flip(pixels, 0),
    5: lambda pixels: cv2.transpose(pixels),
    6: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE),
    7: lambda pixels: cv2.transpose(cv2.rotate(pixels, cv2.ROTATE_180)),
    8: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE),
}

pillow_heif.register_heif_opener()
Image.init()  # after it, Image.OPEN says by which first bytes each format is known


@dataclass(frozen=True)
class Photo:
    """A decoded photo.

    pixels: uint8 (H, W, 3), upright; transparent parts are composited onto white.
    icc_profile: the RGB colour profile in which the pixels are meant; None means sRGB.
    """

    pixels: Pixels
    icc_profile: bytes | None
    source_format: str

    @cached_property
    def preview(self) -> Pixels:
        """A small copy of the pixels, uint8 (h, w, 3), see `preview`."""
        return preview(self.pixels)


def decode_photo(data: bytes, settings: Settings = DEFAULT_SETTINGS) -> Photo:
    """Decode an image file within the limits of the settings.

    Of an animation or a sequence, the first frame: the others are never decoded. EXIF orientation is applied; EXIF, GPS
    and the rest are dropped.
    Raises MissingImage, BodyTooLarge, UnsupportedFormat, PhotoTooLarge or UndecodablePhoto.
    """
    check_file(data, settings)
    try:
        with warnings.catch_warnings():
            # Our own limits are the ones that answer; what else Pillow warns of (odd metadata) does no harm.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _check_size(image.width, image.height, settings)
                return _developed(image, data)
    except PhotoTooLarge:
        raise
    except Image.DecompressionBombError as error:  # Pillow's own check comes before ours
        raise PhotoTooLarge(
            f"The photo has more than {2e-6 * (Image.MAX_IMAGE_PIXELS or 0):.0f} megapixels; "
            f"the limit is {settings.max_megapixels:g}: send a smaller one."
        ) from error
    except MemoryError as error:
        raise PhotoTooLarge("The photo takes more memory to decode than a photo may; save it anew.") from error
    except Exception as error:  # Pillow's decoders raise nearly anything on hostile bytes
        raise UndecodablePhoto("The photo is damaged or incomplete and cannot be decoded; send it again.") from error


def check_file(data: bytes, settings: Settings) -> None:
    """What can be told of a file before it is opened. Raises MissingImage, BodyTooLarge or UnsupportedFormat."""
    if not data:
        raise MissingImage("The request holds no photo; send the bytes of an image.")
    if len(data) > settings.max_photo_bytes:
        raise BodyTooLarge(
            f"The photo has {len(data)} bytes; the limit is {settings.max_photo_bytes}: send a smaller one."
        )
    if not looks_like_a_photo(data):
        raise UnsupportedFormat(f"The photo is not in an accepted format; send {FORMATS_IN_WORDS}.")


def looks_like_a_photo(data: bytes | bytearray) -> bool:
    """Whether a file's first bytes are those of an accepted format."""
    prefix = bytes(data[:16])
    accepts = (Image.OPEN[name][1] for name in FORMATS)
    return any(accept is not None and accept(prefix) for accept in accepts)


def _check_size(width: int, height: int, settings: Settings) -> None:
    if width * height > settings.max_pixels:
        raise PhotoTooLarge(
            f"The photo has {width * height / 1e6:.1f} megapixels; the limit is {settings.max_megapixels:g}: "
            "send a smaller one."
        )
    longer, shorter = max(width, height), min(width, height)
    if longer > settings.max_side_px:
        raise PhotoTooLarge(
            f"The photo's longer side has {longer} pixels; the limit is {settings.max_side_px}: send a smaller one."
        )
    if longer > settings.max_aspect_ratio * shorter:
        raise PhotoTooLarge(
            f"The photo is {width} by {height} pixels; its longer side may be at most "
            f"{settings.max_aspect_ratio:g} times the shorter: crop it."
        )


def _developed(image: Image.Image, data: bytes) -> Photo:
    is_plain_jpeg = image.format in ("JPEG", "MPO") and image.mode == "RGB"
    if not is_plain_jpeg:
        image.load()
    source_format, turn = str(image.format), _turn(image)
    to_rgb, profile = _conversion(image, _profile(image))
    pixels = _jpeg_pixels(data, *image.size) if is_plain_jpeg else _strip_by_strip(image, to_rgb)
    image.close()  # before the turned copy is made
    return Photo(turn(pixels).astype(np.uint8, copy=False) if turn else pixels, profile, source_format)


def _jpeg_pixels(data: bytes, width: int, height: int) -> Pixels:
    """The pixels of a JPEG of three channels. Raises ValueError if it is damaged or not of this size."""
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if pixels is None or pixels.shape[:2] != (height, width):
        raise ValueError("damaged JPEG")
    return np.asarray(pixels, np.uint8)


def _strip_by_strip(image: Image.Image, to_rgb: Callable[[Image.Image], npt.ArrayLike]) -> Pixels:
    width, height = image.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, STRIP_ROWS):
        strip = image.crop((0, top, width, min(top + STRIP_ROWS, height)))
        pixels[top : top + STRIP_ROWS] = to_rgb(strip)
    return pixels


def _turn(image: Image.Image) -> Callable[[Pixels], cv2.typing.MatLike] | None:
    try:
        return UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation))
    except Exception:  # unreadable EXIF says nothing of the orientation; the picture itself is sound
        return None


def _profile(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """The image's colour profile, if it is usable."""
    data = image.info.get("icc_profile")
    if not isinstance(data, bytes) or len(data) > MAX_PROFILE_BYTES:
        return None
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(data))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _conversion(
    image: Image.Image, profile: ImageCms.ImageCmsProfile | None
) -> tuple[Callable[[Image.Image], npt.ArrayLike], bytes | None]:
    """How strips of an image become uint8 RGB, and the profile of the result where the image's is one of RGB."""
    if image.mode.startswith("I") or image.mode == "F":
        return _eight_bits(image), None
    if image.has_transparency_data:
        to_rgb: Callable[[Image.Image], npt.ArrayLike] = _on_white
    else:
        to_rgb = _plain
    if profile is None:
        return to_rgb, None
    if profile.profile.xcolor_space.strip() == "RGB":
        return to_rgb, image.info["icc_profile"]
    if image.mode not in ("L", "CMYK", "LAB"):
        return to_rgb, None
    try:  # one of CMYK or grey would miscolour an RGB picture, so its colours are converted
        transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), image.mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):  # not of this image's mode
        return to_rgb, None
    return lambda strip: np.asarray(ImageCms.applyTransform(strip, transform)), None


def _plain(strip: Image.Image) -> npt.ArrayLike:
    return np.asarray(strip if strip.mode == "RGB" else strip.convert("RGB"))  # it copies even what is RGB


def _on_white(strip: Image.Image) -> npt.ArrayLike:
    layer = strip.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    return np.asarray(Image.alpha_composite(white, layer).convert("RGB"))


def _eight_bits(image: Image.Image) -> Callable[[Image.Image], npt.ArrayLike]:
    """How strips of a grey image of 16 bits, 32 bits or floats become 8 bits, three channels.

    White is the least of 1, 255 and 65535 that no value exceeds; values outside all of these are stretched, the least
    to black, the greatest to white.
    """
    if image.mode.startswith("I;16"):
        black, white = 0.0, 65_535.0
    else:
        rows = (_finite(image.crop((0, y, image.width, y + 1))) for y in range(image.height))
        extremes = [(float(row.min()), float(row.max())) for row in rows]
        least, greatest = min(low for low, _ in extremes), max(high for _, high in extremes)
        whites = [white for white in (1.0, 255.0, 65_535.0) if least >= 0 and greatest <= white]
        black, white = (0.0, whites[0]) if whites else (least, greatest)
    scale = 255 / ((white - black) or 1)
    return lambda strip: ((_finite(strip) - black) * scale).astype(np.uint8)[..., None]


def _finite(strip: Image.Image) -> npt.NDArray[np.float64]:
    return np.nan_to_num(np.asarray(strip).astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
