"""An explanation's own numbers as a NumPy archive, for those who go on computing with them."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

from .. import __version__
from ..inspection import Explanation
from ..options import ExplanationOptions


def explanation_archive(explanations: Sequence[Explanation], asked: ExplanationOptions) -> bytes:
    """The file that np.load opens, the same bytes for the same numbers.

    attribution      float32 (n, c, h, w), with sign: of each class, for the values that `place` names
    index, label     int64 and text (n,): the ImageNet classes
    probability      float32 (n,), of the classifier's own view of the photo, as an answer gives it
    mask_confidence  float32 (n,), nan where it is not known
    logits           float32 (1000,), of `view`
    view             uint8 (h, w, 3): what the network saw
    samples          int64: of how many gradients each map is the mean
    method, place    text: how the maps were made, and of whose values: the input's or an inner layer's
    version          text: of Focal
    """
    buffer, classes = io.BytesIO(), [each.classification for each in explanations]
    confidences = [np.nan if each.confidence is None else each.confidence for each in explanations]
    np.savez(
        buffer,
        attribution=np.stack([each.attribution for each in explanations]),
        index=np.array([each.index for each in classes], np.int64),
        label=np.array([each.label for each in classes]),
        probability=np.array([each.probability for each in classes], np.float32),
        mask_confidence=np.array(confidences, np.float32),
        logits=explanations[0].logits,
        view=explanations[0].view,
        samples=np.array(asked.gradients),
        method=np.array(asked.method),
        place=np.array(asked.place),
        version=np.array(__version__),
    )
    return buffer.getvalue()
