"""Bytes of an image file -> a photo: upright, three channels, 8 bits, with its colour profile and nothing else.

Decoding is where hostile input meets C code: only the formats below are tried, the limits are checked on the header
before a pixel is decoded, and a damaged file is an error. A reader of each format makes a `Picture` of the file; the
rest is the same for all: colours, transparency, orientation, strip by strip, so that beside the decoded picture and the
photo no third copy is ever made.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import numpy as np
from PIL import Image

from ..arrays import Pixels
from ..errors import BodyTooLarge, FocalError, InvalidOption, MissingImage, PhotoTooLarge, UndecodablePhoto
from ..settings import Settings
from .colour import Conversion, conversion, eight_bits
from .depth import DepthMap, of_disparity
from .file_kinds import format_of, refusal
from .grey_map import InColours, read_grey_map
from .limits import check_size
from .metadata import basic_exif
from .photo import Photo
from .picture import CHANNELS, Picture
from .portrait import fitted, read_portrait, sharp_picture
from .readers import READERS
from .transparency import on_white
from .upright import UPRIGHT

STRIP_ROWS = 64
DEFAULT_SETTINGS = Settings()


def decode_photo(data: bytes, settings: Settings = DEFAULT_SETTINGS, *, metadata: bool = False) -> Photo:
    """Decode an image file within the limits of the settings.

    Of an animation or a sequence, the first frame: the others are never decoded. Turns and crops are applied; EXIF, GPS
    and the rest are dropped.   metadata: whether the photo keeps what may stay of its EXIF.
    Raises MissingImage, BodyTooLarge, UnsupportedFormat, PhotoTooLarge or UndecodablePhoto.
    """
    source_format, within = check_file(data, settings), partial(check_size, settings=settings)
    with _own_errors(settings):
        portrait, original = read_portrait(data, source_format, within)
        picture = READERS[source_format](data, within)
        portrait = fitted(portrait, picture)
        if sharp := sharp_picture(original, picture, within) if original else None:
            picture, portrait = sharp, replace(portrait, is_blurred=False, is_original=True)
        photo = replace(_developed(picture), portrait=portrait)
        return replace(photo, exif=basic_exif(picture.extras.exif, picture.extras.xmp)) if metadata else photo


def decode_mask(data: bytes, settings: Settings = DEFAULT_SETTINGS) -> Photo:
    """Decode an image file that is a mask, as a photo but for its greys: no profile and no curve applies to numbers.

    Raises as `decode_photo` does.
    """
    source_format = check_file(data, settings)
    with _own_errors(settings):
        picture = READERS[source_format](data, partial(check_size, settings=settings))
        return _developed(replace(picture, marking=None) if picture.model in ("GRAY", "RGB") else picture)


def decode_depth(data: bytes, settings: Settings = DEFAULT_SETTINGS) -> DepthMap:
    """Decode an image file that is a map of disparity, its whites near, within the limits of the settings.

    Raises as `decode_photo` does, and InvalidOption for a picture in colours.
    """
    check_file(data, settings)
    with _own_errors(settings):
        try:
            return of_disparity(read_grey_map(data, partial(check_size, settings=settings)), "image")
        except InColours as error:
            raise InvalidOption("The map is in colours, whose meaning is not known; send one in greys.") from error


@contextmanager
def _own_errors(settings: Settings) -> Iterator[None]:
    """Within the block, whatever a decoder raises becomes an error of the contract, and it may not warn."""
    try:
        with warnings.catch_warnings():
            # Our own limits are the ones that answer; what libraries warn of (odd metadata) does no harm.
            warnings.simplefilter("ignore")
            yield
    except FocalError:
        raise
    except Image.DecompressionBombError as error:  # Pillow's own check can come before ours
        raise PhotoTooLarge(
            f"The photo has more than {2e-6 * (Image.MAX_IMAGE_PIXELS or 0):.0f} megapixels; "
            f"the limit is {settings.max_megapixels:g}: send a smaller one."
        ) from error
    except MemoryError as error:
        raise PhotoTooLarge("The photo takes more memory to decode than a photo may; save it anew.") from error
    except Exception as error:  # decoders raise nearly anything on hostile bytes
        raise UndecodablePhoto("The photo is damaged or incomplete and cannot be decoded; send it again.") from error


def check_file(data: bytes, settings: Settings) -> str:
    """The format of a file that is to be opened. Raises MissingImage, BodyTooLarge or UnsupportedFormat."""
    if not data:
        raise MissingImage("The image file is empty; send the bytes of an image.")
    if len(data) > settings.max_photo_bytes:
        raise BodyTooLarge(
            f"The photo has {len(data)} bytes; the limit is {settings.max_photo_bytes}: send a smaller one."
        )
    source_format = format_of(data)
    if source_format is None:
        raise refusal(data)
    return source_format


def looks_like_a_photo(data: bytes | bytearray) -> bool:
    """Whether a file's first bytes are those of an accepted format."""
    return format_of(data) is not None


def _developed(picture: Picture) -> Photo:
    convert = conversion(picture)
    turn = UPRIGHT[picture.orientation]
    if convert.keeps_samples and not picture.has_alpha and _is_photo_already(picture.samples):
        pixels, alpha = np.asarray(picture.samples, np.uint8), None
    else:
        pixels, alpha = _strip_by_strip(picture, convert)
    pixels = np.asarray(turn(pixels), np.uint8)
    alpha = None if alpha is None else np.asarray(turn(alpha), np.uint8)
    has_gain_map = picture.extras.has_gain_map
    return Photo(pixels, convert.icc_profile, picture.source_format, alpha, has_gain_map=has_gain_map)


def _is_photo_already(samples: object) -> bool:
    """Whether samples are an array that can be a photo's pixels."""
    if not isinstance(samples, np.ndarray) or samples.dtype != np.uint8 or samples.shape[2] != 3:
        return False
    return samples.flags.c_contiguous and samples.flags.writeable


def _strip_by_strip(picture: Picture, convert: Conversion) -> tuple[Pixels, Pixels | None]:
    pixels = np.empty((picture.height, picture.width, 3), np.uint8)
    alpha = np.empty(pixels.shape[:2], np.uint8) if picture.has_alpha else None
    for top in range(0, picture.height, STRIP_ROWS):
        strip = slice(top, min(top + STRIP_ROWS, picture.height))
        samples = picture.rows(strip.start, strip.stop)
        pixels[strip] = convert.to_rgb(samples[..., : CHANNELS[picture.model]])
        if alpha is not None:
            alpha[strip] = eight_bits(samples[..., -1])
            pixels[strip] = on_white(pixels[strip], alpha[strip])
    return pixels, alpha
