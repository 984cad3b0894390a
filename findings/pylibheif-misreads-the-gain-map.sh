#!/usr/bin/env bash
# pylibheif 1.25.0: what stands in a gain map after ISO 21496-1 is read in another order, and a screen that is bright enough gets half.
# Versions: pylibheif 1.25.0, imagecodecs 2026.3.6 (libultrahdr 1.4.0), pillow 13.0.0, numpy 2.4.6.
# Expected: `parse_gain_map_metadata` takes ISO 21496-1, so with what Google's encoder wrote `reconstruct_hdr` gives the light that
# libultrahdr's own decoder gives. And a screen with the headroom that `hdr_capacity_max` names gets all of the gain, as the description
# of both says ("4.0 for 2 stops").
# Seen: it takes the lowest bit of the flags for the number of channels, which is the highest one, and looks for the map's range where the
# two headrooms stand. Grey light of 4 comes out as red of 88, without a word; the same map with the right numbers, given by hand, comes
# out right. The name in front of the block is another one, too, than the one that files have, and with it nothing is found. And the
# headroom that is asked for is taken as stops, the capacity as a factor: at 4 of 4 the light is 1 instead of 2. No issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pylibheif==1.25.0 imagecodecs==2026.3.6 pillow==13.0.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys

import imagecodecs
import numpy as np
import pylibheif
from PIL import Image

NAME = b"urn:iso:std:iso:ts:21496:-1\0"
light = np.full((64, 96, 4), 0.5, np.float16)
light[:, :48, :3], light[..., 3] = 4, 1
file = imagecodecs.ultrahdr_encode(light)
start = file.rindex(NAME)
length = int.from_bytes(file[start - 2 : start], "big")
block = file[start + len(NAME) : start + length - 2]
picture = Image.open(io.BytesIO(file))
base = np.asarray(picture.convert("RGB"))
picture.seek(1)
gain = np.asarray(picture.convert("RGB"))
places = ((32, 12), (32, 84))

by_google = [imagecodecs.ultrahdr_decode(file)[place][:3].astype(float) for place in places]
read = pylibheif.parse_gain_map_metadata(block)
headroom = int.from_bytes(block[13:17], "big") / int.from_bytes(block[17:21], "big")  # the alternate one; here the map's range as well
by_hand = pylibheif.GainMapMetadata(
    gain_map_min=(0,) * 3, gain_map_max=(headroom,) * 3, gamma=(1,) * 3, offset_sdr=(0,) * 3, offset_hdr=(0,) * 3,
    hdr_capacity_min=0, hdr_capacity_max=headroom,
)  # fmt: skip
print(f"it reads a range of {read.gain_map_min} to {read.gain_map_max}, gamma {read.gamma}; in the file: 0 to {headroom:.2f}, gamma 1")
seen = {}
for name, numbers in (("as it reads them", read), ("by hand", by_hand)):
    seen[name] = [pylibheif.reconstruct_hdr(base, gain, numbers)[place] for place in places]
    print(f"light of 4 and of .5, with numbers {name}: {seen[name][0].round(2)} and {seen[name][1].round(2)}")
print(f"by libultrahdr: {by_google[0].round(2)} and {by_google[1].round(2)}")
right = np.allclose(seen["by hand"], by_google, rtol=0.01)
wrong = seen["as it reads them"][0][0] > 50 and seen["as it reads them"][0][2] < 1
nothing = pylibheif.parse_gain_map_metadata(NAME + block) is None
print(f"with the name that stands before it nothing is found: {nothing}")

two_stops = pylibheif.GainMapMetadata.from_scalar(max_boost_stops=2.0)
half, full = np.full((8, 8, 3), 188, np.uint8), np.full((8, 8), 255, np.uint8)
lights = {}
for room in (None, 2, 4, 16):
    lights[room] = float(pylibheif.reconstruct_hdr(half, full, two_stops, target_headroom=room)[0, 0, 0])
    print(f"two stops, capacity {two_stops.hdr_capacity_max}, headroom {room}: {lights[room]:.2f}")
halved = lights[4] < 0.52 * lights[None] and lights[16] == lights[None]
sys.exit(0 if right and wrong and nothing and halved else "changed")
PYTHON
