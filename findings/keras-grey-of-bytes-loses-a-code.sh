#!/usr/bin/env bash
# Keras 3.15.1: the grey of a grey photo of bytes is one code darker, for every value but black.
# Versions: keras 3.15.1, jax 0.10.2, jaxlib 0.10.2, pillow 13.0.0, numpy 2.4.6.
# Expected: red, green and blue of one value give that value, as by Pillow, OpenCV and tf.image; the layer RandomGrayscale leaves a
# grey photo as it is.
# Seen: rgb_to_grayscale weighs by .2989, .5870 and .1140, whose sum is .9999, and cuts off what is behind the point: 255 becomes
# 254, 1 becomes 0. Colours are half a code darker on average. The layer does the same to bytes, and so do the backends NumPy and
# TensorFlow. No issue on it was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 pillow==13.0.0 numpy==2.4.6

KERAS_HOME="$folder" KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
from keras import layers, ops
from PIL import Image

greys = np.repeat(np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1), 3, axis=3)
colours = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), dtype=np.uint8)


def by_pillow(photo):
    return np.asarray(Image.fromarray(photo[0]).convert("L"))


def by_keras(photo):
    return np.asarray(ops.image.rgb_to_grayscale(photo))[0, ..., 0]


def by_layer(photo):
    return np.asarray(layers.RandomGrayscale(1.0)(photo, training=True))[0, ..., 0]


seen = {}
for way in (by_pillow, by_keras, by_layer):
    difference = way(greys).astype(int) - greys[0, ..., 0]
    exact = colours[0] @ np.array([0.299, 0.587, 0.114])
    seen[way] = sorted(set(difference.flat)), float((way(colours) - exact).mean())
    wrong = int((difference != 0).sum())
    print(f"{way.__name__}: {wrong} of 256 greys differ, by {[int(d) for d in seen[way][0]]}; colours by {seen[way][1]:.2f} on average")
white = by_keras(np.full((1, 8, 8, 3), 255, np.uint8))
print("white:", sorted(set(white.flat)))
holds = [seen[by_pillow][0] == [0], abs(seen[by_pillow][1]) < 0.05, set(white.flat) == {254}]
for way in (by_keras, by_layer):
    holds += [seen[way][0] == [-1, 0], (by_keras(greys) != greys[0, ..., 0]).sum() == 255, -0.6 < seen[way][1] < -0.4]
sys.exit(0 if all(holds) else "changed")
PYTHON
