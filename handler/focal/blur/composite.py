"""The subject laid over a new background without the rim of the old one.

At a soft edge a photo shows a mixture, I = alpha · F + (1 − alpha) · B. To exchange B, the subject's own colour F must
be known there. As in the fast estimates of Germer et al. ("Fast Multi-Level Foreground Estimation", ICPR 2020) and of
Forte ("Approximate Fast Foreground Colour Estimation", ICIP 2021), a first guess of F and B extends the sure colours of
either side; then both are moved, by as little as it takes, until their mixture is the photo. So a hair keeps its own
detail and gives up the old background's colour, and what is all subject stays as it was.
"""

import cv2
import numpy as np

from ..arrays import Floats, Pixels

_ALPHA = np.arange(256) / 255
# Of what the guesses leave unexplained, the part that F must move by: least squares under the mixture's equation.
_SHARE_OF_F = (_ALPHA / (_ALPHA**2 + (1 - _ALPHA) ** 2)).astype(np.float32)


def composite(pixels: Pixels, alpha: Pixels, foreground: Pixels, background: Pixels, new: Pixels) -> Pixels:
    """Exchange the background of a photo for `new`.

    pixels, new: uint8 (h, w, 3).   alpha: uint8 (h, w), 255 subject.
    foreground, background: uint8 (h, w, 3), a first guess of either layer's colour.
    Returns uint8 (h, w, 3): `new` where alpha is 0, `pixels` where it is 255.
    """
    of_subject = alpha.astype(np.float32)
    F = subject_colour(pixels, alpha, foreground, background)
    mixed = cv2.blendLinear(F, new.astype(np.float32), of_subject, 255 - of_subject)
    return np.asarray(cv2.convertScaleAbs(mixed), np.uint8)  # rounds as np.rint does, in one pass


def subject_colour(pixels: Pixels, alpha: Pixels, foreground: Pixels, background: Pixels) -> Floats:
    """The subject's own colour F; parameters as for `composite`.   Returns float32 (h, w, 3), 0..255"""
    of_subject = alpha.astype(np.float32)
    F, B = foreground.astype(np.float32), background.astype(np.float32)
    unexplained = np.asarray(cv2.blendLinear(F, B, of_subject, 255 - of_subject), np.float32)
    np.subtract(pixels, unexplained, out=unexplained)
    unexplained *= cv2.merge([cv2.LUT(alpha, _SHARE_OF_F)] * 3)
    F += unexplained
    return np.asarray(np.clip(F, 0, 255, out=F), np.float32)
