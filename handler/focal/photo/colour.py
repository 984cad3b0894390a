"""Colour: what a file's samples mean, and what becomes of them.

The working space is RGB in 8 bits with the curve of sRGB, in whatever primaries the photo has; the answer carries the
profile of that space, or none if it is sRGB. A file with an RGB profile keeps it and its samples as they are. All else
is converted once, here:

    what the file says                  becomes
    nothing                             sRGB
    an ICC profile of RGB               itself; if its curve is so steep that 8 bits are too few, its primaries with
                                        the curve of sRGB; if it is longer than 1 MB, sRGB
    an ICC profile of its other model   sRGB (grey, CMYK, L*a*b*), by LittleCMS
    an ICC profile of another model     nothing: it does not fit, and is dropped
    code points, gamma, primaries       the same primaries with the curve of sRGB
    code points of PQ or HLG            sRGB, tone-mapped
    transparency beside any of these    sRGB, where browsers blend; then what is transparent is laid on white
"""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageCms

from ..arrays import Pixels
from . import icc
from .hdr import tone_mapped
from .picture import Model, Picture, Samples
from .spaces import BT709, RgbSpace, srgb_encoded

# A curve in whose darkest step of 8 bits sRGB has four.
STEEP = 4
# Pillow, for one, reads no PNG with a longer profile: an answer should not be one.
MAX_KEPT_BYTES = 1_000_000
MAX_REMEMBERED_BYTES = 10_000
# What LittleCMS raises on a profile that it can open and not use.
UNUSABLE = (ImageCms.PyCMSError, OSError, ValueError)
# How far a profile's colours may be from sRGB's, in code values, to be called sRGB.
SAME = 1


@dataclass(frozen=True)
class Conversion:
    """to_rgb: samples (h, w, channels of the model) -> uint8 (h, w, 3), in the space of `icc_profile`; None is sRGB."""

    to_rgb: Callable[[Samples], Pixels]
    icc_profile: bytes | None = None

    @property
    def keeps_samples(self) -> bool:
        """Whether samples of RGB in 8 bits stay as they are."""
        return self.to_rgb is _plain


def conversion(picture: Picture) -> Conversion:
    """How a picture's samples become the working space; with transparency, always sRGB."""
    marking = picture.marking
    is_large = isinstance(marking, bytes) and len(marking) > MAX_REMEMBERED_BYTES
    converted = (_conversion if is_large else _remembered)(picture.model, marking, picture.bits)
    if not picture.has_alpha or converted.icc_profile is None or _is_srgb(converted.icc_profile):
        return converted
    to_srgb = _by_littlecms(converted.icc_profile, "RGB", 8)
    return Conversion(lambda samples: to_srgb(converted.to_rgb(samples)))


def eight_bits(samples: Samples) -> Pixels:
    """Samples of 16 bits -> the nearest of 8, uint8 of the same shape; those of 8 bits stay as they are."""
    if samples.dtype == np.uint8:
        return np.asarray(samples, np.uint8)
    return ((samples.astype(np.uint32) * 255 + 32_895) >> 16).astype(np.uint8)


def _conversion(model: Model, marking: bytes | RgbSpace | None, bits: int) -> Conversion:
    """The conversion that a picture's marking asks for, if it fits."""
    if isinstance(marking, bytes):
        profile_model = icc.model_of(marking)
        with suppress(*UNUSABLE):
            if profile_model == "RGB" and model in ("RGB", "GRAY"):
                space = icc.hdr_space(marking)
                return _of_space(space, bits) if space else _of_rgb_profile(marking, bits)
            if profile_model == model:
                return Conversion(_by_littlecms(marking, model, bits))
    elif marking and model in ("RGB", "GRAY"):
        return _of_space(marking, bits)
    return _unmarked(model)


_remembered = lru_cache(16)(_conversion)  # cameras of a kind write one profile


def _unmarked(model: Model) -> Conversion:
    if model == "CMYK":
        return Conversion(_inks)
    return Conversion(_by_littlecms(icc.LAB_PROFILE, model, 8) if model == "LAB" else _plain)


