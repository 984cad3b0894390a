#!/usr/bin/env bash
# ffmpeg 9.0.2: a TIFF whose pixels are stored in tiles is a black picture, and one whose strips are JPEG is a black or a green one.
# Versions: imageio-ffmpeg 0.8.1 (ffmpeg 9.0.2), av 18.1.0, pillow 13.0.0, tifffile 2026.3.3, imagecodecs 2026.3.6, numpy 2.4.6.
# Expected: the picture, as Pillow reads it, or an error, as for a TIFF in WebP, Zstandard or JPEG 2000.
# Seen: status 0, the right size, and no word at the level of warnings: black for every kind of tile, grey or in colour, packed or not; for strips
# of JPEG black where they are grey or RGB, as Pillow saves them, and one green where they are YCbCr, as tifffile does. Other strips are
# right. PyAV gives the same. No issue was found; ffmpeg's own tracker could not be searched.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q imageio-ffmpeg==0.8.1 av==18.1.0 pillow==13.0.0 tifffile==2026.3.3 imagecodecs==2026.3.6 numpy==2.4.6

cd "$folder"
venv/bin/python - <<'PYTHON'
import subprocess
import sys

import av
import imageio_ffmpeg
import numpy as np
import tifffile
from PIL import Image

down, right = np.mgrid[:144, :192]
photo = np.stack([right, down, (right + down) // 2], -1).astype(np.uint8)
grey = photo[..., 0].copy()


def colours(picture):
    """How many of them it has, and the one in the middle."""
    return len(np.unique(picture.reshape(-1, 3), axis=0)), picture[72, 96].tolist()


def seen(name):
    """By ffmpeg with what it said, by PyAV, and how far off Pillow is."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-nostdin", "-y", "-i", name]
    command += ["-frames:v", "1", "-update", "1", "-pix_fmt", "rgb24", "seen.png"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    by_ffmpeg = np.asarray(Image.open("seen.png"))
    with av.open(name) as container:
        by_av = next(container.decode(video=0)).to_ndarray(format="rgb24")
    return by_ffmpeg, by_av, done.stderr.strip(), np.asarray(Image.open(name).convert("RGB"))


TILES = {"tile": (64, 64)}
JPEG = {"compression": "jpeg"}
pictures = {
    "strips": (photo, {}),
    "strips, deflate": (photo, {"compression": "zlib", "rowsperstrip": 16}),
    "tiles": (photo, TILES),
    "tiles, grey": (grey, TILES),
    "tiles, deflate": (photo, {**TILES, "compression": "zlib"}),
    "tiles, LZW": (photo, {**TILES, "compression": "lzw"}),
    "strips, JPEG of YCbCr": (photo, JPEG),  # into which tifffile turns RGB
    "strips, JPEG of grey": (grey, JPEG),
}
for name, (pixels, kept) in pictures.items():
    tifffile.imwrite(f"{name}.tif", pixels, photometric="rgb" if pixels.ndim == 3 else "minisblack", **kept)
Image.fromarray(photo).save("strips, JPEG of RGB.tif", compression="jpeg", quality=95)

print(subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-version"], capture_output=True, text=True, check=True).stdout.splitlines()[0])
holds = True
for name in [*pictures, "strips, JPEG of RGB"]:
    by_ffmpeg, by_av, said, by_pillow = seen(f"{name}.tif")
    wanted = np.stack([grey] * 3, -1) if "grey" in name else photo
    right_by_pillow = np.abs(by_pillow.astype(int) - wanted).max() < 25
    count, middle = colours(by_ffmpeg)
    print(f"{name}: ffmpeg {count} colours, in the middle {middle}, says {said!r}; PyAV {colours(by_av)[1]}; Pillow {colours(by_pillow)[1]}")
    whole = (by_ffmpeg == wanted).all() and (by_av == wanted).all()
    one = count == 1 and colours(by_av)[0] == 1 and (middle == [0, 0, 0]) == ("YCbCr" not in name)
    holds &= right_by_pillow and said == "" and (one if "tiles" in name or "JPEG" in name else whole)
sys.exit(0 if holds else "changed")
PYTHON
