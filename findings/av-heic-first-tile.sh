#!/usr/bin/env bash
# av 18.1.0 (FFmpeg 8.1): of a phone's HEIC it decodes the first tile, without a word.
# Versions: av 18.1.0, imageio 2.38.1, pillow-heif 1.8.1, pillow 13.0.0, numpy 2.4.6.
# Expected: decode() gives the picture, as pillow-heif does, or an error.
# Seen: phones store a HEIC as a grid of tiles; each is a video stream here, and the first frame of "the video" is the tile
# at the top left, in its own size, unturned. imageio's pyav plugin gives the same; the turn (irot) is lost as well.
# The file is made here, of four tiles, laid out as iPhones lay theirs out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q av==18.1.0 imageio==2.38.1 pillow-heif==1.8.1 pillow==13.0.0 numpy==2.4.6

cd "$folder"
venv/bin/python - <<'PYTHON'
import io
import struct
import sys
from pathlib import Path

import av
import imageio.v3 as imageio
import numpy as np
import pillow_heif
from PIL import Image

SIDE, COLOURS = 64, ("red", "lime", "blue", "white")


def box(kind, *content):
    whole = b"".join(content)
    return struct.pack(">I4s", 8 + len(whole), kind) + whole


def full(kind, *content, version=0):
    return box(kind, bytes([version, 0, 0, 0]), *content)


def tile(colour):
    """The decoder's configuration and the data of one tile."""
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (SIDE, SIDE), colour)).save(file, quality=90)
    data = file.getvalue()
    start, media = data.index(b"hvcC") - 4, data.index(b"mdat") - 4
    return data[start : start + int.from_bytes(data[start : start + 4])], data[media + 8 :]


def heic():
    """A grid of two by two tiles, turned by a quarter."""
    tiles = [tile(colour) for colour in COLOURS]
    grid = struct.pack(">4BHH", 0, 0, 1, 1, 2 * SIDE, 2 * SIDE)
    sizes = [full(b"ispe", struct.pack(">II", side, side)) for side in (2 * SIDE, SIDE)]
    links = b"\0\1\2\1\x83" + b"".join(struct.pack(">HBBB", n, 2, 2, 0x84) for n in range(2, 6))
    kinds = [b"grid", *[b"hvc1"] * 4]
    entries = [full(b"infe", struct.pack(">HH4sx", n, 0, kind), version=2) for n, kind in enumerate(kinds, 1)]
    head = box(b"ftyp", b"heic", bytes(4), b"mif1heic")

    def meta(start):
        places = struct.pack(">HHHHII", 1, 1, 0, 1, 0, len(grid))
        for n, (_, data) in enumerate(tiles, 2):
            places += struct.pack(">HHHHII", n, 0, 0, 1, start, len(data))
            start += len(data)
        return full(
            b"meta",
            full(b"hdlr", bytes(4), b"pict", bytes(13)),
            full(b"pitm", b"\0\1"),
            full(b"iloc", b"\x44\0\0\5", places, version=1),
            full(b"iinf", b"\0\5", *entries),
            box(b"iprp", box(b"ipco", *sizes, box(b"irot", b"\1"), tiles[0][0]), full(b"ipma", struct.pack(">I", 5), links)),
            full(b"iref", box(b"dimg", struct.pack(">6H", 1, 4, 2, 3, 4, 5))),
            box(b"idat", grid),
        )

    start = len(head) + len(meta(0)) + 8
    return head + meta(start) + box(b"mdat", *(data for _, data in tiles))


def corners(pixels):
    height, width = pixels.shape[:2]
    return [pixels[y, x].tolist() for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]


Path("photo.heic").write_bytes(heic())
pillow_heif.register_heif_opener()
with av.open("photo.heic") as container:
    streams, frame = len(container.streams.video), next(container.decode(video=0))
seen = {
    "pillow-heif": np.asarray(Image.open("photo.heic").convert("RGB")),
    "av": frame.to_ndarray(format="rgb24"),
    "imageio, plugin pyav": imageio.imread("photo.heic", plugin="pyav", index=0),
}
print(f"av: {streams} video streams, rotation {frame.rotation}")
for name, pixels in seen.items():
    print(f"{name}: {pixels.shape}, corners {corners(pixels)}")
one_colour = {name: bool(np.ptp(pixels.reshape(-1, 3), axis=0).max() < 8) for name, pixels in seen.items()}
sizes = [pixels.shape[:2] for pixels in seen.values()]
right = sizes == [(128, 128), (64, 64), (64, 64)] and list(one_colour.values()) == [False, True, True]
sys.exit(0 if right and streams == 4 and frame.rotation == 0 else "changed")
PYTHON