def _of_space(space: RgbSpace, bits: int) -> Conversion:
    """Of an RGB space; a grey is three equal channels."""
    if space.is_hdr:
        return Conversion(lambda samples: tone_mapped(_three(samples), space))
    profile = None if space.primaries == BT709 else icc.rgb_profile(space.primaries)
    if space.transfer == "srgb":
        return Conversion(_plain, profile)
    table = np.round(255 * srgb_encoded(space.linear(np.linspace(0, 1, 2**bits)))).astype(np.uint8)
    return Conversion(lambda samples: np.asarray(_three(table[samples]), np.uint8), profile)


def _of_rgb_profile(profile: bytes, bits: int) -> Conversion:
    """Raises what is UNUSABLE, even where the samples stay as they are: a profile that is kept is used later."""
    _to_srgb(profile, "RGB", ImageCms.Flags.NOOPTIMIZE)
    curves = icc.tone_curves(profile)
    if not any(_is_steep(curve) for curve in curves):
        if len(profile) <= MAX_KEPT_BYTES:
            return Conversion(_plain, profile)
        to_srgb = _by_littlecms(profile, "RGB", 8)
        return Conversion(lambda samples: to_srgb(_plain(samples)))
    tables = [_grey_table(curve, bits)[:, 0] for curve in curves]

    def to_rgb(samples: Samples) -> Pixels:
        channels = np.moveaxis(_three(samples), -1, 0)
        return np.stack([table[channel] for table, channel in zip(tables, channels, strict=True)], axis=-1)

    return Conversion(to_rgb, icc.with_srgb_curve(profile))


def _plain(samples: Samples) -> Pixels:
    return np.asarray(_three(eight_bits(samples)), np.uint8)


def _three(samples: Samples) -> Samples:
    """Grey -> three equal channels."""
    return np.repeat(samples, 3, axis=-1) if samples.shape[-1] == 1 else samples


def _inks(samples: Samples) -> Pixels:
    """CMYK without a profile: each ink takes away its own light, and black all of it."""
    light = cv2.bitwise_not(eight_bits(samples))
    return np.asarray(
        cv2.multiply(light[..., :3], cv2.cvtColor(light[..., 3], cv2.COLOR_GRAY2RGB), scale=1 / 255), np.uint8
    )


def _by_littlecms(profile: bytes, model: Model, bits: int) -> Callable[[Samples], Pixels]:
    """Samples of the profile's model -> sRGB."""
    if model == "GRAY":
        table = _grey_table(profile, bits)
        return lambda samples: np.asarray(table[samples[..., 0]])
    transform = _to_srgb(profile, model)
    return lambda samples: np.asarray(transform.apply(_image(eight_bits(samples), model)))


def _grey_table(profile: bytes, bits: int) -> Pixels:
    """The sRGB of each value of a grey profile, uint8 (2**bits, 3)."""
    ramp = np.arange(2**bits, dtype=np.uint8 if bits == 8 else np.uint16)[None]
    # Unless it is told to calculate exactly, LittleCMS is off by up to ten code values in the shadows.
    transform = _to_srgb(profile, "L" if bits == 8 else "I;16", ImageCms.Flags.NOOPTIMIZE)
    return np.asarray(transform.apply(Image.fromarray(ramp)), np.uint8).reshape(-1, 3)


@lru_cache(8)
def _is_steep(profile: bytes) -> bool:
    """Whether 8 bits are too few for the shadows of a grey profile."""
    try:
        return int(_grey_table(profile, 8)[1, 0]) >= STEEP
    except UNUSABLE:
        return False


def _to_srgb(profile: bytes, mode: str, flags: ImageCms.Flags = ImageCms.Flags.NONE) -> ImageCms.ImageCmsTransform:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    return ImageCms.ImageCmsTransform(ImageCms.ImageCmsProfile(io.BytesIO(profile)), srgb, mode, "RGB", flags=flags)


def _image(samples: Pixels, mode: str) -> Image.Image:
    if mode == "LAB":  # Pillow reads no array as LAB
        return Image.merge("LAB", [Image.fromarray(np.ascontiguousarray(samples[..., n])) for n in range(3)])
    height, width, _ = samples.shape
    return Image.frombytes(mode, (width, height), samples.tobytes())


def _is_srgb(profile: bytes) -> bool:
    """Whether a profile of RGB gives colours their sRGB values."""
    probes = np.stack(np.meshgrid(*[np.arange(0, 256, 51, dtype=np.uint8)] * 3), axis=-1).reshape(6, 36, 3)
    shown = _by_littlecms(profile, "RGB", 8)(probes)
    return int(np.abs(shown.astype(int) - probes).max()) <= SAME
