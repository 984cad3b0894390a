"""The depth that a photo brings with it, or shows: a phone's map in its file, else the ground."""

from __future__ import annotations

from ..arrays import Pixels
from ..photo.depth import DepthMap
from ..photo.photo import Photo
from .ground import estimate_ground
from .mask_and_depth import is_near


def depth_of_photo(photo: Photo, alpha: Pixels | None) -> DepthMap | None:
    """The depth in the photo's file, else that of the ground on which its subject stands; None if there is neither.

    alpha: uint8 (H, W), 255 subject, or None.
    The file's sign is not trusted: what is known to be the subject, or a person, must be near.
    """
    depth, known = photo.portrait.depth, photo.portrait.matte if alpha is None else alpha
    if depth and (known is None or is_near(depth.disparity, known)):
        return depth
    return None if alpha is None else estimate_ground(alpha, photo.preview)
