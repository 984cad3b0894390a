#!/usr/bin/env bash
# ffmpeg 9.0.2: `lut3d` takes the curve before a cube for the cube itself, and reads the domain of a cube right only where it is 0 to 1 or more.
# Versions: imageio-ffmpeg 0.8.1 (ffmpeg 9.0.2), opencolorio 2.6.0, numpy 2.4.6.
# Expected: what the table was made of, as OpenColorIO gives it. A .cube file may say the values that its table starts and ends with
# (DOMAIN_MIN and DOMAIN_MAX of Adobe's specification), and may have a curve for the light before the cube (LUT_1D_SIZE beside LUT_3D_SIZE,
# as DaVinci Resolve writes and reads it).
# Seen: the lines of the curve are the first entries of the cube, and the cube's own follow them: all colours are wrong, by 49 of 255
# on average, with status 0 and without a word. Of the domain the start is left out, so that for -1 to 1 a photo is looked up in the half below
# zero; and the width counts only if it is 1 or more, so that .1 to .9 is read as 0 to 1. No issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q imageio-ffmpeg==0.8.1 opencolorio==2.6.0 numpy==2.4.6

cd "$folder"
venv/bin/python - <<'PYTHON'
import subprocess
import sys
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import PyOpenColorIO as ocio

photo = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)


def look(light):
    """A mild look: red is lifted, green lowered, blue takes some of the red."""
    red, green, blue = np.moveaxis(np.maximum(light, 0), -1, 0)
    return np.clip(np.stack([red**0.8, green**1.2, 0.8 * blue + 0.2 * red], -1), 0, 1)


def cube(name, low=0.0, high=1.0, curve=False):
    """A table of 33 steps of the look from low to high; with a curve, of its squares behind a table of square roots."""
    lines = ["LUT_1D_SIZE 1024"] if curve else []
    lines += ["LUT_3D_SIZE 33"]
    if (low, high) != (0, 1):
        lines += [f"DOMAIN_MIN {low} {low} {low}", f"DOMAIN_MAX {high} {high} {high}"]
    rows = [np.sqrt(np.linspace([0] * 3, [1] * 3, 1024))] if curve else []
    blue, green, red = np.meshgrid(*[np.linspace(low, high, 33)] * 3, indexing="ij")
    light = np.stack([red, green, blue], -1).reshape(-1, 3)
    rows.append(look(light**2 if curve else light))
    lines += [" ".join(f"{value:.6f}" for value in row) for row in np.concatenate(rows)]
    Path(name).write_text("\n".join(lines) + "\n")


def by_ffmpeg(name):
    form = ["-f", "rawvideo", "-pix_fmt", "rgb24"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-nostdin", *form, "-s", "64x64", "-i", "-", "-vf", f"lut3d={name}"]
    done = subprocess.run([*command, *form, "-"], input=photo.tobytes(), capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.uint8).reshape(photo.shape).astype(float), done.stderr.decode().strip()


def by_opencolorio(name):
    transform = ocio.FileTransform(name, interpolation=ocio.INTERP_TETRAHEDRAL)
    pixels = photo.astype(np.float32) / 255
    ocio.Config.CreateRaw().getProcessor(transform).getDefaultCPUProcessor().applyRGB(pixels)
    return pixels * 255.0


print(subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-version"], capture_output=True, text=True, check=True).stdout.splitlines()[0])
holds = True
for name, least, given in (
    ("plain.cube", 0, {}),
    ("0 to 2.cube", 0, {"high": 2.0}),
    ("curve.cube", 40, {"curve": True}),
    ("-1 to 1.cube", 50, {"low": -1.0}),
    ("0 to .5.cube", 20, {"high": 0.5}),
    (".1 to .9.cube", 5, {"low": 0.1, "high": 0.9}),
):
    cube(name, **given)
    wanted = 255 * look(np.clip(photo / 255, given.get("low", 0), given.get("high", 1)))
    seen, said = by_ffmpeg(name)
    apart, apart_ocio = np.abs(seen - wanted).mean(), np.abs(by_opencolorio(name) - wanted).mean()
    print(f"{name}: ffmpeg is {apart:.1f} of 255 off on average, OpenColorIO {apart_ocio:.1f} {said}")
    holds &= apart_ocio < 1 and said == "" and (apart > least if least else apart < 1)
sys.exit(0 if holds else "changed")
PYTHON
