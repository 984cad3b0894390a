#!/usr/bin/env bash
# streamlit 1.67.0: st.image shows a boolean mask as a black picture.
# Versions: streamlit 1.67.0, pillow 13.0.0, numpy 2.4.6.
# Expected: True is white, as 1.0 and 255 are, or an error, as for every other array whose values do not fit.
# Seen: the file that the page gets has 1 of 255 for the subject: black to the eye. Floats are taken for 0 to 1 and anything else for
# 0 to 255, and True is 1. Nothing is said.
# (The app is run by Streamlit's own test runner, and the files are read where it keeps them for the page.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q streamlit==1.67.0 pillow==13.0.0 numpy==2.4.6

cd "$folder"
cat > app.py <<'PYTHON'
import io

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.runtime import get_instance

mask = np.zeros((40, 50), bool)
mask[10:30, 10:30] = True
for name, picture in {"bool": mask, "bytes": mask.astype(np.uint8) * 255, "floats": mask.astype(float)}.items():
    st.image(picture, output_format="PNG")
    file = list(get_instance().media_file_mgr._storage._files_by_id.values())[-1]
    shown = np.asarray(Image.open(io.BytesIO(file.content)))
    st.text(f"{name}: the subject is {shown[20, 20]} of 255, the ground {shown[0, 0]}")
PYTHON
venv/bin/python - 2> warnings.log <<'PYTHON'
import sys

from streamlit.testing.v1 import AppTest

app = AppTest.from_file("app.py", default_timeout=120).run()
lines = [text.value for text in app.text]
print("\n".join(lines))
expected = [
    "bool: the subject is 1 of 255, the ground 0",
    "bytes: the subject is 255 of 255, the ground 0",
    "floats: the subject is 255 of 255, the ground 0",
]
sys.exit(0 if not app.exception and lines == expected else "changed")
PYTHON
