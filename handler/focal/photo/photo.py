"""A photo: what the decoders make of a file, and all that follows works on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from ..arrays import Pixels
from .depth import NO_PORTRAIT, Portrait
from .preview import preview, reduce_to


@dataclass(frozen=True)
class Photo:
    """A decoded photo.

    pixels: uint8 (H, W, 3), upright; transparent parts are composited onto white.
    icc_profile: the RGB colour profile in which the pixels are meant; None means sRGB.
    alpha: uint8 (H, W), 0 where the file is transparent; None if it has no transparency.
    exif: what may stay of the file's metadata (see metadata.py), if it was asked for and there is any.
    has_gain_map: whether the file has an HDR gain map as well, which is no part of the photo.
    portrait: what a phone's portrait mode left in the file.
    earlier_preview: of a photo that was reduced, the preview of what it was.
    """

    pixels: Pixels
    icc_profile: bytes | None
    source_format: str
    alpha: Pixels | None = None
    exif: bytes | None = None
    has_gain_map: bool = False
    portrait: Portrait = NO_PORTRAIT
    earlier_preview: Pixels | None = None

    @cached_property
    def preview(self) -> Pixels:
        """A small copy of the pixels, uint8 (h, w, 3), see `preview`."""
        return preview(self.pixels) if self.earlier_preview is None else self.earlier_preview

    def reduced(self, longest_px: int | None) -> Photo:
        """The photo with at most that many pixels on its longer side; the networks look at the same preview of it."""
        if longest_px is None or max(self.pixels.shape[:2]) <= longest_px:
            return self
        alpha = None if self.alpha is None else reduce_to(self.alpha, longest_px)
        return replace(self, pixels=reduce_to(self.pixels, longest_px), alpha=alpha, earlier_preview=self.preview)
