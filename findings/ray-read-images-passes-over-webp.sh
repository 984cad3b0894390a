#!/usr/bin/env bash
# ray 2.60.0: read_images leaves out photos without a word.
# Versions: ray 2.60.0, pyarrow 26.0.1, pandas 3.1.1, pillow 13.0.0, numpy 2.4.6.
# Expected: of a folder every file that is an image (Pillow, which it uses, reads them all), or a warning.
# Seen: WebP, AVIF and .jfif files are passed over in silence: 3 of 6 photos, no line in the log about the others.
# file_extensions=None reads all of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q ray==2.60.0 pyarrow==26.0.1 pandas==3.1.1 pillow==13.0.0 numpy==2.4.6

export HOME="$folder"  # Ray may write a token there
export RAY_AUTH_MODE=disabled
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import os
import sys

import ray
from PIL import Image

photos = os.path.join(sys.argv[1], "photos")
os.mkdir(photos)
for name, kind in {"a.jpg": "JPEG", "b.png": "PNG", "C.JPG": "JPEG", "d.webp": "WEBP", "e.avif": "AVIF",
                   "f.jfif": "JPEG"}.items():
    Image.new("RGB", (60, 40), "teal").save(os.path.join(photos, name), kind)
ray.init(num_cpus=1, include_dashboard=False, _temp_dir=os.path.join(sys.argv[1], "ray"))


def read(**arguments):
    rows = ray.data.read_images(photos, include_paths=True, **arguments).take_all()
    return sorted(os.path.basename(row["path"]) for row in rows)


print("in the folder:", sorted(os.listdir(photos)))
by_default, all_of_them = read(), read(file_extensions=None)
print("read by default:", by_default)
print("read with file_extensions=None:", all_of_them)
ray.shutdown()
sys.exit(0 if by_default == ["C.JPG", "a.jpg", "b.png"] and len(all_of_them) == 6 else "changed")
PYTHON
