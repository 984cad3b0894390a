"""Bytes of an image file -> a photo: upright, three channels, 8 bits, with its colour profile and nothing else.

Decoding is where hostile input meets C code, so it follows Pillow's security handbook: only the formats below are tried,
the limits are checked on the header before a pixel is decoded, and a truncated file is an error.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image, ImageCms, ImageOps

from .errors import BodyTooLarge, MissingImage, PhotoTooLarge, UndecodablePhoto, UnsupportedFormat
from .settings import Settings

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
FORMATS_IN_WORDS = "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC"
WHITE = (255, 255, 255)

pillow_heif.register_heif_opener()
Image.init()  # after it, Image.OPEN says by which first bytes each format is known


@dataclass(frozen=True)
class Photo:
    """A decoded photo.

    pixels: uint8 (H, W, 3), upright; transparent parts are composited onto white.
    icc_profile: the RGB colour profile in which the pixels are meant; None means sRGB.
    """

    pixels: npt.NDArray[np.uint8]
    icc_profile: bytes | None
    source_format: str


def decode_photo(data: bytes, settings: Settings) -> Photo:
    """Decode an image file.

    Of an animation or a sequence, the first frame. EXIF orientation is applied; EXIF, GPS and the rest are dropped.
    Raises MissingImage, BodyTooLarge, UnsupportedFormat, PhotoTooLarge or UndecodablePhoto.
    """
    if not data:
        raise MissingImage("The request holds no photo; send the bytes of an image.")
    if len(data) > settings.max_photo_bytes:
        raise BodyTooLarge(
            f"The photo has {len(data)} bytes; the limit is {settings.max_photo_bytes}: send a smaller one."
        )
    if not _looks_like_an_accepted_format(data):
        raise UnsupportedFormat(f"The photo is not in an accepted format; send {FORMATS_IN_WORDS}.")
    try:
        with warnings.catch_warnings():
            # Our own limits are the ones that answer; what else Pillow warns of (odd metadata) does no harm.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _check_size(image.width, image.height, settings)
                return _developed(image)
    except PhotoTooLarge:
        raise
    except Image.DecompressionBombError as error:
        raise PhotoTooLarge(
            f"The photo has too many pixels; the limit is {settings.max_megapixels:g} megapixels."
        ) from error
    except Exception as error:  # Pillow's decoders raise nearly anything on hostile bytes
        raise UndecodablePhoto("The photo is damaged or incomplete and cannot be decoded; send it again.") from error


def _looks_like_an_accepted_format(data: bytes) -> bool:
    accepts = (Image.OPEN[name][1] for name in FORMATS if name in Image.OPEN)
    return any(accept is not None and accept(data[:16]) not in (False, None) for accept in accepts)


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


def _developed(image: Image.Image) -> Photo:
    source_format, profile = str(image.format), image.info.get("icc_profile")
    image.load()
    upright = _upright(image)
    rgb, profile = _rgb(upright, profile if isinstance(profile, bytes) else None)
    return Photo(np.array(rgb), profile, source_format)


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # unreadable EXIF says nothing of the orientation; the picture itself is sound
        return image


def _rgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, bytes | None]:
    """The image as 8-bit RGB, and its profile where that is one of RGB."""
    if image.mode.startswith("I") or image.mode == "F":
        return _eight_bits(image).convert("RGB"), None
    if image.mode == "CMYK" and profile:
        image, profile = _to_srgb(image, profile), None
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.new("RGBA", layer.size, (*WHITE, 255))
        image.alpha_composite(layer)
    return image.convert("RGB"), profile if profile and _is_of_rgb(profile) else None


def _eight_bits(image: Image.Image) -> Image.Image:
    """A grey image of 16 bits, 32 bits or floats as 8 bits: 16-bit values keep their meaning, others are stretched."""
    values = np.asarray(image)
    if image.mode.startswith("I;16") or (image.mode == "I" and 255 < values.max() <= 65_535 and values.min() >= 0):
        return Image.fromarray((values // 257).astype(np.uint8))
    finite = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    return Image.fromarray(((finite - low) / (high - low or 1.0) * 255).astype(np.uint8))


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        converted = ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):  # an unusable profile: Pillow's own conversion serves
        return image
    return converted or image


def _is_of_rgb(profile: bytes) -> bool:
    """Whether an ICC profile is usable and of RGB: one of CMYK or grey would miscolour our RGB output."""
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.xcolor_space.strip() == "RGB"
    except (ImageCms.PyCMSError, OSError, ValueError):
        return False
