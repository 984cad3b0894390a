#!/usr/bin/env bash
# torchvision 0.29.1: in half floats white becomes black when it is turned to bytes, and the white of a 16-bit photo infinite.
# Versions: torchvision 0.29.1, torch 2.14.1, numpy 2.4.6.
# Expected: to_dtype(..., scale=True) takes 1 to 255 and 65535 to 1 in every floating type, as it does for float32 and float64.
# Seen: 1 in float16 and in bfloat16 becomes 0: it multiplies by 255.999, which neither type can hold, so that 256 is cut off to
# a byte. convert_image_dtype does the same. Of 65535 float16 makes infinity, for it holds nothing above 65504. All other values
# come right, so that only the white parts of a photo or mask are holes; to_pil_image gives 255.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torchvision==0.29.1 torch==2.14.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import torch
from torchvision.transforms import functional as first
from torchvision.transforms.v2 import functional as second

mask = torch.tensor([0, 0.25, 0.75, 0.99, 1]).reshape(1, 1, 5)
bytes_of = {}
for kind in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
    soft = mask.to(kind)
    bytes_of[kind] = second.to_dtype(soft, torch.uint8, scale=True).flatten().tolist()
    assert bytes_of[kind] == first.convert_image_dtype(soft, torch.uint8).flatten().tolist()
    print(f"{kind} of {mask.flatten().tolist()}: {bytes_of[kind]}")
deep = torch.tensor([0, 32768, 65535], dtype=torch.uint16).reshape(1, 1, 3)
floats_of = {kind: second.to_dtype(deep, kind, scale=True).flatten().tolist() for kind in (torch.float32, torch.float16)}
print("16 bits, 65535:", {str(kind): values[-1] for kind, values in floats_of.items()})
pillow = second.to_pil_image(mask.to(torch.float16)).getpixel((4, 0))
print("to_pil_image of 1 in float16:", pillow)
whites = [values[-1] for values in bytes_of.values()]
others = [values[1] in (63, 64) and values[3] in (253, 254) for values in bytes_of.values()]
infinite = floats_of[torch.float16][-1] == float("inf") and floats_of[torch.float32][-1] == 1
sys.exit(0 if whites == [255, 255, 0, 0] and all(others) and infinite and pillow == 255 else "changed")
PYTHON
